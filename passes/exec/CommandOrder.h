// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What runs before what in an exec program.
#pragma once

#include "dialects/exec/Exec.h"

#include "llvm/ADT/BitVector.h"

#include <optional>
#include <vector>

namespace sennit {

/// The lane that a command runs on; none for a branch.
std::optional<Lane> laneOf(mlir::Operation *command);

/// The partial order of a program's commands: those of one lane run in the order of the text, and a wait
/// comes after the signal that it waits for. A value; thread-compatible.
class CommandOrder {
public:
  explicit CommandOrder(exec::ProgramOp program);

  const std::vector<mlir::Operation *> &commands() const { return list; }
  /// Whether command `a` has finished when command `b` begins, whatever the lanes' speed. Indices into
  /// commands().
  bool before(unsigned a, unsigned b) const { return earlier[b].test(a); }

private:
  std::vector<mlir::Operation *> list;
  std::vector<llvm::BitVector> earlier; ///< for each command, those that finish before it begins
};

} // namespace sennit
