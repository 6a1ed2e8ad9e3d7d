// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What list and search scheduling share: from decisions by kind to times.
#pragma once

#include "planner/Schedulers.h"

namespace sennit::planner {

/// A point of the list rule's grid: nano-batches come lag / parts layers one behind the other, and each lane
/// has one share, another where arithmetic has nothing to do.
struct ListChoice {
  double lag = 0, memoryShare = 1, networkShare = 1, idleShare = 0.9;
};

/// Borrows the problem. A value; thread-compatible.
class Evaluator {
public:
  explicit Evaluator(const Problem &problem);

  TaskGraph tasksOf(const std::vector<KindChoice> &kinds) const;
  Simulation simulate(const TaskGraph &graph, const std::vector<KindChoice> &kinds) const;

  /// Every kind in `parts` equal parts.
  std::vector<KindChoice> equalParts(int parts, const ListChoice &choice) const;
  /// Every kind cut as it is said.
  std::vector<KindChoice> cutAt(const std::vector<Cuts> &cuts, const ListChoice &choice) const;
  /// The grid of the list rule, for each number of equal parts, or for the cuts that are fixed.
  std::vector<std::vector<KindChoice>> listCandidates(int fewest, int most,
                                                      const std::vector<Cuts> *fixedCuts) const;
  int64_t roundToQuantum(int64_t row) const;

  /// Gives kinds of minor nodes the cuts and the place in the order of the kinds that they follow.
  void follow(std::vector<KindChoice> &kinds) const;
  bool follows(size_t kind) const { return leaders[kind] != kind; }

private:
  void findLeaders();

  const Problem &problem;
  std::vector<NodePair> pairs;
  unsigned longestLayer = 1;
  std::vector<int> depth;       ///< by node: its layer, -1 before all layers, `layers` after them
  std::vector<unsigned> places; ///< by node: its place in its layer
  std::vector<size_t> leaders;  ///< by kind: the one that it follows, or itself
  std::vector<double> behind;   ///< by kind: how far behind that one in the order
};

} // namespace sennit::planner
