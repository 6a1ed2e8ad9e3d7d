// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The check that a schedule is right. It shares no code with what makes schedules: it derives dependences
// from accesses and ends from the tables by itself.
#pragma once

#include "planner/Problem.h"

#include <string>
#include <vector>

namespace sennit::planner {

/// What is wrong with one node, and with which other node it conflicts (-1: none).
struct Violation {
  unsigned node;
  int other = -1;
  std::string message;
};

/// Every offence against:
///  - starts and stated ends are finite and not negative, shares lie in [0, 1]; where not, nothing else is
///    checked,
///  - the pieces of a node cover the rows [0, lastRow) once, and begin within the step, and a node that must
///    not be cut has one that is not empty,
///  - a piece is on the compute lane or on its node's own,
///  - a lane runs one piece at a time; a node that also keeps the network busy has that lane to itself, too;
///    where lanes keep their workers all pieces of a lane have one share, and arithmetic never gets it,
///  - the shares on the memory and network lanes sum up to at most 1 at every instant, and the share that a
///    piece on the compute lane states is left to it at every instant,
///  - a stated end is not before the tables allow it: with share R a piece on the memory or network lane
///    reaches the part P(R) of its speed, on the compute lane the integral of what the shares and the memory
///    bandwidth leave,
///  - a piece starts after the end of each piece that it depends on (`to` depends on `from`, an earlier node,
///    where both touch a common row of one storage and one of them writes it), and later by `join` on another
///    lane; an edge of the problem holds for all pieces of its nodes,
///  - in each tier the storages that are live at an instant fit the limit.
/// Pieces that are empty at this load are held to the first three only.
/// Sorted by kind of offence, then node. Empty where the solution is valid.
std::vector<Violation> validate(const Problem &problem, const Solution &solution);

/// When each piece ends: as stated, or where that is not stated or too early, as early as the tables allow.
/// Infinite for a piece that what is left never lets end.
std::vector<std::vector<double>> endsOf(const Problem &problem, const Solution &solution);

} // namespace sennit::planner
