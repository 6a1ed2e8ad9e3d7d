// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the tools print: JSON objects, tables, errors. Main thread only.
#pragma once

#include "runtime/base/Status.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sennit::cli {

/// Writes `text` to standard output; a failed write is reported by finishOutput.
void print(std::string_view text);
/// The same, and hands it to the reader at once.
void printNow(std::string_view text);

/// One JSON value and a newline. Bytes that are not UTF-8 become the replacement character.
void printJson(const nlohmann::ordered_json &value);

/// One line on stderr: "error: " and the message, its line breaks turned into spaces.
void printError(std::string_view message);

/// Text for a person on stderr, as it stands.
void printNote(std::string_view text);

/// Rows of cells under headers, columns aligned; numbers are set to the right.
std::string formatTable(const std::vector<std::string> &headers,
                        const std::vector<std::vector<std::string>> &rows);
void printTable(const std::vector<std::string> &headers, const std::vector<std::vector<std::string>> &rows);

/// "12.3 MB" and the like; powers of 1000.
std::string formatBytes(uint64_t bytes);
/// Fixed point with the given number of digits after the point.
std::string formatNumber(double value, int digits);
/// The time now, in UTC, as strftime writes it: "%Y-%m-%d".
std::string utcNow(const char *format);

/// Flushes standard output; says so when it could not be written, as on a full disk.
Status finishOutput();

} // namespace sennit::cli
