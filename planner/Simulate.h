// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Discrete events over the tasks of a step: each lane runs one task at a time, the ready one that comes first
// in a given order.
#pragma once

#include "planner/TaskGraph.h"

namespace sennit::planner {

/// What a scheduler decides for each task.
struct TaskChoice {
  double order = 0; ///< of the tasks that are ready on a lane, the one with the least begins
  double share = 1; ///< on the memory and network lanes; one that achieves nothing there counts as 1
  /// On those lanes: the share where arithmetic has nothing to do, or as much as is left of it; not used
  /// where less.
  double idleShare = 0;

  bool operator==(const TaskChoice &) const = default;
};

struct TaskTimes {
  double start = 0, end = 0;
  double share = 1; ///< as Piece::share
};

/// The times of every task, and the end of the last. Deterministic: ties go to the task that comes first. A
/// task begins as soon as its lane is free, what it depends on is done and the shares allow, so nothing waits
/// for something better to come.
struct Simulation {
  std::vector<TaskTimes> tasks;
  double end = 0;
};
Simulation simulate(const Problem &problem, const TaskGraph &graph, const std::vector<TaskChoice> &choices);

/// The pieces that the times mean; pieces that are empty at this load start with the step.
Solution solutionOf(const Problem &problem, const TaskGraph &graph, const std::vector<Cuts> &cuts,
                    const Simulation &simulation);

} // namespace sennit::planner
