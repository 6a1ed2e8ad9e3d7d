// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Schedulers as free functions on one problem. All are deterministic, except where a time budget ends a
// search early.
#pragma once

#include "planner/Simulate.h"

#include <functional>

namespace sennit::planner {

/// What is decided for the nodes of one kind.
struct KindChoice {
  Cuts cuts;
  std::vector<TaskChoice> pieces; ///< cuts.size() + 1; `order` counts in layers, from the node's own layer

  bool operator==(const KindChoice &) const = default;
};

/// The cuts alone, by kind.
std::vector<Cuts> cutsOf(const std::vector<KindChoice> &kinds);

/// A solution and the decisions that it follows from.
struct Schedule {
  std::vector<KindChoice> kinds; ///< by kind; empty for the sequential schedule
  Solution solution;
  double end = 0; ///< nanoseconds
};

/// One node after the other, each alone on the whole machine.
Schedule scheduleSequential(const Problem &problem);

/// One piece after the other, node by node, each alone on the whole machine. `cuts` by kind.
Schedule scheduleInOrder(const Problem &problem, const std::vector<Cuts> &cuts);

/// The schedule that the decisions mean.
Schedule scheduleBy(const Problem &problem, const std::vector<KindChoice> &kinds);

struct SearchOptions {
  int maxParts = 4;   ///< most pieces of a node
  int equalParts = 0; ///< above 0: every node that may be cut has as many equal parts, no more and no fewer
  const std::vector<Cuts> *fixedCuts = nullptr; ///< by kind; borrowed. Where given, nothing else is cut
  uint64_t seed = 1;
  int64_t iterations = 4000;       ///< evaluated schedules after the first ones
  double budgetSeconds = 0;        ///< ends the search early; 0: only `iterations` does
  std::function<bool()> stop = {}; ///< asked often; true ends the search early. May be empty
  /// Told of each better schedule: iterations so far, nanoseconds. May be empty.
  std::function<void(int64_t, double)> onImproved = {};
};

/// The best of a small fixed grid: equal parts, one share for each lane, nano-batches one behind the other.
Schedule scheduleList(const Problem &problem, const SearchOptions &options);

/// Local search over cuts, shares and order, from the list schedules on. Anytime: the incumbent only gets
/// better.
struct SearchResult {
  Schedule schedule;
  int64_t iterations = 0;
  double seconds = 0;
  bool stoppedByBudget = false;
};
SearchResult scheduleSearch(const Problem &problem, const SearchOptions &options);

/// The best schedule whose tasks start when another starts or ends, with shares out of `shares`, by branch
/// and bound. For small cases: it gives up, with no solution, where lanes keep their workers, after
/// `nodeLimit` nodes of the search tree, and when `stop` says so.
Schedule scheduleExact(const Problem &problem, const std::vector<Cuts> &cuts,
                       const std::vector<double> &shares, int64_t nodeLimit,
                       const std::function<bool()> &stop = {});

} // namespace sennit::planner
