// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the passes on shardings share: which way an op runs along an axis, and shardings that differ in one
// axis.
#pragma once

#include "dialects/nn/Nn.h"

#include <optional>
#include <string>

namespace sennit::nn {

/// The way in which every rank does all of the op.
ShardingCase wholeCase(mlir::Operation *op);

/// The way in which an op runs along an axis, told from what its results are said to be: of the ways with
/// these results the one in which the fewest operands need a repair, the first one of equals. None where no
/// way gives these results.
std::optional<ShardingCase> caseOf(mlir::Operation *op, llvm::StringRef axis);

/// `sharding` (null: the same on all ranks) with another state on one axis; null where that leaves nothing
/// split or pending. `rank` counts the dimensions of the value.
ShardingAttr withState(ShardingAttr sharding, mlir::FlatSymbolRefAttr mesh, int64_t rank,
                       llvm::StringRef axis, AxisState state);

/// "the same on all ranks", "split over dimension 1 by "tp"" or "a pending sum along "tp"".
std::string describe(AxisState state, llvm::StringRef axis);

/// The only mesh of a module, null where it has none; an error at the second one where it has several.
mlir::FailureOr<MeshOp> meshOf(mlir::ModuleOp module);

} // namespace sennit::nn
