// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The passes on nn, and the pipeline that runs them.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

#include <string>

namespace sennit {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION // registerNnPasses()
#include "passes/nn/Passes.h.inc"

struct NnPipelineOptions {
  std::string target = "cpu-avx2"; ///< a target's name or the path of its description
  int64_t cacheElementBytes = 2;   ///< of the KV cache, for costs
  int64_t activationBytes = 4;     ///< of an activation's element, for costs
  std::string layout;              ///< ranks along each axis, "tp=8"; empty: one rank
  std::string output = "row";      ///< what the linear after attention splits: "row" or "column"
};

/// From an imported or hand-written model to fused groups: verify the input, divide it among ranks where
/// there is a layout (or a mesh with shardings, written by hand), fuse, verify the result, which is the
/// module of one rank.
void buildNnPipeline(mlir::OpPassManager &manager, const NnPipelineOptions &options = {});

} // namespace sennit
