// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Commands on lanes, and the fewest signals that keep their dependences. Plain numbers; no MLIR.
#pragma once

#include "llvm/ADT/BitVector.h"

#include <vector>

namespace sennit {

/// One command of a program, whose commands stand in a valid order.
struct LaneCommand {
  unsigned lane;
  /// Earlier commands that must have finished before this one begins.
  std::vector<unsigned> after;
  /// The next command of each lane that `yields` begins only when this one has begun: a collective must be on
  /// the machine before a kernel fills it.
  bool announced = false;
  bool yields = false;
};

/// How the lanes wait for each other. A lane runs its commands in order; what else is ordered takes a signal.
class LaneOrder {
public:
  /// What stands around a command: the signals that it waits for, ascending, then one that is raised before
  /// it begins, then one that is raised when it has finished; -1: none.
  struct Signals {
    std::vector<unsigned> waits;
    int raisedBefore = -1, raisedAfter = -1;
  };

  /// Transitive reduction: no wait is implied by the order of a lane and the other waits. A signal is raised
  /// once and awaited at least once. Signals are numbered in the order in which they are raised.
  explicit LaneOrder(const std::vector<LaneCommand> &commands);

  const std::vector<Signals> &signals() const { return around; }
  unsigned signalCount() const { return count; }
  /// Whether command `a` has finished when command `b` begins, whatever the lanes' speed.
  bool before(unsigned a, unsigned b) const { return earlier[b].test(a); }

  /// Whether every command of `uses` has finished when any of `others` begins. Both ascend.
  bool allBefore(const std::vector<unsigned> &uses, const std::vector<unsigned> &others) const;

private:
  std::vector<unsigned> lanes;          ///< by command
  std::vector<llvm::BitVector> earlier; ///< by command: those that finish before it begins
  std::vector<Signals> around;
  unsigned count = 0;
};

} // namespace sennit
