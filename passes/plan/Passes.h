// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The passes on plans: make a schedule, check it.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sennit {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION // registerPlanPasses()
#include "passes/plan/Passes.h.inc"

/// A value; thread-compatible.
struct PlanPipelineOptions {
  int64_t parts = 1;        ///< nano-batches that every bucket is divided into; 1 or less: no bucket is
  int64_t bucketRows = 512; ///< rows of the largest bucket
};

/// Every pass on plans, in order; ends with the verifier.
void buildPlanPipeline(mlir::OpPassManager &manager, const PlanPipelineOptions &options = {});

} // namespace sennit
