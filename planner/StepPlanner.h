// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The decision how a step runs: split or not, and why.
#pragma once

#include "planner/Schedulers.h"
#include "planner/Validator.h"

namespace sennit::planner {

enum class Scheduler { Sequential, List, Search, Exact };

struct StepOptions {
  Scheduler scheduler = Scheduler::Search;
  bool split = true; ///< false: nothing is cut
  SearchOptions search;
  int64_t tileRows = 0; ///< fewer rows do not fill a tile of a linear; 0: not known
};

/// Something else that could have been done.
struct Alternative {
  std::string name;
  double end = 0;        ///< nanoseconds; 0: it was not made
  std::string condition; ///< why it lost or was not made, where that is not just its time
};

struct StepPlan {
  double sequential = 0; ///< nanoseconds: one node after the other
  double unsplit = 0;    ///< see unsplitTime
  double bound = 0;      ///< see fluidBound, of this plan's own pieces
  Schedule schedule;
  bool split = false;
  std::string condition; ///< where nothing is split: what stands against it
  std::vector<Alternative> why;
  int64_t iterations = 0;
  double seconds = 0;
  std::vector<Violation> violations; ///< none, or the planner is wrong
};

/// Plans one step. A split must beat the plan without one by the cost model, or it is not made.
StepPlan planStep(const Problem &problem, const StepOptions &options);

/// Nanoseconds of steady state for each layer: how far apart equal pieces of the two middle layers start, on average.
double steadyPeriod(const Problem &problem, const Solution &solution);

} // namespace sennit::planner
