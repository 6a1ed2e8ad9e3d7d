// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/ByteAlphabet.h"

#include "runtime/text/Utf8.h"

#include <array>
#include <cstdint>

namespace sennit {
namespace {

constexpr bool standsForItself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr int alphabetEnd = 0x100 + 68;

struct Tables {
  std::array<char32_t, 256> character{};
  std::array<int16_t, alphabetEnd> byte{};

  constexpr Tables() {
    byte.fill(-1);
    char32_t next = 0x100;
    for (int b = 0; b < 256; ++b) {
      character[b] = standsForItself(b) ? char32_t(b) : next++;
      byte[character[b]] = int16_t(b);
    }
  }
};

constexpr Tables tables;
static_assert(tables.character[' '] == 0x120 && tables.byte[alphabetEnd - 1] == 0xAD);

} // namespace

bool appendBytesOfAlphabet(std::string_view token, std::string &bytes) {
  size_t before = bytes.size();
  while (!token.empty()) {
    Utf8Char c = readUtf8(token);
    if (c.kind != Utf8Char::Valid || c.codePoint >= alphabetEnd || tables.byte[c.codePoint] < 0) {
      bytes.resize(before);
      return false;
    }
    bytes.push_back(static_cast<char>(tables.byte[c.codePoint]));
    token.remove_prefix(c.length);
  }
  return true;
}

std::string alphabetOfBytes(std::string_view bytes) {
  std::string token;
  for (char byte : bytes)
    appendUtf8(tables.character[static_cast<uint8_t>(byte)], token);
  return token;
}

} // namespace sennit
