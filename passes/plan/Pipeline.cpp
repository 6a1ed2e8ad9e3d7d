// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/plan/Passes.h"

#include "mlir/Pass/PassManager.h"

namespace sennit {

void buildPlanPipeline(mlir::OpPassManager &manager, const PlanPipelineOptions &options) {
  if (options.parts > 1) {
    SpecialiseBucketsPassOptions buckets;
    buckets.maxRows = options.bucketRows;
    manager.addPass(createSpecialiseBucketsPass(buckets));
    SplitNanoBatchesPassOptions split;
    split.parts = options.parts;
    manager.addPass(createSplitNanoBatchesPass(split));
  }
  manager.addPass(createScheduleInOrderPass());
  manager.addPass(createVerifyPlanPass()); // by the same timing, that of the module
}

} // namespace sennit
