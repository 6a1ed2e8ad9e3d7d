// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Input.h"

#include "runtime/text/Utf8.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>

#include <cerrno>
#include <cstdio>
#include <cstring>

using namespace sennit;

namespace {

/// Calls `take` with each integer of a comma-separated list.
Status parseList(std::string_view flag, std::string_view text, int64_t low, int64_t high,
                 const std::function<void(int64_t)> &take) {
  size_t begin = 0;
  for (size_t item = 1; begin <= text.size() && !text.empty(); ++item) {
    size_t end = std::min(text.find(',', begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    while (!word.empty() && word.front() == ' ')
      word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ')
      word.remove_suffix(1);
    int64_t value = 0;
    auto [rest, code] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (code != std::errc() || rest != word.data() + word.size() || value < low || value > high)
      return invalidInput(std::string(flag) + ": expected integers from " + std::to_string(low) + " to " +
                          std::to_string(high) + " with commas between, found \"" +
                          std::string(word.substr(0, 40)) + "\" at item " + std::to_string(item));
    take(value);
    begin = end + 1;
  }
  return Status::okay();
}

} // namespace

StatusOr<std::vector<int32_t>> cli::parseIds(std::string_view flag, std::string_view text) {
  std::vector<int32_t> ids;
  if (text.empty())
    return invalidInput(std::string(flag) + ": expected at least one token id, found none");
  SENNIT_RETURN_IF_ERROR(parseList(flag, text, 0, std::numeric_limits<int32_t>::max(),
                                   [&](int64_t value) { ids.push_back(static_cast<int32_t>(value)); }));
  return ids;
}

StatusOr<std::vector<int>> cli::parseCounts(std::string_view flag, std::string_view text) {
  std::vector<int> counts;
  SENNIT_RETURN_IF_ERROR(
      parseList(flag, text, 1, 1 << 20, [&](int64_t value) { counts.push_back(static_cast<int>(value)); }));
  return counts;
}

Status cli::checkUtf8(std::string_view what, std::string_view text) {
  std::optional<size_t> at = findInvalidUtf8(text);
  if (!at)
    return Status::okay();
  char found[8];
  std::snprintf(found, sizeof found, "0x%02x", static_cast<unsigned>(static_cast<unsigned char>(text[*at])));
  return invalidInput(std::string(what) + ": expected UTF-8, found byte " + found + " at byte " +
                      std::to_string(*at));
}

StatusOr<std::string> cli::readTextFile(const std::string &path) {
  bool standard = path == "-";
  std::FILE *file = standard ? stdin : std::fopen(path.c_str(), "rb");
  if (!file)
    return invalidInput(path + ": " + std::strerror(errno));
  std::string text;
  char buffer[1 << 16];
  size_t count;
  while ((count = std::fread(buffer, 1, sizeof buffer, file)) > 0)
    text.append(buffer, count);
  int error = std::ferror(file) ? errno : 0;
  if (!standard)
    std::fclose(file);
  if (error)
    return invalidInput(path + ": " + std::strerror(error));
  SENNIT_RETURN_IF_ERROR(checkUtf8(standard ? "standard input" : path, text));
  return text;
}
