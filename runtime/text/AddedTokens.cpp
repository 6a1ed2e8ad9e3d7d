// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/AddedTokens.h"

#include "runtime/text/Utf8.h"

#include <algorithm>

namespace sennit {
namespace {

/// White_Space of Unicode.
bool isSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

size_t skipSpaceBack(std::string_view text, size_t end, size_t limit) {
  while (end > limit) {
    size_t start = end - 1;
    while (start > limit && (text[start] & 0xC0) == 0x80)
      --start;
    if (!isSpace(readUtf8(text.substr(start)).codePoint))
      break;
    end = start;
  }
  return end;
}

size_t skipSpace(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    Utf8Char c = readUtf8(text.substr(begin));
    if (!isSpace(c.codePoint))
      break;
    begin += c.length;
  }
  return begin;
}

} // namespace

void AddedTokens::seal() {
  std::sort(entries.begin(), entries.end(),
            [](const Entry &a, const Entry &b) { return a.text != b.text ? a.text < b.text : a.id < b.id; });
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const Entry &a, const Entry &b) { return a.text == b.text; }),
                entries.end());
  for (const Entry &entry : entries)
    starts[static_cast<uint8_t>(entry.text[0])] = true;
}

const AddedTokens::Entry *AddedTokens::longestAt(std::string_view text) const {
  // Narrows the sorted entries to those that go on as the text does, one byte at a time.
  auto low = entries.begin(), high = entries.end();
  const Entry *longest = nullptr;
  for (size_t depth = 0; low != high; ++depth) {
    if (low->text.size() == depth) {
      longest = &*low;
      ++low;
    }
    if (depth == text.size())
      break;
    auto byte = static_cast<uint8_t>(text[depth]);
    low = std::partition_point(low, high,
                               [&](const Entry &e) { return static_cast<uint8_t>(e.text[depth]) < byte; });
    high = std::partition_point(low, high,
                                [&](const Entry &e) { return static_cast<uint8_t>(e.text[depth]) == byte; });
  }
  return longest;
}

AddedTokens::Match AddedTokens::find(std::string_view text, size_t from) const {
  for (size_t i = from; i < text.size(); ++i) {
    if (!starts[static_cast<uint8_t>(text[i])])
      continue;
    const Entry *entry = longestAt(text.substr(i));
    if (!entry)
      continue;
    size_t end = i + entry->text.size();
    return {entry->lstrip ? skipSpaceBack(text, i, from) : i, entry->rstrip ? skipSpace(text, end) : end,
            entry->id};
  }
  return {std::string_view::npos, std::string_view::npos, -1};
}

} // namespace sennit
