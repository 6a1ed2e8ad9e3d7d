// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Emits one function of a tile kernel. Internal to LowerTile; the files LowerTile*.cpp hold one part each.
//
// A `reg` tile is an expression. A sink (store, reduce, encode, a shared tile) loops over rows, group members
// and chunks of 16 columns, and evaluates the expression of each chunk as vector<16 x ...>, each
// subexpression once. Tiles of one column are evaluated before the loop over chunks. Addresses are !llvm.ptr,
// sizes and counters i64.
#pragma once

#include "codegen/cpu/Contract.h"
#include "codegen/cpu/ContractEmit.h"
#include "codegen/cpu/LowerTileScratch.h"

namespace sennit {

/// The rows that a body is run for: `count` from `first` on (null: one).
struct RowRange {
  mlir::Value first, count;
};

/// One row and group member, and the one-column tiles evaluated for it.
struct RowScope {
  mlir::Value row;   ///< row of the step
  mlir::Value local; ///< the same, counted from the first row at hand
  mlir::Value group;
  mlir::Operation *anchor = nullptr; ///< one-column tiles are computed before it; null: where they are needed
  llvm::DenseMap<mlir::Value, mlir::Value> known{};
};

/// 16 columns from `column` on. Lanes past `lanes`, or whose `mask` bit is unset, are absent.
struct ChunkScope {
  RowScope &rows;
  mlir::Value column;
  int64_t lanes = tile::lanes;
  mlir::Value mask = {}; ///< null: all lanes
  llvm::DenseMap<mlir::Value, mlir::Value> known{};
};

/// A packed weight on the tiles of a call: slices [first, last) of its table cover them, k ascending.
struct WeightSlices {
  mlir::Value slices, first, last;
};

/// The block of keys that a body of tile.keys is run for.
struct KeyBlock {
  mlir::Value pages; ///< address of the number of its first page
  mlir::Value most;  ///< largest and smallest number of valid keys of a row at hand
  mlir::Value least;
};

class KernelEmitter {
public:
  /// Emits into `function`, whose entry block is empty. `plan` outlives the emitter.
  KernelEmitter(tile::KernelOp kernel, schema::CpuLevel level, const ScratchPlan &plan,
                mlir::LLVM::LLVMFuncOp function);

  void emitPrologue(tile::PrologueOp prologue);
  void emitBody();

private:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<mlir::Value>;

  tile::CpuAttr schedule() {
    return kernel.getScheduleFor(level == schema::CpuLevel::Avx2 ? "avx2" : "avx512");
  }

  //===-- LowerTile.cpp: structure
  //-------------------------------------------------------------------------------===//
  void emitRowLoop(mlir::Block &block);
  /// Runs the ops of a block for some rows.
  void emitOps(mlir::Block &block, RowRange rows);
  void emitOp(mlir::Operation &op, RowRange rows);
  void emitFor(tile::ForOp op, RowRange rows);

  //===-- LowerTileBase.cpp: shorthands
  //--------------------------------------------------------------------------===//
  Value i64(int64_t value) const { return e.i64(value); }
  Value add(Value a, Value b) const { return e.addI(a, b); }
  Value add(Value a, int64_t b) const { return b == 0 ? a : e.addI(a, i64(b)); }
  Value mul(Value a, int64_t b) const { return b == 1 ? a : e.mulI(a, i64(b)); }
  Value sub(Value a, Value b) const { return e.subI(a, b); }
  Value div(Value a, int64_t b) const;
  Value rem(Value a, int64_t b) const;
  Value least(Value a, Value b) const;
  Value most(Value a, Value b) const;
  Value clamp(Value value, int64_t low, int64_t high) const {
    return most(i64(low), least(value, i64(high)));
  }
  Value less(Value a, Value b) const;
  Value splatOf(Value scalar) const { return e.broadcast(scalar, tile::lanes); }
  Value splatOf(float value) const;
  Value zeroF32() const { return splatOf(0.0f); }
  Value loadI64(Value address, int64_t offset) const {
    return e.load(e.at(address, offset), builder.getI64Type(), 8);
  }
  Value loadPtr(Value address, int64_t offset) const;
  /// Element i of an array of i32, as i64.
  Value loadStep(Value array, Value i) const;
  /// for i in [begin, end) by step; the body gets the loop op, so that it can place code before it.
  Values loop(Value begin, Value end, int64_t step, mlir::ValueRange carried,
              llvm::function_ref<Values(mlir::Operation *, Value, mlir::ValueRange)> body) const;
  void loop(Value begin, Value end, int64_t step,
            llvm::function_ref<void(mlir::Operation *, Value)> body) const;
  void when(Value condition, llvm::function_ref<void()> body) const;
  /// while (condition(i)) ++i, from `start` on.
  Value advance(Value start, llvm::function_ref<Value(Value)> condition) const;
  mlir::VectorType f32s() const { return e.f32s(tile::lanes); }
  mlir::VectorType i32s() const { return e.i32s(tile::lanes); }
  /// Lanes [0, count) set.
  Value maskOf(int64_t count) const;
  Value maskOf(Value count) const;
  Value iota() const;

  //===-- LowerTileValues.cpp: expressions
  //-----------------------------------------------------------------------===//
  /// The 16 elements of a tile in a chunk: vector<16xf32> or vector<16xi32>.
  Value evaluate(Value tile, ChunkScope &chunk);
  /// The one element of a one-column tile in every lane.
  Value evaluateColumn(Value tile, RowScope &rows);
  Value evaluateScalar(Value tile, RowScope &rows);
  /// What the op that defines the tile computes, also where the tile has memory.
  Value define(Value tile, ChunkScope &chunk);
  Value defineMap(tile::MapOp op, ChunkScope &chunk);
  Value defineConstant(tile::ConstantOp op, ChunkScope &chunk);
  /// A value of type index from the kernel, for a row.
  Value index(Value value, Value row);
  Value indexOperand(Value value, Value row);

  //===-- LowerTileMemory.cpp: views
  //-----------------------------------------------------------------------------===//
  Value view(Value operand) const { return views.lookup(operand); }
  Value tileAddress(const ScratchTile &tile, const RowScope &rows);
  Value rowAddress(const ScratchTile &tile, Value rowAndGroup);
  Value loadLanes(Value address, Format format, int64_t lanes, Value mask);
  void storeLanes(Value value, Value address, Format format, int64_t lanes, Value mask);
  Value defineLoad(tile::LoadOp op, ChunkScope &chunk);
  Value defineGather(tile::GatherOp op, ChunkScope &chunk);
  Value gatherPacked(tile::GatherOp op, Value row, Value column, int64_t lanes);
  Value gatherBlock(Format format, Value block, Value lane, Value half);
  void storeChunk(tile::StoreOp op, Value value, ChunkScope &chunk);
  void storeToCache(tile::StoreOp op, Value value, ChunkScope &chunk);
  WeightSlices findSlices(Value weight, Value tileIndex);

  //===-- LowerTileSinks.cpp
  //-------------------------------------------------------------------------------------===//
  void eachRow(RowRange rows, int64_t group, llvm::function_ref<void(RowScope &)> body);
  /// Chunks of a tile; `limit`, where given, is a multiple of 16 that ends them.
  void eachChunk(int64_t columns, Value limit, RowScope &rows, llvm::function_ref<void(ChunkScope &)> body);
  Value columnLimit(Value tile) const;
  void emitStore(tile::StoreOp op, RowRange rows);
  void emitShared(Value tile, RowRange rows);
  void emitReduce(tile::ReduceOp op, RowRange rows);
  void emitEncode(tile::EncodeOp op, RowRange rows);
  Value join(Value a, Value b, tile::Reduction kind) const;
  Value joinLanes(Value vector, tile::Reduction kind) const;

  //===-- LowerTileColumns.cpp
  //-----------------------------------------------------------------------------------===//
  void emitSection(tile::ColumnsOp section, int64_t axisBegin);
  void emitKeySection(tile::ColumnsOp section);
  void emitLinear(tile::ColumnsOp section, Value begin, Value end);
  Value emitStreams(tile::ColumnsOp section, Value begin, Value end, int64_t streams);
  void emitTileRows(tile::ColumnsOp section, Value tileIndex, int64_t tiles, Value row, int64_t count);
  void prefetchNext(Value weight, Value bytes, Value row, int64_t count);
  Values loadSums(Value place);
  void emitEpilogue(tile::ColumnsOp section, Value tileIndex, Value row, mlir::ValueRange sums);
  /// body(weight, first k, k, carried) for each slice, where `weight` is the address of the tile in it and
  /// tiles lie `apart` bytes from each other.
  Values eachSlice(
      tile::ContractOp contract, Value tileIndex, mlir::ValueRange carried,
      llvm::function_ref<Values(Value weight, Value apart, Value kBegin, Value k, mlir::ValueRange)> body);
  /// form(first row, count) for rows [begin, end): groups of `widest`, then at most one each of 4, 2 and 1.
  void eachRowGroup(Value begin, Value end, int64_t widest, llvm::function_ref<void(Value, int64_t)> form);
  Value activationRow(tile::ContractOp contract, Value row);
  const ContractEmitter &emitterOf(tile::ContractOp contract) const;

  //===-- LowerTileParts.cpp
  //-------------------------------------------------------------------------------------===//
  /// One part of the keys of each row; the last part to be finished merges.
  void emitParts(tile::ColumnsOp section, tile::KeysOp keys, Value tileIndex, Value part);
  void emitBlocksOfPart(tile::KeysOp keys, RowRange rows, Value part, Value shared);
  void copyResults(Value slot, bool store);
  Value countBlocks(tile::KeysOp keys, Value row);

  //===-- LowerTileKeys.cpp
  //--------------------------------------------------------------------------------------===//
  void emitRuns(tile::ColumnsOp section, tile::KeysOp keys);
  void emitKeys(tile::KeysOp op, RowRange rows);
  void emitInits(tile::KeysOp op, RowRange rows);
  /// body(number of the block) for each block that a row at hand may attend; all blocks of the sequence have
  /// numbers, ascending from 0.
  void eachBlock(tile::KeysOp op, RowRange rows, llvm::function_ref<void(Value)> body);
  void emitCarried(tile::KeysOp op, RowRange rows);
  void eachKeyRows(RowRange rows, int64_t group, const ContractEmitter &emitter,
                   llvm::function_ref<void(Value, int64_t)> form);
  void emitScores(tile::ContractOp op, RowRange rows);
  void emitSums(tile::ContractOp op, RowRange rows);

  tile::KernelOp kernel;
  schema::CpuLevel level;
  const ScratchPlan &plan;
  mlir::LLVM::LLVMFuncOp function;
  mutable mlir::OpBuilder builder;
  mlir::Location loc;
  Emit e;

  llvm::DenseMap<Value, Value> views; ///< operand -> address
  Value rowBegin, rowEnd, tileBegin, tileEnd, scratch, parts, shared, sharedStride;
  llvm::DenseMap<Value, Value> indices; ///< indices of sections and loops that are being emitted
  llvm::DenseMap<Value, Value> single;  ///< reductions of a single row: the value in every lane
  llvm::DenseMap<mlir::Operation *, WeightSlices>
      slices;        ///< of the contractions of the section that is emitted
  Values sumBuffers; ///< of the same: 16 floats for each row or stream, on the stack
  KeyBlock block;
};

/// Elements of a format that are one unit along k, and bytes of 16 rows of that unit.
int64_t unitElements(Format format);
int64_t elementBytes(Format format);

} // namespace sennit
