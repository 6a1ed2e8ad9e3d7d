// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Where the tiles of a kernel lie in a worker's scratch. Internal to LowerTile.
#pragma once

#include "dialects/tile/Tile.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace sennit {

/// Memory of one tile: rows x group members, each `stride` bytes.
struct ScratchTile {
  int64_t offset = 0; ///< bytes from the start of the scratch, a multiple of 64
  int64_t stride =
      0; ///< bytes from one (row, group member) to the next; 4 for one column, else a multiple of 64
  int64_t group = 1;
  bool hasRows = true;
  bool perCall =
      false; ///< its row 0 is the call's first row (made by the prologue), else the first row at hand
};

/// Static for a kernel, the same for its body and its prologue.
struct ScratchPlan {
  /// Shared tiles, carried tiles and the valid counts of tile.keys, and reductions that hold more than one
  /// value.
  llvm::DenseMap<mlir::Value, ScratchTile> tiles;
  /// Tiles whose columns stand for the keys of the current block.
  llvm::DenseSet<mlir::Value> overKeys;
  int64_t bytes = 0;
};

ScratchPlan planScratch(tile::KernelOp kernel);

} // namespace sennit
