// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/emit/EmitCuda.h"

#include "codegen/cuda/device/linear_shapes.cuh"
#include "codegen/cuda/emit/EmitFunction.h"
#include "passes/tile/Passes.h"

#include "mlir/Pass/PassManager.h"

#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace mlir;

namespace sennit {
namespace {

/// "k.mlir:3:5".
std::string placeOf(Location loc) {
  if (auto file = loc->findInstanceOf<FileLineColLoc>())
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn()))
        .str();
  return "";
}

/// A function as the tables describe it, with the op that it was made from.
struct Emitted {
  tile::KernelOp op;
  CudaFunction function;
  tile::CudaAttr schedule() { return op.getCudaSchedule(); }
};

/// Bytes of scratch for a row of encoded activations.
int64_t encodedRowBytes(tile::KernelOp encode) {
  auto type = cast<tile::TileType>(encode.getPrologue().getResult(0).getType());
  OperandKind kind = type.getElement() == tile::Element::F16    ? OperandKind::F16
                     : type.getElement() == tile::Element::BF16 ? OperandKind::BF16
                                                                : OperandKind::Split;
  // Rows stand in tiles of 8.
  return activation_tile_bytes(kind, static_cast<int>(type.getColumns()), 8) / 8;
}

/// Gathers functions to variants: for launches of at most so many rows, in each group the function made for
/// the fewest rows that are enough, behind the one that encodes its activations.
std::vector<CudaVariant> makeVariants(std::vector<Emitted> &functions) {
  constexpr uint32_t any = 0xffffffff;
  std::set<uint32_t> limits;
  std::set<int64_t> groups;
  auto limitOf = [&](Emitted &emitted) {
    return emitted.schedule().getMost() ? static_cast<uint32_t>(emitted.schedule().getMost()) : any;
  };
  for (Emitted &emitted : functions) {
    groups.insert(emitted.schedule().getGroup());
    if (emitted.schedule().getForm() != tile::CudaForm::Encode)
      limits.insert(limitOf(emitted));
  }
  std::vector<CudaVariant> variants;
  for (uint32_t limit : limits) {
    CudaVariant variant;
    variant.maxRows = limit;
    for (int64_t group : groups) {
      uint32_t best = any;
      Emitted *encode = nullptr;
      for (Emitted &emitted : functions) {
        if (emitted.schedule().getGroup() != group)
          continue;
        if (emitted.schedule().getForm() == tile::CudaForm::Encode)
          encode = &emitted;
        else if (limitOf(emitted) >= limit)
          best = std::min(best, limitOf(emitted));
      }
      for (Emitted &emitted : functions) {
        tile::CudaAttr schedule = emitted.schedule();
        if (schedule.getGroup() != group || schedule.getForm() == tile::CudaForm::Encode ||
            limitOf(emitted) != best)
          continue;
        if (schedule.readsEncoded() && encode) {
          variant.functions.push_back(encode->function);
          variant.scratchRowBytes = std::max(variant.scratchRowBytes, encodedRowBytes(encode->op));
          // The last tile of 8 rows is whole.
          variant.scratchBytes = std::max(variant.scratchBytes, 7 * encodedRowBytes(encode->op));
        }
        variant.functions.push_back(emitted.function);
      }
    }
    variants.push_back(std::move(variant));
  }
  return variants;
}

bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name[0]) &&
         llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

} // namespace

FailureOr<CudaKernel> emitCudaFunctions(ArrayRef<tile::KernelOp> functions, const CudaEmitOptions &options) {
  tile::KernelOp first = functions.front();
  CudaText text(first.getContext(), first.getLoc());
  CudaKernel kernel;
  std::vector<Emitted> emitted;
  for (tile::KernelOp function : functions) {
    tile::CudaAttr schedule = function.getCudaSchedule();
    if (!schedule)
      return function.emitOpError("expected a #tile.cuda schedule"), failure();
    if (!isIdentifier(function.getSymName()))
      return function.emitOpError("expected letters, digits and underscores in its name for a GPU"),
             failure();
    kernel.name = schedule.getOf().str();
    FailureOr<CudaFunction> described = FunctionEmitter(function, text).emit();
    if (failed(described))
      return failure();
    emitted.push_back({function, *described});
  }
  FailureOr<std::string> whole = text.finish();
  if (failed(whole))
    return first.emitOpError("could not be printed as C++"), failure();
  kernel.source = placeOf(first.getLoc());
  kernel.variants = makeVariants(emitted);
  kernel.text = *whole;
  return kernel;
}

FailureOr<CudaKernel> emitCuda(tile::KernelOp kernel, const CudaEmitOptions &options) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(kernel.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  builder.clone(*kernel);
  PassManager passes(kernel.getContext());
  buildTileForCudaPipeline(passes, "sm_" + std::to_string(options.arch));
  if (failed(passes.run(*module)))
    return failure();
  auto functions = llvm::to_vector(module->getOps<tile::KernelOp>());
  return emitCudaFunctions(functions, options);
}

} // namespace sennit
