// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// For tests: every form of one contraction as plain functions.
#pragma once

#include "codegen/cpu/CompileKernelTesting.h"
#include "codegen/cpu/Contract.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace sennit {

/// "rows3": out[r][16] += row r . tile, rows `stride` bytes apart.
using RowsFunction = void(const uint8_t *weight, const uint8_t *rows, int64_t stride, int64_t k, float *out);
/// "streams4": out[s][16] += row . tile at weight + s * apart.
using StreamsFunction = void(const uint8_t *weight, const uint8_t *row, int64_t apart, int64_t k, float *out);

inline void addRowsFunction(mlir::OpBuilder &builder, const ContractEmitter &emitter, int rows) {
  using namespace mlir;
  Location loc = builder.getUnknownLoc();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), i64 = builder.getI64Type();
  auto type = builder.getFunctionType({pointer, pointer, i64, i64, pointer}, {});
  auto function = func::FuncOp::create(builder, loc, "rows" + std::to_string(rows), type);
  OpBuilder::InsertionGuard guard(builder);
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  auto vector = VectorType::get({16}, builder.getF32Type());
  Value k = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), entry->getArgument(3));
  SmallVector<Value> addresses, outs, accs;
  for (int r = 0; r < rows; ++r) {
    Value index = arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(r));
    Value offset = arith::MulIOp::create(builder, loc, index, entry->getArgument(2));
    addresses.push_back(LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), entry->getArgument(1),
                                            ArrayRef<LLVM::GEPArg>{offset}));
    outs.push_back(LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), entry->getArgument(4),
                                       ArrayRef<LLVM::GEPArg>{r * 64}));
    accs.push_back(LLVM::LoadOp::create(builder, loc, vector, outs.back(), 4));
  }
  SmallVector<Value> sums = emitter.emitRows(builder, loc, entry->getArgument(0), addresses, k, accs);
  for (auto [sum, out] : llvm::zip_equal(sums, outs))
    LLVM::StoreOp::create(builder, loc, sum, out, 4);
  func::ReturnOp::create(builder, loc);
}

inline void addStreamsFunction(mlir::OpBuilder &builder, const ContractEmitter &emitter, int streams,
                               int64_t ahead) {
  using namespace mlir;
  Location loc = builder.getUnknownLoc();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), i64 = builder.getI64Type();
  auto type = builder.getFunctionType({pointer, pointer, i64, i64, pointer}, {});
  auto function = func::FuncOp::create(builder, loc, "streams" + std::to_string(streams), type);
  OpBuilder::InsertionGuard guard(builder);
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Value apart = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), entry->getArgument(2));
  Value k = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), entry->getArgument(3));
  emitter.emitStreams(builder, loc, entry->getArgument(0), apart, streams, entry->getArgument(1), k,
                      entry->getArgument(4), ahead);
  func::ReturnOp::create(builder, loc);
}

/// rows1..rows8, streams1 and streams4 of one contraction, in the LLVM dialect. The context has
/// registerKernelDialects.
inline mlir::OwningOpRef<mlir::ModuleOp> contractModule(mlir::MLIRContext &context,
                                                        const ContractEmitter &emitter) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  for (int rows = 1; rows <= 8; ++rows)
    addRowsFunction(builder, emitter, rows);
  addStreamsFunction(builder, emitter, 1, 0);
  addStreamsFunction(builder, emitter, 4, 640);
  if (failed(lowerToLLVMDialect(*module)))
    return {};
  return module;
}

} // namespace sennit
