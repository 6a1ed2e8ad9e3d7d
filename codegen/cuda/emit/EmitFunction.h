// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Emits one CUDA function: a tile.kernel with a #tile.cuda schedule. Internal to EmitCuda; the files
// Emit*.cpp hold one part each.
//
// A `reg` tile of several columns is a lambda of the column, which each use evaluates; one of one column is a
// scalar that every thread computes; a `shared` tile is an array in shared memory.
#pragma once

#include "codegen/cuda/emit/CudaText.h"
#include "codegen/cuda/emit/EmitCuda.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AsmState.h"

#include "llvm/ADT/DenseMap.h"

namespace sennit {

class FunctionEmitter {
public:
  /// Emits into `text`. Both outlive the emitter.
  FunctionEmitter(tile::KernelOp function, CudaText &text);

  /// Fails after an error at the op that has no form here.
  mlir::FailureOr<CudaFunction> emit();

private:
  /// How the text names a tile.
  struct Tile {
    enum class Kind { Scalar, Lambda, Array } kind;
    std::string name;
    size_t depth = 0; ///< of the flattened loops around it, whose indices it takes
  };

  // EmitFunction.cpp: names, and the frame of a function.
  std::string nameOf(mlir::Value value);
  /// A line that names a tile op as the IR prints it, without types.
  void comment(mlir::Operation *op);
  mlir::InFlightDiagnostic error(mlir::Operation *op) {
    failed = true;
    return op->emitOpError();
  }
  void beginFunction();
  void declareViews();
  CudaFunction describe(int64_t sharedBytes, int64_t tiles, int64_t rowsPerBlock) const;
  CudaFunction emitRow();
  CudaFunction emitEncode();

  // EmitTiles.cpp: tiles and the ops of a row.
  void emitOps(mlir::Block &body);
  void emitOp(mlir::Operation &op);
  void emitTile(mlir::Value tile);
  void emitReduce(tile::ReduceOp op);
  void emitFor(tile::ForOp op);
  bool canFlatten(tile::ForOp op);
  void emitFlattened(tile::ForOp op);
  /// `[&](int i, int c) -> float {` as a lambda of the flattened loops' indices and the column.
  std::string lambdaHead(tile::TileType type, bool column);
  /// Value of `tile` at `column`, where it stands.
  mlir::Value define(mlir::Value tile, llvm::StringRef column);
  mlir::Value defineMap(tile::MapOp op, llvm::StringRef column);
  mlir::Value evaluate(mlir::Value tile, llvm::StringRef column);
  /// A callable of the column.
  std::string callable(mlir::Value tile);
  mlir::Type elementType(tile::TileType type);
  int64_t rowSharedBytes();

  // EmitMaps.cpp: scalar ops.
  mlir::Value emitScalar(mlir::Operation &op, mlir::ValueRange operands);
  mlir::Value compareFloats(mlir::arith::CmpFOp op, mlir::ValueRange operands);
  mlir::Value compareInts(mlir::arith::CmpIOp op, mlir::ValueRange operands);

  // EmitMemory.cpp: views.
  std::string index(mlir::Value value);
  std::string place(tile::ViewType view, mlir::OperandRange indices, llvm::StringRef column);
  mlir::Value defineLoad(tile::LoadOp op, llvm::StringRef column);
  mlir::Value defineGather(tile::GatherOp op, llvm::StringRef column);
  void storeElement(tile::StoreOp op, llvm::StringRef column);
  void emitStore(tile::StoreOp op);

  // EmitLinear.cpp: contractions of packed weights.
  CudaFunction emitLinear();
  struct LinearShape;
  bool findLinear(LinearShape &shape);
  void emitEpilogue(LinearShape &shape);

  // EmitAttention.cpp
  CudaFunction emitAttention();

  tile::KernelOp function;
  tile::CudaAttr schedule;
  CudaText &text;
  mlir::AsmState names;
  llvm::DenseMap<mlir::Value, Tile> tiles;
  std::vector<std::string> loopIndices; ///< of the flattened loops around
  std::string scope = "scope";          ///< the threads that work on a row
  int64_t sharedBytes = 0;              ///< laid out for shared tiles so far
  bool failed = false;
};

/// The format of a weight as a template argument: "WeightFormat::Q4_1".
std::string weightFormatText(Format format);
/// What its activations are encoded as: "OperandKind::F16".
std::string operandKindText(tile::Element element);

} // namespace sennit
