// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/StreamDecoder.h"

#include "runtime/text/Utf8.h"

namespace sennit {

std::string StreamDecoder::add(std::string_view bytes) {
  pending += bytes;
  std::string_view rest = pending;
  std::string text;
  text.reserve(rest.size());
  while (!rest.empty()) {
    Utf8Char c = readUtf8(rest);
    if (c.kind == Utf8Char::Incomplete)
      break;
    text += c.kind == Utf8Char::Valid ? rest.substr(0, c.length) : replacementCharacter;
    rest.remove_prefix(c.length);
  }
  pending = std::string(rest);
  return text;
}

std::string StreamDecoder::finish() {
  std::string text(pending.empty() ? std::string_view() : replacementCharacter);
  pending.clear();
  return text;
}

} // namespace sennit
