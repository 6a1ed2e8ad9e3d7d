// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

namespace sennit {

void buildTilePipeline(mlir::OpPassManager &manager, const ChooseSchedulesPassOptions &options) {
  manager.addPass(createChooseSchedulesPass(options));
  manager.addPass(createVerifyTilePass());
}

void buildTileForCudaPipeline(mlir::OpPassManager &manager, llvm::StringRef arch) {
  manager.addPass(createSplitVariantsPass({arch.str()}));
  // Last, since it looks at the ops that are there.
  manager.addPass(createInsertBarriersPass());
  manager.addPass(createVerifyTilePass());
}

namespace {
struct TileForCudaOptions : mlir::PassPipelineOptions<TileForCudaOptions> {
  Option<std::string> arch{*this, "arch", llvm::cl::desc("Architecture that the functions are for"),
                           llvm::cl::init("sm_90a")};
};
} // namespace

void registerTileForCudaPipeline() {
  mlir::PassPipelineRegistration<TileForCudaOptions>(
      "tile-for-cuda", "Turn kernels into functions for one CUDA architecture",
      [](mlir::OpPassManager &manager, const TileForCudaOptions &options) {
        buildTileForCudaPipeline(manager, options.arch);
      });
}

} // namespace sennit
