// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit-opt/EmitCuda.h"

#include "codegen/cuda/emit/EmitCuda.h"
#include "dialects/tile/Tile.h"
#include "passes/tile/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"

#include <string>
#include <vector>

namespace sennit {

static constexpr llvm::StringLiteral flag = "--emit-cuda";

bool wantsCuda(int argc, char **argv) {
  for (int i = 1; i < argc; ++i)
    if (llvm::StringRef(argv[i]).starts_with(flag))
      return true;
  return false;
}

/// Functions that are split already stand together; other kernels are split here.
static mlir::LogicalResult emitModule(mlir::Operation *op, llvm::raw_ostream &stream, llvm::StringRef arch) {
  auto module = llvm::dyn_cast<mlir::ModuleOp>(op);
  if (!module)
    return op->emitError("expected a module of kernels");
  mlir::FailureOr<int64_t> number = architectureNumber(arch);
  if (mlir::failed(number))
    return op->emitError("expected an architecture such as sm_90a, found '") << arch << "'";
  CudaEmitOptions options;
  options.arch = *number;
  auto kernels = llvm::to_vector(module.getOps<tile::KernelOp>());
  for (size_t i = 0; i < kernels.size();) {
    size_t end = i + 1;
    tile::CudaAttr split = kernels[i].getCudaSchedule();
    while (split && end < kernels.size() && kernels[end].getCudaSchedule() &&
           kernels[end].getCudaSchedule().getOf() == split.getOf())
      ++end;
    mlir::FailureOr<CudaKernel> kernel =
        split ? emitCudaFunctions(llvm::ArrayRef(kernels).slice(i, end - i), options)
              : emitCuda(kernels[i], options);
    if (mlir::failed(kernel))
      return mlir::failure();
    stream << (i ? "\n" : "") << kernel->text;
    i = end;
  }
  return mlir::success();
}

int emitCudaMain(int argc, char **argv) {
  std::string arch = "sm_90a";
  // The driver knows flags without a value only.
  std::vector<std::string> texts;
  for (int i = 0; i < argc; ++i) {
    llvm::StringRef argument = argv[i];
    if (argument.consume_front((flag + "=").str())) {
      arch = argument.str();
      texts.push_back(flag.str());
    } else {
      texts.push_back(argument.str());
    }
  }
  std::vector<char *> arguments;
  for (std::string &text : texts)
    arguments.push_back(text.data());
  mlir::TranslateFromMLIRRegistration registration(
      "emit-cuda", "print the kernels of a module as CUDA C++",
      [&](mlir::Operation *op, llvm::raw_ostream &stream) { return emitModule(op, stream, arch); },
      [](mlir::DialectRegistry &registry) {
        registry.insert<tile::TileDialect, mlir::arith::ArithDialect, mlir::math::MathDialect>();
      });
  return mlir::failed(mlir::mlirTranslateMain(static_cast<int>(arguments.size()), arguments.data(),
                                              "Sennit kernels as CUDA C++"));
}

} // namespace sennit
