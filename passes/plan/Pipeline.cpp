// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/plan/Passes.h"

#include "mlir/Pass/PassManager.h"

namespace sennit {

template <typename Options>
static Options timed(const PlanPipelineOptions &from) {
  Options options;
  options.flops = from.flops;
  options.bytes = from.bytes;
  options.networkBytes = from.networkBytes;
  options.launch = from.launch;
  options.maxRows = from.maxRows;
  options.target = from.target;
  options.prompt = from.prompt;
  options.output = from.output;
  return options;
}

void buildPlanPipeline(mlir::OpPassManager &manager, const PlanPipelineOptions &options) {
  if (options.parts > 1) {
    SpecialiseBucketsPassOptions buckets;
    buckets.maxRows = options.bucketRows;
    manager.addPass(createSpecialiseBucketsPass(buckets));
    SplitNanoBatchesPassOptions split;
    split.parts = options.parts;
    manager.addPass(createSplitNanoBatchesPass(split));
  }
  manager.addPass(createScheduleInOrderPass(timed<ScheduleInOrderPassOptions>(options)));
  // Last, and with the same numbers: starts are only right for the durations that they were made with.
  manager.addPass(createVerifyPlanPass(timed<VerifyPlanPassOptions>(options)));
}

} // namespace sennit
