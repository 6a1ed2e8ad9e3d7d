// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What `sennit calibrate` says about a calibration, for a reader and as data.
#pragma once

#include "planner/Target.h"
#include "tools/calibrate/Accuracy.h"
#include "tools/calibrate/Figures.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace sennit::calibrate {

struct Report {
  const Figures &figures;
  const planner::Target &target; ///< made from them
  Accuracy leftOut;
  std::optional<Accuracy> contended; ///< of the quiet table while the machine has other work
};

/// Times in us, rates in GB/s and GFLOP/s, errors as fractions.
nlohmann::ordered_json reportData(const Report &report);

/// The same in a few lines.
std::string reportText(const Report &report);

} // namespace sennit::calibrate
