// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The functions that a GPU does a kernel with. Internal to passes/tile.
#pragma once

#include "dialects/tile/Tile.h"

namespace sennit {

/// Replaces a kernel by the functions that do it on a GPU of compute capability `arch` (90: 9.0), in the
/// order in which they are launched, variants for few rows first. Fails, with an error at the op, where there
/// is no form for it.
mlir::FailureOr<llvm::SmallVector<tile::KernelOp>> splitVariants(tile::KernelOp kernel, int64_t arch);

/// The same for a kernel with contractions of packed weights, and for one that walks keys.
mlir::FailureOr<llvm::SmallVector<tile::KernelOp>> splitLinear(tile::KernelOp kernel, int64_t arch);
mlir::FailureOr<llvm::SmallVector<tile::KernelOp>> splitAttention(tile::KernelOp kernel);

/// A copy of `kernel` before it, named after the form, with its schedule.
tile::KernelOp cloneAs(tile::KernelOp kernel, tile::CudaAttr schedule, llvm::StringRef suffix);

} // namespace sennit
