// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Runs passes on IR text: every dialect and pass of Sennit and of upstream MLIR. With --emit-cuda it prints
// kernels as CUDA C++ instead.

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#include "dialects/exec/Exec.h"
#include "dialects/nn/Nn.h"
#include "dialects/plan/Plan.h"
#include "dialects/tile/Tile.h"
#include "passes/exec/Passes.h"
#include "passes/lower/Passes.h"
#include "passes/nn/Passes.h"
#include "passes/plan/Passes.h"
#include "passes/tile/Passes.h"
#include "tools/sennit-opt/EmitCuda.h"

int main(int argc, char **argv) {
  if (sennit::wantsCuda(argc, argv))
    return sennit::emitCudaMain(argc, argv);
  mlir::registerAllPasses();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<sennit::nn::NnDialect>();
  registry.insert<sennit::plan::PlanDialect>();
  registry.insert<sennit::tile::TileDialect>();
  registry.insert<sennit::exec::ExecDialect>();
  sennit::registerNnPasses();
  sennit::registerPlanPasses();
  sennit::registerLowerPasses();
  sennit::registerTilePasses();
  sennit::registerTileForCudaPipeline();
  sennit::registerExecPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Sennit pass driver\n", registry));
}
