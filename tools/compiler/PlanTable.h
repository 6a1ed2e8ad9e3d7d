// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "passes/plan/PlanProblem.h"

#include <nlohmann/json.hpp>

namespace sennit::compiler {

/// What each op of a whole step does on all ranks together, with the times that peaks alone would give, as
/// NanoFlow's table has it: ops[] of the report. `whole` is the program with whole shapes, `rank` that of one
/// rank, which gives ms and basis; With `given` the times are those of the problem.
nlohmann::json opTable(plan::ProgramOp whole, plan::ProgramOp rank, const PlanTiming &timing, int64_t ranks,
                       const planner::Problem &problem, bool given);

} // namespace sennit::compiler
