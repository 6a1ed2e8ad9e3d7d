// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// One function for the body of a kernel and one for its prologue.
#include "codegen/cpu/LowerTile.h"

#include "codegen/cpu/CompileKernel.h"
#include "codegen/cpu/LowerTileCheck.h"
#include "codegen/cpu/LowerTileEmitter.h"

using namespace mlir;

namespace sennit {

void KernelEmitter::emitPrologue(tile::PrologueOp prologue) {
  emitRowLoop(*prologue.getBodyBlock());
}

void KernelEmitter::emitBody() {
  SmallVector<tile::ColumnsOp> sections = kernel.getSections();
  if (sections.empty())
    return emitRowLoop(*kernel.getBodyBlock());
  int64_t axis = 0;
  for (tile::ColumnsOp section : sections) {
    emitSection(section, axis);
    axis += section.getCount();
  }
}

void KernelEmitter::emitRowLoop(Block &body) {
  loop(rowBegin, rowEnd, 1, [&](Operation *, Value row) { emitOps(body, {row, {}}); });
}

void KernelEmitter::emitOps(Block &body, RowRange rows) {
  for (Operation &op : body)
    emitOp(op, rows);
}

void KernelEmitter::emitOp(Operation &op, RowRange rows) {
  if (auto store = dyn_cast<tile::StoreOp>(op))
    return emitStore(store, rows);
  if (auto reduce = dyn_cast<tile::ReduceOp>(op))
    return emitReduce(reduce, rows);
  if (auto encode = dyn_cast<tile::EncodeOp>(op))
    return emitEncode(encode, rows);
  if (auto loop = dyn_cast<tile::ForOp>(op))
    return emitFor(loop, rows);
  if (auto keys = dyn_cast<tile::KeysOp>(op))
    return emitKeys(keys, rows);
  if (auto contract = dyn_cast<tile::ContractOp>(op)) {
    bool overKeys = contract.getView().getType().getLayout() == tile::ViewLayout::Keys;
    return overKeys ? emitScores(contract, rows) : emitSums(contract, rows);
  }
  // Other tiles in memory are computed where they stand, all else where it is used.
  if (op.getNumResults() == 1 && plan.tiles.contains(op.getResult(0)))
    emitShared(op.getResult(0), rows);
}

void KernelEmitter::emitFor(tile::ForOp op, RowRange rows) {
  loop(i64(op.getLower()), i64(op.getUpper()), op.getStep(), [&](Operation *, Value i) {
    indices[op.getIndex()] = i;
    emitOps(*op.getBodyBlock(), rows);
  });
}

/// `llvm.func @name(!llvm.ptr)` with an entry block that returns.
static LLVM::LLVMFuncOp makeFunction(OpBuilder &builder, tile::KernelOp kernel, const Twine &name) {
  MLIRContext *context = builder.getContext();
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {LLVM::LLVMPointerType::get(context)});
  auto function = LLVM::LLVMFuncOp::create(builder, kernel.getLoc(), name.str(), type);
  Block *entry = function.addEntryBlock(builder);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(entry);
  LLVM::ReturnOp::create(builder, kernel.getLoc(), ValueRange());
  return function;
}

LogicalResult expandTileKernels(ModuleOp module, schema::CpuLevel level) {
  MLIRContext *context = module.getContext();
  context->loadDialect<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect,
                       vector::VectorDialect>();
  auto kernels = llvm::to_vector(module.getOps<tile::KernelOp>());
  bool failed = false;
  for (tile::KernelOp kernel : kernels)
    failed |= mlir::failed(checkForCpu(kernel, level));
  if (failed)
    return failure();
  for (tile::KernelOp kernel : kernels) {
    ScratchPlan plan = planScratch(kernel);
    OpBuilder builder(kernel);
    std::string name = kernel.getName().str();
    // The functions take the kernel's name; until they are complete the kernel gives it up.
    kernel.setName(name + "__tile");
    LLVM::LLVMFuncOp body = makeFunction(builder, kernel, name);
    KernelEmitter(kernel, level, plan, body).emitBody();
    if (tile::PrologueOp prologue = kernel.getPrologue()) {
      LLVM::LLVMFuncOp function = makeFunction(builder, kernel, name + "__prologue");
      KernelEmitter(kernel, level, plan, function).emitPrologue(prologue);
    }
    kernel.erase();
  }
  return success();
}

LogicalResult lowerTileToLLVM(ModuleOp module, schema::CpuLevel level) {
  if (failed(expandTileKernels(module, level)))
    return failure();
  return lowerToLLVMDialect(module);
}

FailureOr<KernelFacts> kernelFacts(tile::KernelOp kernel) {
  if (failed(checkForCpu(kernel, schema::CpuLevel::Avx2)))
    return failure();
  uint32_t tiles = 0;
  for (tile::ColumnsOp section : kernel.getSections())
    tiles += section.getCount();
  ScratchPlan plan = planScratch(kernel);
  return KernelFacts{kernel.getName().str(),
                     static_cast<bool>(kernel.getPrologue()),
                     static_cast<uint32_t>(kernel.getViews().size()),
                     static_cast<uint32_t>(kernel.getRowBlock()),
                     std::max(tiles, 1u),
                     static_cast<uint64_t>(plan.bytes),
                     static_cast<uint64_t>(plan.partBytes)};
}

} // namespace sennit
