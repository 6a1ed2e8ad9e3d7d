// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The entry of a kernel function, and shorthands for scalars, loops and masks.
#include "codegen/cpu/LowerTileEmitter.h"

#include "runtime/device/host/KernelAbi.h"

using namespace mlir;

namespace sennit {

int64_t unitElements(Format format) {
  return tile::isBlockFormat(format) ? 32 : 1;
}

int64_t elementBytes(Format format) {
  return format == Format::F16 || format == Format::BF16 ? 2 : 4;
}

KernelEmitter::KernelEmitter(tile::KernelOp kernel, schema::CpuLevel level, const ScratchPlan &plan,
                             LLVM::LLVMFuncOp function)
    : kernel(kernel), level(level), plan(plan), function(function), builder(kernel.getContext()),
      loc(kernel.getLoc()), e{builder, loc} {
  builder.setInsertionPointToStart(&function.getBody().front());
  Value arguments = function.getArgument(0);
  Value operands = loadPtr(arguments, offsetof(KernelArgs, operands));
  rowBegin = loadI64(arguments, offsetof(KernelArgs, rowBegin));
  rowEnd = loadI64(arguments, offsetof(KernelArgs, rowEnd));
  tileBegin = loadI64(arguments, offsetof(KernelArgs, tileBegin));
  tileEnd = loadI64(arguments, offsetof(KernelArgs, tileEnd));
  scratch = loadPtr(arguments, offsetof(KernelArgs, scratch));
  parts = loadI64(arguments, offsetof(KernelArgs, parts));
  shared = loadPtr(arguments, offsetof(KernelArgs, shared));
  sharedStride = loadI64(arguments, offsetof(KernelArgs, sharedStride));
  for (BlockArgument operand : kernel.getViews())
    views[operand] = loadPtr(operands, operand.getArgNumber() * sizeof(void *));
}

Value KernelEmitter::loadPtr(Value address, int64_t offset) const {
  return e.load(e.at(address, offset), LLVM::LLVMPointerType::get(builder.getContext()), 8);
}

Value KernelEmitter::loadStep(Value array, Value i) const {
  Value element = e.load(e.at(array, mul(i, 4)), builder.getI32Type(), 4);
  return arith::ExtSIOp::create(builder, loc, builder.getI64Type(), element);
}

Value KernelEmitter::div(Value a, int64_t b) const {
  return arith::DivUIOp::create(builder, loc, a, i64(b));
}
Value KernelEmitter::rem(Value a, int64_t b) const {
  return arith::RemUIOp::create(builder, loc, a, i64(b));
}
Value KernelEmitter::least(Value a, Value b) const {
  return arith::MinSIOp::create(builder, loc, a, b);
}
Value KernelEmitter::most(Value a, Value b) const {
  return arith::MaxSIOp::create(builder, loc, a, b);
}

Value KernelEmitter::less(Value a, Value b) const {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
}

Value KernelEmitter::splatOf(float value) const {
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(f32s(), value));
}

SmallVector<Value> KernelEmitter::loop(Value begin, Value end, int64_t step, ValueRange carried,
                                       function_ref<Values(Operation *, Value, ValueRange)> body) const {
  auto op = scf::ForOp::create(builder, loc, begin, end, i64(step), carried);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.getBody());
  Values next = body(op, op.getInductionVar(), op.getRegionIterArgs());
  if (!carried.empty())
    scf::YieldOp::create(builder, loc, next);
  return Values(op.getResults());
}

void KernelEmitter::loop(Value begin, Value end, int64_t step,
                         function_ref<void(Operation *, Value)> body) const {
  loop(begin, end, step, ValueRange(), [&](Operation *op, Value i, ValueRange) -> Values {
    body(op, i);
    return {};
  });
}

void KernelEmitter::when(Value condition, function_ref<void()> body) const {
  auto op = scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.thenBlock());
  body();
}

Value KernelEmitter::advance(Value start, function_ref<Value(Value)> condition) const {
  auto op = scf::WhileOp::create(builder, loc, TypeRange(builder.getI64Type()), ValueRange(start));
  OpBuilder::InsertionGuard guard(builder);
  Block *before = builder.createBlock(&op.getBefore(), {}, TypeRange(builder.getI64Type()), {loc});
  Value more = condition(before->getArgument(0));
  scf::ConditionOp::create(builder, loc, more, before->getArguments());
  Block *after = builder.createBlock(&op.getAfter(), {}, TypeRange(builder.getI64Type()), {loc});
  scf::YieldOp::create(builder, loc, add(after->getArgument(0), 1));
  return op.getResult(0);
}

Value KernelEmitter::iota() const {
  auto numbers = llvm::to_vector(llvm::seq<int32_t>(0, tile::lanes));
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(i32s(), ArrayRef(numbers)));
}

Value KernelEmitter::maskOf(int64_t count) const {
  SmallVector<bool> bits(tile::lanes, false);
  std::fill_n(bits.begin(), count, true);
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(e.vector(tile::lanes, builder.getI1Type()), ArrayRef(bits)));
}

Value KernelEmitter::maskOf(Value count) const {
  // Counts are compared as i32, so they are cut to the 16 lanes first.
  Value small = arith::TruncIOp::create(builder, loc, builder.getI32Type(), clamp(count, 0, tile::lanes));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, iota(), splatOf(small));
}

} // namespace sennit
