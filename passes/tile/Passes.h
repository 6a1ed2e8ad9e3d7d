// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The passes on kernels: choose how they run, check them.
#pragma once

#include "dialects/tile/Tile.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sennit {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION // registerTilePasses()
#include "passes/tile/Passes.h.inc"

/// Every pass on kernels, in order; ends with the verifier.
void buildTilePipeline(mlir::OpPassManager &manager, const ChooseSchedulesPassOptions &options = {});

/// Turns kernels into functions for one CUDA architecture ("sm_90a"), with barriers; ends with the verifier.
void buildTileForCudaPipeline(mlir::OpPassManager &manager, llvm::StringRef arch);

/// Registers it as `tile-for-cuda=arch=sm_90a`.
void registerTileForCudaPipeline();

/// 90 of "sm_90a"; fails for what is no architecture from sm_80 on.
mlir::FailureOr<int64_t> architectureNumber(llvm::StringRef arch);

} // namespace sennit
