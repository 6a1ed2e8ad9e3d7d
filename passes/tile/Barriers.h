// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Where the threads that work on a row must wait for each other. Internal to passes/tile.
#pragma once

#include "dialects/tile/Tile.h"

namespace sennit {

/// A place where a thread may overtake another at a shared tile or a view: read what is not written, or
/// overwrite what is still read or written.
struct MissingBarrier {
  mlir::Block *block;
  mlir::Operation *before; ///< the op that comes too early; null: the end of the block, before its next round
  mlir::Operation *other;  ///< the op that it must wait for
};

/// Every place in a row body or prologue of a kernel with a #tile.cuda schedule where a barrier must stand
/// and none does, in order; a barrier before each of them makes the kernel right.
llvm::SmallVector<MissingBarrier> findMissingBarriers(tile::KernelOp kernel);

} // namespace sennit
