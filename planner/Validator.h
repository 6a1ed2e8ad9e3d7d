// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A schedule as problem and solution, and the check that a solution is right. The validator shares no code
// with what makes schedules: it derives dependences from accesses by itself.
#pragma once

#include "runtime/schema/types_generated.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace sennit::planner {

/// What a node costs when `rows` rows are in its domain: fixed + rows * perRow.
struct Cost {
  double flopsFixed = 0, flopsPerRow = 0;
  double bytesFixed = 0, bytesPerRow = 0;
  double networkBytesPerRow = 0;
};

/// How fast the machine is, per nanosecond. The defaults are those of a small machine; a schedule is checked
/// with the rates that it was made with.
struct Rates {
  double flops = 50;
  double bytes = 20;
  double networkBytes = 1;
  double launch = 1000; ///< nanoseconds that every piece takes besides
};

/// What a node does to one storage. Values that overwrite each other share a storage.
struct Use {
  unsigned storage;
  schema::AccessRange range;
  bool write;
};

struct Node {
  std::string name;
  schema::RowDomain domain = schema::RowDomain::All;
  Cost cost;
  std::vector<Use> uses;
};

/// Inputs: nodes in a valid order of execution. A value; thread-compatible.
struct Problem {
  std::vector<Node> nodes;
  int64_t maxRows = 512; ///< most rows of a step; pieces that reach the last row end at `lastRow`
  Rates rates;
};

inline constexpr int64_t lastRow = std::numeric_limits<int64_t>::max();

/// Rows [begin, end) of the node's domain on `lane`, with `share` of the machine, from `start` nanoseconds
/// on.
struct Piece {
  int64_t begin = 0, end = lastRow;
  schema::Lane lane = schema::Lane::Compute;
  double share = 1, start = 0;
};

/// Outputs: the pieces of each node. A value; thread-compatible.
struct Solution {
  std::vector<std::vector<Piece>> pieces;
};

/// What is wrong with one node, and with which other node it conflicts (-1: none).
struct Violation {
  unsigned node;
  int other = -1;
  std::string message;
};

/// Nanoseconds that a piece takes: the slowest of arithmetic, memory and network at its share, and a launch.
/// The fixed cost (weights) is paid by each piece.
double durationOf(const Problem &problem, const Node &node, const Piece &piece);

/// Every offence against:
///  - the pieces of a node cover the rows [0, lastRow) once,
///  - a lane runs one piece at a time,
///  - the shares of what runs at an instant sum up to at most 1,
///  - a piece starts after the end of each piece that it depends on. `to` depends on `from`, an earlier node,
///  where
///    both touch a common row of one storage and one of them writes it.
/// Sorted by kind of offence, then node. Empty where the solution is valid.
std::vector<Violation> validate(const Problem &problem, const Solution &solution);

} // namespace sennit::planner
