// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Turns what a user typed into values, with errors that name the flag and the place.
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sennit::cli {

/// "1,2,3" (spaces allowed around items) as token ids. `flag` names it in errors. At least one.
StatusOr<std::vector<int32_t>> parseIds(std::string_view flag, std::string_view text);

/// "1,2" as counts of at least 1.
StatusOr<std::vector<int>> parseCounts(std::string_view flag, std::string_view text);

/// Errors unless `text` is UTF-8; `what` names it and the error names the first wrong byte.
Status checkUtf8(std::string_view what, std::string_view text);

/// The whole of a text file, or of standard input for "-"; must be UTF-8.
StatusOr<std::string> readTextFile(const std::string &path);

} // namespace sennit::cli
