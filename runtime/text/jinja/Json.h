// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/text/jinja/Value.h"

#include <string>
#include <string_view>

namespace sennit::jinja {

/// How writeJson sets out its text; the preset is that of Python's json.dumps.
struct JsonStyle {
  std::string itemSeparator = ", ";
  std::string keySeparator = ": ";
  bool lines = false; ///< One member a line, each level `indent` further in.
  std::string indent = "";
  bool asciiOnly = false; ///< Other characters as \uXXXX.
  bool sortKeys = false;
};

/// Appends `value` as JSON. False, with the kind in `offender`, when it holds something that JSON has no form
/// for.
bool writeJson(const Value &value, const JsonStyle &style, std::string &out, std::string &offender,
               Budget &budget);

/// Reads one JSON text (RFC 8259; numbers without fraction and exponent that fit 64 bits become integers,
/// others floats). What is wrong is named with its byte offset. At most 200 levels.
StatusOr<Value> parseJson(std::string_view text);

} // namespace sennit::jinja
