// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Strings as Python sees them: sequences of characters (Unicode scalar values), held as UTF-8.
namespace sennit::jinja {

inline bool isAsciiDigit(char c) {
  return c >= '0' && c <= '9';
}
inline bool isAsciiAlphanumeric(char c) {
  return isAsciiDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
inline char toAsciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
}
inline bool isAsciiHexDigit(char c) {
  return isAsciiDigit(c) || (toAsciiLower(c) >= 'a' && toAsciiLower(c) <= 'f');
}

/// str.isspace of one character.
bool isSpace(char32_t c);
/// Bytes of white space at either end of `text`.
size_t spaceAtStart(std::string_view text);
size_t spaceAtEnd(std::string_view text);
/// Bytes at either end that belong to characters of `set`.
size_t charactersAtStart(std::string_view text, std::string_view set);
size_t charactersAtEnd(std::string_view text, std::string_view set);

/// Number of characters.
size_t countCharacters(std::string_view text);
/// Byte offset of character `index`; the length of `text` when there are fewer.
size_t offsetOfCharacter(std::string_view text, size_t index);
/// The characters, one string each.
std::vector<std::string_view> splitCharacters(std::string_view text);

/// Case mapping of ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic letters; others stay as they are.
char32_t toUpper(char32_t c);
char32_t toLower(char32_t c);
std::string toUpper(std::string_view text);
std::string toLower(std::string_view text);
/// First letter upper, the rest lower.
std::string capitalize(std::string_view text);
/// str.title: each letter after something that is no letter is upper, the others lower.
std::string titleCase(std::string_view text);

/// Every occurrence of `from` (at most `limit`, if not negative) replaced; an empty `from` stands between
/// characters.
std::string replaceAll(std::string_view text, std::string_view from, std::string_view to, int64_t limit);

/// Resolves the escapes of a string literal; false when one is malformed. Unknown escapes stay as they are.
bool unescape(std::string_view literal, std::string &out);

} // namespace sennit::jinja
