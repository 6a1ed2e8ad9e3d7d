// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "planner/TaskGraph.h"

namespace sennit::planner {

/// Nanoseconds below which no schedule of these tasks can end: the optimum of the linear program that gives
/// each class time at the corners of its interference curve's concave hull, such that
///  - each class finishes its work, one task at a time,
///  - arithmetic gets the time that the shares of the others leave,
///  - the memory traffic of arithmetic and of either other class fits the bandwidth.
/// Dependences are left out, so the bound holds whatever the order (NanoFlow, OSDI 2025).
double fluidBound(const Problem &problem, const std::vector<Task> &tasks);

/// The bound of the nodes uncut, level by level: a level holds the nodes whose longest chain of predecessors
/// has the same length, and nothing of it begins before the last level has ended. The time of a step that
/// splits nothing but runs what is independent side by side.
double unsplitTime(const Problem &problem);

} // namespace sennit::planner
