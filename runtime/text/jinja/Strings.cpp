// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Strings.h"

#include "runtime/text/Utf8.h"

#include <utility>

namespace sennit::jinja {
namespace {

/// Start of the last character of `text`, which is not empty.
size_t lastCharacter(std::string_view text) {
  size_t start = text.size() - 1;
  while (start > 0 && (text[start] & 0xC0) == 0x80)
    --start;
  return start;
}

template <typename Accept>
size_t acceptedAtStart(std::string_view text, Accept accept) {
  size_t at = 0;
  while (at < text.size()) {
    uint32_t length = utf8Length(text[at]);
    if (!accept(text.substr(at, length)))
      break;
    at += length;
  }
  return at;
}

template <typename Accept>
size_t acceptedAtEnd(std::string_view text, Accept accept) {
  size_t end = text.size();
  while (end > 0) {
    size_t start = lastCharacter(text.substr(0, end));
    if (!accept(text.substr(start, end - start)))
      break;
    end = start;
  }
  return text.size() - end;
}

bool isSpaceText(std::string_view character) {
  return isSpace(readUtf8(character).codePoint);
}

template <typename Map>
std::string mapCharacters(std::string_view text, Map map) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    Utf8Char c = readUtf8(text);
    appendUtf8(map(c.codePoint), out);
    text.remove_prefix(c.length);
  }
  return out;
}

int hexDigit(char c) {
  return isAsciiDigit(c) ? c - '0' : toAsciiLower(c) - 'a' + 10;
}

} // namespace

bool isSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

size_t spaceAtStart(std::string_view text) {
  return acceptedAtStart(text, isSpaceText);
}
size_t spaceAtEnd(std::string_view text) {
  return acceptedAtEnd(text, isSpaceText);
}

size_t charactersAtStart(std::string_view text, std::string_view set) {
  return acceptedAtStart(text, [&](std::string_view c) { return set.find(c) != std::string_view::npos; });
}
size_t charactersAtEnd(std::string_view text, std::string_view set) {
  return acceptedAtEnd(text, [&](std::string_view c) { return set.find(c) != std::string_view::npos; });
}

size_t countCharacters(std::string_view text) {
  size_t count = 0;
  for (char c : text)
    count += (c & 0xC0) != 0x80;
  return count;
}

size_t offsetOfCharacter(std::string_view text, size_t index) {
  size_t at = 0;
  while (index > 0 && at < text.size()) {
    at += utf8Length(text[at]);
    --index;
  }
  return at;
}

std::vector<std::string_view> splitCharacters(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    uint32_t length = utf8Length(text[0]);
    characters.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return characters;
}

char32_t toUpper(char32_t c) {
  if ((c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7))
    return c - 32;
  if (c == 0xFF)
    return 0x178;
  if (((c >= 0x100 && c <= 0x137 && c != 0x131) || (c >= 0x14A && c <= 0x177)) && (c & 1))
    return c - 1;
  if (((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) && !(c & 1))
    return c - 1;
  if ((c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) || (c >= 0x430 && c <= 0x44F))
    return c - 32;
  return c >= 0x450 && c <= 0x45F ? c - 80 : c;
}

char32_t toLower(char32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7))
    return c + 32;
  if (c == 0x178)
    return 0xFF;
  if (((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177)) && !(c & 1))
    return c + 1;
  if (((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) && (c & 1))
    return c + 1;
  if ((c >= 0x391 && c <= 0x3A9 && c != 0x3A2) || (c >= 0x410 && c <= 0x42F))
    return c + 32;
  return c >= 0x400 && c <= 0x40F ? c + 80 : c;
}

std::string toUpper(std::string_view text) {
  return mapCharacters(text, [](char32_t c) { return toUpper(c); });
}
std::string toLower(std::string_view text) {
  return mapCharacters(text, [](char32_t c) { return toLower(c); });
}

std::string capitalize(std::string_view text) {
  bool first = true;
  return mapCharacters(text,
                       [&](char32_t c) { return std::exchange(first, false) ? toUpper(c) : toLower(c); });
}

std::string titleCase(std::string_view text) {
  bool afterLetter = false;
  return mapCharacters(text, [&](char32_t c) {
    char32_t mapped = afterLetter ? toLower(c) : toUpper(c);
    afterLetter = toLower(c) != toUpper(c);
    return mapped;
  });
}

std::string replaceAll(std::string_view text, std::string_view from, std::string_view to, int64_t limit) {
  std::string out;
  size_t at = 0;
  for (int64_t done = 0; limit < 0 || done < limit; ++done) {
    if (from.empty()) {
      out += to;
      if (at == text.size())
        break;
      uint32_t length = utf8Length(text[at]);
      out += text.substr(at, length);
      at += length;
      continue;
    }
    size_t found = text.find(from, at);
    if (found == std::string_view::npos)
      break;
    out += text.substr(at, found - at);
    out += to;
    at = found + from.size();
  }
  out += text.substr(at);
  return out;
}

bool unescape(std::string_view literal, std::string &out) {
  for (size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] != '\\' || i + 1 == literal.size()) {
      out += literal[i];
      continue;
    }
    char c = literal[++i];
    static constexpr std::string_view simple = "ntrabfv\\'\"\n", meant = "\n\t\r\a\b\f\v\\'\"";
    if (c == '\n')
      continue; // a line end after a backslash is no part of the string
    if (size_t which = simple.find(c); which != std::string_view::npos) {
      out += meant[which];
      continue;
    }
    int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    char32_t value = 0;
    if (digits) {
      for (int d = 0; d < digits; ++d) {
        if (++i == literal.size() || !isAsciiHexDigit(literal[i]))
          return false;
        value = value << 4 | hexDigit(literal[i]);
      }
    } else if (c >= '0' && c <= '7') {
      value = c - '0';
      for (int d = 1; d < 3 && i + 1 < literal.size() && literal[i + 1] >= '0' && literal[i + 1] <= '7'; ++d)
        value = value << 3 | (literal[++i] - '0');
    } else {
      out += '\\';
      out += c;
      continue;
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
      return false;
    appendUtf8(value, out);
  }
  return true;
}

} // namespace sennit::jinja
