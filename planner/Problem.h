// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A step as a scheduling problem, and its solution. Plain values; thread-compatible.
#pragma once

#include "planner/Curve.h"
#include "planner/TimeCurve.h"
#include "runtime/schema/types_generated.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace sennit::planner {

using schema::AccessRange;
using schema::Lane;
using schema::RowDomain;

inline constexpr unsigned laneCount = 3;

/// What a node does to one storage. Values that overwrite each other share a storage.
struct Use {
  unsigned storage;
  AccessRange range;
  bool write;
};

/// Work of a step that is outlined once. Of a piece of R rows, alone on the whole machine, `time` says how
/// long it takes, launch included, and `memory` how much of that its memory traffic would take at full
/// bandwidth.
struct Node {
  std::string name;  ///< unique
  std::string op;    ///< what reports call it: "kqv", "o", ...
  int layer = -1;    ///< -1: before or after the layers
  unsigned kind = 0; ///< nodes of one kind (the same place in each layer) are cut and placed alike
  RowDomain domain = RowDomain::All;
  Lane lane = Lane::Compute;
  TimeCurve time, memory;
  double splitPenalty = 0; ///< each piece after the first makes all pieces slower by this part
  bool whole = false;      ///< must not be cut
  bool minor = false;      ///< is cut, and comes in the order, as the node is whose result it takes
  bool alsoNetwork =
      false; ///< on the compute lane, and keeps the network busy: nothing else may use it meanwhile
  std::vector<Use> uses;
};

enum class EdgeKind {
  FinishToStart, ///< `to` starts when `from` has finished
  StartToStart,  ///< `to` starts when `from` has started, or later
};

/// An order between all pieces of two nodes beside those that follow from uses. `from` comes first in the
/// problem.
struct Edge {
  unsigned from, to;
  EdgeKind kind;
};

/// Bytes that a storage takes in a tier while it is live: from the first start to the last end of what
/// touches it.
struct Storage {
  double bytes = 0;
  unsigned tier = 0;
};

/// Inputs: nodes in a valid order of execution.
struct Problem {
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<Storage> storages;   ///< by storage; those beyond the end take nothing
  std::vector<double> tierLimits;  ///< bytes, by tier; none: not limited
  int64_t rows = 1;                ///< of the step
  int64_t generated = 0;           ///< of these, [0, generated) are generated rows, the others prompt rows
  int64_t wanted = 1;              ///< rows of the domain Wanted, numbered apart
  int64_t rowQuantum = 1;          ///< cuts are made at multiples of this
  Curve memoryCurve, networkCurve; ///< what a partner of arithmetic achieves with a share of the machine
  /// The workers of a lane are its own for the whole step: all its pieces have its largest share, and
  /// arithmetic never gets what other lanes have, even while they stand still.
  bool fixedLanes = false;
  int64_t workers = 0; ///< of the machine: with fixed lanes shares are whole numbers of them; 0: any share
  double join = 0;     ///< nanoseconds between the end of a piece and the start of one that waits for it on
                       ///< another lane
  int layers() const {
    int count = 0;
    for (const Node &node : nodes)
      count = std::max(count, node.layer + 1);
    return count;
  }
  unsigned kinds() const {
    unsigned count = 0;
    for (const Node &node : nodes)
      count = std::max(count, node.kind + 1);
    return count;
  }
};

inline constexpr int64_t lastRow = std::numeric_limits<int64_t>::max();

/// Step rows [begin, end) of the node's domain (wanted rows of domain Wanted) on `lane`, from `start`
/// nanoseconds on. On the memory and network lanes `share` is the part of the machine that the piece keeps
/// from start to end; arithmetic takes what they leave at each instant, and its `share` is the least of that
/// while the piece runs.
struct Piece {
  int64_t begin = 0, end = lastRow;
  Lane lane = Lane::Compute;
  double share = 1, start = 0;
  double finish = 0; ///< nanoseconds; 0: as early as the tables allow

  bool operator==(const Piece &) const = default;
};

/// Outputs: the pieces of each node.
struct Solution {
  std::vector<std::vector<Piece>> pieces;

  bool operator==(const Solution &) const = default;
};

/// The rows [begin, end) of the node's domain that are in this step, as the step numbers them; begin >= end:
/// none.
inline std::pair<int64_t, int64_t> rangeOf(const Problem &problem, const Node &node, int64_t begin,
                                           int64_t end) {
  int64_t low = 0, high = problem.rows;
  if (node.domain == RowDomain::Generated)
    high = problem.generated;
  else if (node.domain == RowDomain::Prompt)
    low = problem.generated;
  else if (node.domain == RowDomain::Wanted)
    high = problem.wanted;
  return {std::max(begin, low), std::min(end, high)};
}

/// How many rows these are.
inline double rowsOf(const Problem &problem, const Node &node, int64_t begin, int64_t end) {
  const auto [low, high] = rangeOf(problem, node, begin, end);
  return double(std::max<int64_t>(0, high - low));
}

/// What a lane that asks for `share` gets of a machine with fixed lanes: a number of workers, one at least.
inline double shareOfWorkers(const Problem &problem, double share) {
  const auto workers = double(problem.workers);
  return workers > 0 ? std::max(1.0, std::round(share * workers)) / workers : share;
}

/// Nanoseconds of a piece of `rows` rows alone on the whole machine, one of `pieces` that the node is cut
/// into.
inline double soloTime(const Node &node, double rows, size_t pieces) {
  return node.time.at(rows) * (1 + node.splitPenalty * double(pieces - 1));
}

} // namespace sennit::planner
