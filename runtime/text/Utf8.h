// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sennit {

/// What stands at the start of some bytes, read as UTF-8 (shortest forms only, no surrogates, at most
/// U+10FFFF).
struct Utf8Char {
  enum Kind {
    Valid,   ///< `length` bytes are the character `codePoint`.
    Invalid, ///< `length` bytes can never be part of a character (the longest prefix that begins one, or 1).
    Incomplete, ///< All `length` bytes to the end begin a character whose rest is missing.
  };
  Kind kind;
  uint32_t length;
  char32_t codePoint;
};

/// Reads the character at the start of `bytes`, which is not empty.
Utf8Char readUtf8(std::string_view bytes);

/// Offset of the first byte that does not belong to a complete character; nothing when all of `text` is
/// UTF-8.
std::optional<size_t> findInvalidUtf8(std::string_view text);

/// Appends `codePoint`, a Unicode scalar value, to `out`.
void appendUtf8(char32_t codePoint, std::string &out);

/// Length in bytes of the character that starts with `first`, in text known to be UTF-8.
inline uint32_t utf8Length(char first) {
  auto byte = static_cast<uint8_t>(first);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// U+FFFD, which stands for bytes that are no character.
inline constexpr std::string_view replacementCharacter = "\xEF\xBF\xBD";

} // namespace sennit
