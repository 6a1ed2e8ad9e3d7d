// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sennit::jinja {

/// A place in the template: both count from 1, columns in characters.
struct Place {
  uint32_t line = 1;
  uint32_t column = 1;
};

/// " at line L, column C of the chat template"
std::string describe(Place place);

struct Token {
  enum Kind {
    Data,        ///< Text that is printed as it stands.
    OutputBegin, ///< {{
    OutputEnd,   ///< }}
    BlockBegin,  ///< {%
    BlockEnd,    ///< %}
    Name,
    String,  ///< `text` holds the string, escapes resolved.
    Integer, ///< `text` holds digits without underscores, with the prefix 0x, 0o or 0b if any.
    Float,
    Operator,
    End,
  };
  Kind kind;
  std::string text;
  Place place;
};

/// Cuts a template into tokens; comments are dropped, the white space that trim_blocks, lstrip_blocks and the
/// signs of the tags take away is taken away. The last token is End.
StatusOr<std::vector<Token>> tokenize(std::string_view source);

} // namespace sennit::jinja
