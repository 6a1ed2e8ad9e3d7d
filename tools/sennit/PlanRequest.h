// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sennit {

/// "tp=8" or "tp=4,dp=2" as {"tp": 8}: names of mesh axes, each once, with the devices along them, at
/// least 1.
StatusOr<nlohmann::json> parseLayout(std::string_view text);

/// The JSON of a file that `flag` names, or of standard input for "-".
StatusOr<nlohmann::json> readJsonFile(const std::string &flag, const std::string &path);

} // namespace sennit
