// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "interpreter/Datum.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sennit::interpreter {

/// Runs a block of nn ops: binds `arguments` to the block's arguments, runs each op in order and returns the
/// operands of the terminator (func.return or nn.yield). Values are released after their last use. With
/// `quantisedActivations`, linears over block-quantised weights use the activation rule of quantised kernels.
/// Op semantics are those of the dialect's descriptions; ops are matched one by one and know nothing of
/// passes.
StatusOr<std::vector<Datum>> evaluateBlock(mlir::Block &block, std::vector<Datum> arguments,
                                           WeightTable &weights, bool quantisedActivations);

} // namespace sennit::interpreter
