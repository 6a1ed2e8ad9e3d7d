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

/// Numbers that decide the durations of a plan. A value; thread-compatible.
struct PlanPipelineOptions {
  std::string target;                              ///< name or file; empty: the rates count
  double flops = 50, bytes = 20, networkBytes = 1; ///< per nanosecond
  double launch = 1000;                            ///< nanoseconds
  int64_t maxRows = 512;                           ///< rows that durations are taken at
  int64_t prompt = 512, output = 256;              ///< tokens per request
  int64_t parts = 1;        ///< nano-batches that every bucket is divided into; 1: no bucket is
  int64_t bucketRows = 512; ///< rows of the largest bucket
};

/// Every pass on plans, in order; ends with the verifier.
void buildPlanPipeline(mlir::OpPassManager &manager, const PlanPipelineOptions &options = {});

} // namespace sennit
