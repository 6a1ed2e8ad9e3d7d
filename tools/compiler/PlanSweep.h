// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Many plans of one model: over the batch, and for the buckets of a package.
#pragma once

#include "passes/plan/PlanProblem.h"
#include "planner/StepPlanner.h"
#include "tools/compiler/PlanOptions.h"

#include <nlohmann/json.hpp>

namespace sennit::compiler {

/// Plans for batches of 16, 32, ... 8192 rows, and between the last that is not split and the first that is:
/// "points", each with batch, sequential_ms, unsplit_ms, bound_ms, plan_ms, decision, fits (weights and cache
/// in memory), condition; and "crossover_batch", the least batch found from which on splitting pays, null
/// where it never does, with the condition below it. Errors: an interrupt; Internal for a plan that is not
/// valid.
StatusOr<nlohmann::json> sweepBatches(plan::ProgramOp program, const PlanTiming &timing,
                                      const PlanOptions &options);

/// Plans for buckets of 1, 2, 4, ... and `options.batch` rows in each role: "plans" as the plan section of a
/// package has them, and "seconds" for all. Errors: as above.
StatusOr<nlohmann::json> planBuckets(plan::ProgramOp program, const PlanTiming &timing,
                                     const PlanOptions &options);

/// One entry of "plans": rows, role, decision, condition, times in us, split, why and nodes.
nlohmann::json bucketJson(const planner::Problem &problem, const planner::StepPlan &plan, int64_t rows,
                          const std::string &role);

} // namespace sennit::compiler
