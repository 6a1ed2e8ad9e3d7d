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

/// A tile that a block of keys leaves for the merge: `bytes` of one row at `offset` in the block's part of
/// the memory that all calls share.
struct BlockResult {
  mlir::Value tile;
  int64_t offset, bytes;
};

/// Static for a kernel, the same for its body and its prologue.
struct ScratchPlan {
  /// Shared tiles, carried tiles and the valid counts of tile.keys, and reductions that hold more than one
  /// value.
  llvm::DenseMap<mlir::Value, ScratchTile> tiles;
  /// Tiles whose columns stand for the keys of the current block.
  llvm::DenseSet<mlir::Value> overKeys;
  int64_t bytes = 0;

  /// Ops in the body of tile.keys that see carried tiles: the merge of a block into what came before.
  llvm::DenseSet<mlir::Operation *> merging;
  /// What the merge reads of a block.
  llvm::SmallVector<BlockResult> blockResults;
  /// Bytes of these; 0: the kernel cannot be done in parts.
  int64_t partBytes = 0;
};

ScratchPlan planScratch(tile::KernelOp kernel);

} // namespace sennit
