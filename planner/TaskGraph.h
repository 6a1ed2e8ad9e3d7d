// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The pieces of a problem as tasks with dependences, for schedulers. The validator derives dependences by
// itself.
#pragma once

#include "planner/Problem.h"

namespace sennit::planner {

/// The cuts of all nodes of one kind: ascending step rows strictly inside (0, rows).
using Cuts = std::vector<int64_t>;

/// A pair of nodes, one of which must see what the other did, row by row.
struct NodePair {
  unsigned from, to;
  AccessRange fromRange, toRange;
  EdgeKind kind = EdgeKind::FinishToStart;
};

/// Every ordered pair of nodes that depend on each other through a storage or an edge of the problem.
std::vector<NodePair> pairsOf(const Problem &problem);

struct Task {
  unsigned node, piece;
  int64_t begin, end; ///< step rows; `end` is lastRow for the last piece
  Lane lane;
  double solo;      ///< nanoseconds, alone on the whole machine
  double memoryUse; ///< the part of the memory bandwidth that it takes when alone, at most 1
};

/// Tasks in program order, node by node; pieces that are empty at this load are left out.
struct TaskGraph {
  std::vector<Task> tasks;
  std::vector<unsigned> firstSuccessor; ///< by task, and one more: into `successors`
  std::vector<std::pair<unsigned, EdgeKind>> successors;
  std::vector<unsigned> predecessors; ///< how many, by task
  std::vector<unsigned> firstTask;    ///< by node, and one more
};

/// `cuts` by kind. Only the first `nodes` nodes are taken.
TaskGraph makeTasks(const Problem &problem, const std::vector<NodePair> &pairs, const std::vector<Cuts> &cuts,
                    size_t nodes);

} // namespace sennit::planner
