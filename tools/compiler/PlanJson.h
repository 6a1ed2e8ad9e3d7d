// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "planner/StepPlanner.h"

#include <nlohmann/json.hpp>

namespace sennit::compiler {

/// The fields of a report that follow from one step's plan: sequential_ms, unsplit_ms, bound_ms, plan_ms,
/// steady_us_per_layer, valid, violations, decision, condition, split, nodes, why.
nlohmann::json planJson(const planner::Problem &problem, const planner::StepPlan &plan);

} // namespace sennit::compiler
