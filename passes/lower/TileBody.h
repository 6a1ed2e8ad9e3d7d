// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The shared part of making a kernel from a body: where each nn value of the body lives, and the tile
// expression for a window of its columns.
#pragma once

#include "dialects/nn/Nn.h"
#include "dialects/tile/Tile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

#include <functional>

namespace sennit::lower {

/// The kernel operands that stand for one value of a body.
struct ValueViews {
  mlir::Value view;                       ///< an activation, indices, a weight, or the keys of a cache
  mlir::Value values;                     ///< the values of a cache
  mlir::SmallVector<mlir::Value, 7> step; ///< a batch: row_sequence, row_slot, sequence_segments,
                                          ///< segment_pages, segment_length, segment_first, pages
};

/// A window of columns: [column, column + width) of every row.
struct Window {
  mlir::Value column; ///< index
  int64_t width;
};

/// Builds tile expressions for the nn values of one body. Lives while one kernel is made; single thread.
class TileBody {
public:
  TileBody(mlir::func::FuncOp body, tile::KernelOp kernel);

  mlir::func::FuncOp body;
  tile::KernelOp kernel;
  mlir::ImplicitLocOpBuilder builder;            ///< insertion point of what is built next
  llvm::DenseMap<mlir::Value, ValueViews> views; ///< block arguments
  llvm::DenseMap<unsigned, mlir::Value> results; ///< destination view of each result of the body that has one
  /// Values that are computed already, for whole rows (a contraction's accumulators, rope's cosines).
  llvm::DenseMap<mlir::Value, mlir::Value> computed;

  mlir::func::ReturnOp returnOp() {
    return mlir::cast<mlir::func::ReturnOp>(body.getBody().front().getTerminator());
  }
  mlir::Value row() { return kernel.getRow(); }
  mlir::Value index(int64_t value);
  mlir::Value addIndex(mlir::Value base, int64_t offset);
  /// The whole width of an activation.
  Window whole(mlir::Value value);

  /// The tile of `value` in a window, or null after an error was emitted at the op that cannot be lowered
  /// here.
  mlir::Value expression(mlir::Value value, Window window);

  tile::TileType tileType(int64_t columns, tile::Level level = tile::Level::Reg) const;
  /// result[i] = f(inputs[i]...), of the type given.
  mlir::Value map(tile::TileType type, mlir::ValueRange inputs,
                  llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &, mlir::ValueRange)> f,
                  bool indexed = false);
  mlir::Value reduce(tile::Reduction kind, mlir::Value tile);
  /// The vector weight, columns of the window, the same for all rows.
  mlir::Value vectorTile(mlir::Value weight, Window window);
  /// One i32 for each row from an array of the step.
  mlir::Value stepTile(mlir::Value view);

private:
  mlir::Value normalise(mlir::Operation *op, Window window);
  mlir::Value softmax(nn::SoftmaxOp op);
};

/// f32 constant.
mlir::Value constant(mlir::ImplicitLocOpBuilder &builder, float value);

/// The three forms of a kernel. Each fills the kernel's empty block; an error was emitted on failure.
mlir::LogicalResult buildRowKernel(TileBody &tiles);
mlir::LogicalResult buildLinearKernel(TileBody &tiles);
mlir::LogicalResult buildAttentionKernel(TileBody &tiles);

} // namespace sennit::lower
