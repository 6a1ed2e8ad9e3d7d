// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Passes.h"

#include "mlir/Pass/PassManager.h"

namespace sennit {

void buildTilePipeline(mlir::OpPassManager &manager, const ChooseSchedulesPassOptions &options) {
  manager.addPass(createChooseSchedulesPass(options));
  manager.addPass(createVerifyTilePass());
}

} // namespace sennit
