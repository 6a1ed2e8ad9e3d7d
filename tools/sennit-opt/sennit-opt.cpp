// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Runs passes on IR text: every dialect and pass of Sennit and of upstream MLIR.

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#if SENNIT_HAS_NN
#include "dialects/nn/Nn.h"
#endif
#if SENNIT_HAS_PLAN
#include "dialects/plan/Plan.h"
#endif
#if SENNIT_HAS_TILE
#include "dialects/tile/Tile.h"
#endif
#if SENNIT_HAS_EXEC
#include "dialects/exec/Exec.h"
#endif
#if SENNIT_HAS_PASSES_NN
#include "passes/nn/Passes.h"
#endif
#if SENNIT_HAS_PASSES_PLAN
#include "passes/plan/Passes.h"
#endif
#if SENNIT_HAS_PASSES_LOWER
#include "passes/lower/Passes.h"
#endif
#if SENNIT_HAS_PASSES_TILE
#include "passes/tile/Passes.h"
#endif
#if SENNIT_HAS_PASSES_EXEC
#include "passes/exec/Passes.h"
#endif

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
#if SENNIT_HAS_NN
  registry.insert<sennit::nn::NnDialect>();
#endif
#if SENNIT_HAS_PLAN
  registry.insert<sennit::plan::PlanDialect>();
#endif
#if SENNIT_HAS_TILE
  registry.insert<sennit::tile::TileDialect>();
#endif
#if SENNIT_HAS_EXEC
  registry.insert<sennit::exec::ExecDialect>();
#endif
#if SENNIT_HAS_PASSES_NN
  sennit::registerNnPasses();
#endif
#if SENNIT_HAS_PASSES_PLAN
  sennit::registerPlanPasses();
#endif
#if SENNIT_HAS_PASSES_LOWER
  sennit::registerLowerPasses();
#endif
#if SENNIT_HAS_PASSES_TILE
  sennit::registerTilePasses();
#endif
#if SENNIT_HAS_PASSES_EXEC
  sennit::registerExecPasses();
#endif
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Sennit pass driver\n", registry));
}
