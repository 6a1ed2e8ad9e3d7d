// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A plan.program as the planner's plain structs, and back.
#pragma once

#include "dialects/plan/Plan.h"
#include "planner/OpTime.h"
#include "planner/Problem.h"
#include "planner/Target.h"
#include "runtime/base/StatusOr.h"

#include <optional>
#include <string>
#include <vector>

namespace sennit {

/// What a machine does in a nanosecond, where costs are not timed by a target.
struct PlanRates {
  double flops = 50, bytes = 20, networkBytes = 1;
  double launch = 1000; ///< nanoseconds that every piece takes besides
};

/// What the durations of a plan follow from.
struct PlanTiming {
  /// Times costs, unless there are rates; gives the interference of partners and the cost of joins.
  std::optional<planner::Target> target;
  std::optional<PlanRates> rates;     ///< without both the default ones count
  double splitPenalty = 0;            ///< see planner::Node; not on the network lane
  int64_t rows = 512;                 ///< of the step, where the program serves no bucket of its own
  int64_t prompt = 512, output = 256; ///< tokens per request: which rows of a mixed step are generated ones
};

/// The timing that the module attribute `plan.timing` states, a dictionary of target, flops, bytes,
/// network_bytes, launch, split_penalty, rows, prompt and output; defaults where there is none. InvalidInput
/// for other fields, for numbers that are none, and for a target that is none.
StatusOr<PlanTiming> readTiming(mlir::ModuleOp module);

/// Writes plan.timing, with `target` as the name or file of timing's target; rates and a penalty where there
/// are some.
void writeTiming(mlir::ModuleOp module, const std::string &target, const PlanTiming &timing);

/// The nodes of `program` in program order, with their labels, accesses and times.
planner::Problem problemOf(plan::ProgramOp program, const PlanTiming &timing);

/// Bytes that stay on a device throughout: weights, and the cache of the requests that the step's rows belong
/// to, each at its mean context (a generated row's prompt and half of its output).
struct ResidentBytes {
  double weights = 0, cache = 0;
};
ResidentBytes residentBytes(plan::ProgramOp program, const PlanTiming &timing,
                            const planner::Problem &problem);

/// What a node does on one device of a target.
planner::OpFacts factsOf(plan::NodeOp node, const planner::Target &target);

/// The pieces of each node of `program`, in the same order.
planner::Solution solutionOf(plan::ProgramOp program);

/// Replaces the pieces of each node. Those that have no rows at the load of the solution, and so state no
/// end, begin when the last of what they depend on has begun: another step of the bucket may have rows for
/// them.
void setSolution(plan::ProgramOp program, const planner::Solution &solution);

} // namespace sennit
