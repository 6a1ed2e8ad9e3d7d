// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/Passes.h"

namespace sennit {

void buildNnPipeline(mlir::OpPassManager &manager, const NnPipelineOptions &options) {
  manager.addPass(createVerifyNnInputPass());
  // Before fusing: what is fused with a linear is done before the sum of the ranks is complete. Without a
  // layout, and without a mesh that is written by hand, these passes change nothing.
  manager.addPass(createShardPass({.layout = options.layout, .output = options.output}));
  manager.addPass(createInsertCollectivesPass());
  manager.addPass(createVerifyCollectivesPass());
  manager.addPass(createLocalizePass());
  manager.addPass(createFuseGroupsPass({.target = options.target,
                                        .cacheElementBytes = options.cacheElementBytes,
                                        .activationBytes = options.activationBytes}));
  manager.addPass(createVerifyFusedPass());
}

} // namespace sennit
