// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json.hpp>

#include <string>

namespace sennit::gpu {

/// The tree of a JSON file. Errors: it cannot be read, it is no JSON.
StatusOr<nlohmann::json> readJson(const std::string &path);

} // namespace sennit::gpu
