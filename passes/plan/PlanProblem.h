// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A plan.program as the planner's plain structs, and back.
#pragma once

#include "dialects/plan/Plan.h"
#include "planner/Problem.h"
#include "planner/Target.h"
#include "runtime/base/StatusOr.h"

#include <optional>
#include <string>

namespace sennit {

/// What durations follow from.
struct PlanTiming {
  std::string target;                              ///< name or file; empty: the rates count
  double flops = 50, bytes = 20, networkBytes = 1; ///< per nanosecond
  double launch = 1000;                            ///< nanoseconds that every piece takes besides
  int64_t maxRows = 512;              ///< rows of the step, where the program serves no bucket of its own
  int64_t prompt = 512, output = 256; ///< tokens per request
};

/// The nodes of `program` in program order, with their accesses and times. InvalidInput: a target that is
/// none.
StatusOr<planner::Problem> problemOf(plan::ProgramOp program, const PlanTiming &timing);

/// The pieces of each node of `program`, in the same order.
planner::Solution solutionOf(plan::ProgramOp program);

/// Replaces the pieces of each node.
void setSolution(plan::ProgramOp program, const planner::Solution &solution);

} // namespace sennit
