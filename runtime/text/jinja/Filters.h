// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/text/jinja/Ast.h"

#include <string_view>

namespace sennit::jinja {

/// The filter called `name`; null when there is none.
FilterBody findFilter(std::string_view name);
/// The test called `name`; null when there is none.
TestBody findTest(std::string_view name);
/// The function that every template can call by `name`; undefined when there is none.
Value findGlobal(std::string_view name);

/// Whether `name` is a method of `self` here (the methods of Python's str, dict and list that read).
bool hasMethod(const Value &self, std::string_view name);
/// Calls a method that hasMethod knows.
Value callMethod(Evaluator &evaluator, const Value &self, std::string_view name, const Arguments &arguments);

} // namespace sennit::jinja
