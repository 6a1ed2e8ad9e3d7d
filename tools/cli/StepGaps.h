// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// How much of a step no command runs.
#pragma once

#include "runtime/program/StepRecorder.h"

#include <cstdint>
#include <span>

namespace sennit::cli {

/// Nanoseconds from the begin of the first command of a step to the end of its last one.
struct StepGaps {
  int64_t between = 0; ///< in which no command of any lane ran
  int64_t all = 0;

  double share() const { return all ? double(between) / double(all) : 0; }
};

/// Of the commands of one step, in any order.
StepGaps gapsOf(std::span<const CommandEvent> commands);

/// Summed over the steps of a role that `recorder` kept. Where a device is asked by events around its
/// commands, these cost time between them: no less than without.
StepGaps gapsOf(const StepRecorder &recorder, schema::StepRole role);

} // namespace sennit::cli
