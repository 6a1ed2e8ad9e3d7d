// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/Passes.h"

namespace sennit {

void buildNnPipeline(mlir::OpPassManager &manager, const NnPipelineOptions &options) {
  manager.addPass(createVerifyNnInputPass());
  manager.addPass(createFuseGroupsPass({.target = options.target,
                                        .cacheElementBytes = options.cacheElementBytes,
                                        .activationBytes = options.activationBytes}));
  manager.addPass(createVerifyFusedPass());
}

} // namespace sennit
