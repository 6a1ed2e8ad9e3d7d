// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/Utf8.h"

#include <cstring>

namespace sennit {

Utf8Char readUtf8(std::string_view bytes) {
  auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  uint8_t first = at(0);
  if (first < 0x80)
    return {Utf8Char::Valid, 1, first};
  // The second byte's range excludes overlong forms, surrogates and what lies past U+10FFFF.
  uint32_t length;
  uint8_t low = 0x80, high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0)
      low = 0xA0;
    if (first == 0xED)
      high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0)
      low = 0x90;
    if (first == 0xF4)
      high = 0x8F;
  } else {
    return {Utf8Char::Invalid, 1, 0};
  }
  char32_t value = first & (0xFF >> (length + 1));
  for (uint32_t i = 1; i < length; ++i) {
    if (i == bytes.size())
      return {Utf8Char::Incomplete, i, 0};
    uint8_t byte = at(i);
    if (byte < low || byte > high)
      return {Utf8Char::Invalid, i, 0};
    value = value << 6 | (byte & 0x3F);
    low = 0x80, high = 0xBF;
  }
  return {Utf8Char::Valid, length, value};
}

std::optional<size_t> findInvalidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    // Eight ASCII bytes at once: most text is mostly that.
    uint64_t chunk;
    if (i + sizeof chunk <= text.size()) {
      std::memcpy(&chunk, text.data() + i, sizeof chunk);
      if (!(chunk & 0x8080808080808080u)) {
        i += sizeof chunk;
        continue;
      }
    }
    Utf8Char c = readUtf8(text.substr(i));
    if (c.kind != Utf8Char::Valid)
      return i;
    i += c.length;
  }
  return std::nullopt;
}

void appendUtf8(char32_t c, std::string &out) {
  auto push = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xC0 | c >> 6);
    push(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    push(0xE0 | c >> 12);
    push(0x80 | (c >> 6 & 0x3F));
    push(0x80 | (c & 0x3F));
  } else {
    push(0xF0 | c >> 18);
    push(0x80 | (c >> 12 & 0x3F));
    push(0x80 | (c >> 6 & 0x3F));
    push(0x80 | (c & 0x3F));
  }
}

} // namespace sennit
