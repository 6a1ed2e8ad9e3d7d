// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "dialects/nn/Nn.h"

#include "llvm/ADT/DenseMap.h"

namespace sennit::nn {

/// Decides along one mesh axis what ranks hold of every value of a block. Borrows the block; single thread.
///
/// Two rules seed the decision, both found on def-use chains. Attention splits its heads, so what gives q, k
/// and v splits its output features. And a linear splits its output features where a linear that splits its
/// reduction follows, through ops that work column by column. From a seed the split spreads to all that must
/// be split with it; where something cannot be, nothing of the seed is kept. Last, pending sums pass through
/// ops that are linear in them and alone need them, so that sums that are added up are reduced once.
class ShardPropagation {
public:
  /// `gatherOutput`: the linear after an attention splits its output features and not its reduction.
  ShardPropagation(mlir::Block &block, bool gatherOutput) : block(block), gatherOutput(gatherOutput) {}

  void run();
  AxisState stateOf(mlir::Value value) const;

private:
  bool attempt(llvm::function_ref<bool()> act);
  bool choose(mlir::Operation *op, const ShardingCase &way);
  bool give(mlir::Value value, AxisState state);
  bool offer(mlir::OpOperand &use, AxisState state);
  bool mayGather(mlir::Value value) const;
  bool isGatheredOutput(mlir::Value value) const;
  void passPendingSums();

  mlir::Block &block;
  bool gatherOutput;
  llvm::DenseMap<mlir::Operation *, ShardingCase> chosen;
  llvm::DenseMap<mlir::Value, AxisState> states;  ///< of values that are not the same on all ranks
  llvm::SmallVector<mlir::Operation *> chosenLog; ///< what attempt() takes back, in order
  llvm::SmallVector<mlir::Value> statesLog;
};

} // namespace sennit::nn
