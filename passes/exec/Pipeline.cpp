// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/exec/Passes.h"

#include "mlir/Pass/PassManager.h"

namespace sennit {

void buildExecPipeline(mlir::OpPassManager &manager) {
  manager.addPass(createVerifyExecPass());
}

} // namespace sennit
