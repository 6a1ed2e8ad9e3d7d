// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "planner/Target.h"
#include "tools/calibrate/Figures.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace sennit::calibrate {

/// The target of a device as JSON, valid by targets/schema.json. What was measured is in it with
/// `date` ("2026-11-24") and the machine's class as its source; caches, schedule and what kernels take in are
/// those of `builtin`; of a GPU also its tile, links and arithmetic outside matrix units. Peaks and bandwidth
/// are raised to what any op reached, so that no efficiency exceeds 1.
nlohmann::ordered_json makeTarget(const Figures &figures, const planner::Target &builtin,
                                  const std::string &name, const std::string &date);

} // namespace sennit::calibrate
