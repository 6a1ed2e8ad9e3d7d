// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Output.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

using namespace sennit;

namespace {
int writeError = 0; // errno of the first failed write

bool isNumber(const std::string &cell) {
  const size_t first = cell.starts_with('-') ? 1 : 0;
  return cell.size() > first && std::isdigit(static_cast<unsigned char>(cell[first]));
}
} // namespace

void cli::print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && !writeError)
    writeError = errno;
}

void cli::printNow(std::string_view text) {
  print(text);
  if (std::fflush(stdout) != 0 && !writeError)
    writeError = errno;
}

void cli::printJson(const nlohmann::ordered_json &value) {
  print(value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void cli::printError(std::string_view message) {
  std::string line(message);
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", line.c_str());
}

void cli::printNote(std::string_view text) {
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void cli::printTable(const std::vector<std::string> &headers,
                     const std::vector<std::vector<std::string>> &rows) {
  print(formatTable(headers, rows));
}

std::string cli::formatTable(const std::vector<std::string> &headers,
                             const std::vector<std::vector<std::string>> &rows) {
  std::string text;
  std::vector<size_t> widths;
  std::vector<bool> right(headers.size(), !rows.empty());
  for (const std::string &header : headers)
    widths.push_back(header.size());
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
      right[i] = right[i] && (row[i].empty() || isNumber(row[i]));
    }
  auto addRow = [&](const std::vector<std::string> &row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string space(widths[i] - row[i].size(), ' ');
      line += (i ? "  " : "") + (right[i] ? space + row[i] : row[i] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  addRow(headers);
  for (const auto &row : rows)
    addRow(row);
  return text;
}

std::string cli::formatNumber(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string cli::formatBytes(uint64_t bytes) {
  const char *units[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  for (; value >= 1000 && unit < 4; ++unit)
    value /= 1000;
  return formatNumber(value, unit ? 1 : 0) + " " + units[unit];
}

std::string cli::utcNow(const char *format) {
  char text[64] = "";
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(text, sizeof text, format, &parts);
  return text;
}

Status cli::finishOutput() {
  if (std::fflush(stdout) != 0 && !writeError)
    writeError = errno;
  if (writeError)
    return resourceExhausted(std::string("cannot write to standard output: ") + std::strerror(writeError));
  return Status::okay();
}
