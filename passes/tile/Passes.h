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

} // namespace sennit
