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

/// "rows3x2": out[t][r][16] += row r . tile t, rows `stride` bytes apart, tiles `apart`.
using RowsFunction = void(const uint8_t *weight, const uint8_t *rows, int64_t stride, int64_t apart,
                          int64_t k, float *out);
/// "streams4": out[s][16] += row . tile at weight + s * apart.
using StreamsFunction = void(const uint8_t *weight, const uint8_t *row, int64_t apart, int64_t k, float *out);

inline void addRowsFunction(mlir::OpBuilder &builder, const ContractEmitter &emitter, int rows, int tiles) {
  using namespace mlir;
  Location loc = builder.getUnknownLoc();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), i64 = builder.getI64Type();
  auto type = builder.getFunctionType({pointer, pointer, i64, i64, i64, pointer}, {});
  std::string name = "rows" + std::to_string(rows) + "x" + std::to_string(tiles);
  auto function = func::FuncOp::create(builder, loc, name, type);
  OpBuilder::InsertionGuard guard(builder);
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  auto vector = VectorType::get({16}, builder.getF32Type());
  Value k = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), entry->getArgument(4));
  auto addresses = [&](Value first, Value apart, int count) {
    SmallVector<Value> result;
    for (int i = 0; i < count; ++i) {
      Value index = arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(i));
      Value offset = arith::MulIOp::create(builder, loc, index, apart);
      result.push_back(LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), first,
                                           ArrayRef<LLVM::GEPArg>{offset}));
    }
    return result;
  };
  Value bytes = arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(64));
  SmallVector<Value> outs = addresses(entry->getArgument(5), bytes, rows * tiles), accs;
  for (Value out : outs)
    accs.push_back(LLVM::LoadOp::create(builder, loc, vector, out, 4));
  SmallVector<Value> sums =
      emitter.emitRows(builder, loc, addresses(entry->getArgument(0), entry->getArgument(3), tiles),
                       addresses(entry->getArgument(1), entry->getArgument(2), rows), k, accs);
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

/// rows1..rows8 with one tile and as many as are preferred, streams1 and streams4 of one contraction, in the
/// LLVM dialect. The context has registerKernelDialects.
inline mlir::OwningOpRef<mlir::ModuleOp> contractModule(mlir::MLIRContext &context,
                                                        const ContractEmitter &emitter) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  for (int rows = 1; rows <= 8; ++rows) {
    addRowsFunction(builder, emitter, rows, 1);
    if (int tiles = emitter.preferredTiles(rows); tiles > 1)
      addRowsFunction(builder, emitter, rows, tiles);
  }
  addStreamsFunction(builder, emitter, 1, 0);
  addStreamsFunction(builder, emitter, 4, 640);
  if (failed(lowerToLLVMDialect(*module)))
    return {};
  return module;
}

} // namespace sennit
