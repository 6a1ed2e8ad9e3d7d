// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A plan.program as the planner's plain structs.
#pragma once

#include "dialects/plan/Plan.h"
#include "planner/Validator.h"

namespace sennit {

/// The nodes of `program` in program order, with their costs and accesses.
planner::Problem problemOf(plan::ProgramOp program, const planner::Rates &rates, int64_t maxRows);

/// The pieces of each node of `program`, in the same order.
planner::Solution solutionOf(plan::ProgramOp program);

} // namespace sennit
