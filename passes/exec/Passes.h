// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The passes on exec packages: check them.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sennit {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION // registerExecPasses()
#include "passes/exec/Passes.h.inc"

/// Every pass on exec packages, in order; ends with the verifier.
void buildExecPipeline(mlir::OpPassManager &manager);

} // namespace sennit
