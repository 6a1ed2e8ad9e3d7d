// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "tools/calibrate/Figures.h"

#include <functional>

namespace sennit::calibrate {

/// What is measured, and how often.
struct Plan {
  Cases cases;
  int64_t rowOpRows = 64;
  int rounds = 8;           ///< readings of each case
  int64_t pairRows = 64;    ///< of the linear of a pair, which has the widest shape and the first format
  double pairSeconds = .05; ///< see PairCase
};

/// The usual plan; a quick one takes about half a minute and fewer shapes.
Plan usualPlan(bool quick);

/// Called now and then with the part that is done, from 0 to 1; an error ends the calibration with it.
using Progress = std::function<Status(double done)>;

/// Reads every case in each round, so that what disturbs the machine for a while is spread over all of them,
/// and takes the fastest quarter of readings: its slowest one.
StatusOr<Figures> measure(Device &device, const Plan &plan, const Progress &progress);

/// Only the linears of `plan`, on a device that is prepared for it.
StatusOr<std::vector<LinearFigures>> measureLinears(Device &device, const Plan &plan,
                                                    const Progress &progress);

} // namespace sennit::calibrate
