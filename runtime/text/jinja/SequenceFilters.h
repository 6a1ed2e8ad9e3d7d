// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/text/jinja/Ast.h"

#include <string_view>

namespace sennit::jinja {

/// The filter called `name` among those that work on lists and mappings; null when there is none.
FilterBody findSequenceFilter(std::string_view name);

/// text.replace(from, to, limit), with its cost drawn from the budget; a negative limit is none.
Value replaceText(Evaluator &evaluator, const std::string &text, const std::string &from,
                  const std::string &to, int64_t limit);

} // namespace sennit::jinja
