// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Expressions: 16 elements of a tile, from the ops that define it.
#include "codegen/cpu/LowerTileEmitter.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace sennit {

static tile::TileType typeOf(Value tile) {
  return cast<tile::TileType>(tile.getType());
}

Value KernelEmitter::evaluate(Value tile, ChunkScope &chunk) {
  if (typeOf(tile).getColumns() == 1)
    return evaluateColumn(tile, chunk.rows);
  if (Value known = chunk.known.lookup(tile))
    return known;
  Value value;
  if (auto memory = plan.tiles.find(tile); memory != plan.tiles.end()) {
    Value address = e.at(tileAddress(memory->second, chunk.rows), mul(chunk.column, 4));
    bool floats = typeOf(tile).getElement() == tile::Element::F32;
    value = e.load(address, floats ? f32s() : i32s(), 64);
  } else {
    value = define(tile, chunk);
  }
  chunk.known[tile] = value;
  return value;
}

Value KernelEmitter::evaluateColumn(Value tile, RowScope &rows) {
  if (Value value = single.lookup(tile))
    return value;
  if (Value known = rows.known.lookup(tile))
    return known;
  OpBuilder::InsertionGuard guard(builder);
  if (rows.anchor)
    builder.setInsertionPoint(rows.anchor);
  Value value;
  if (auto memory = plan.tiles.find(tile); memory != plan.tiles.end()) {
    bool floats = typeOf(tile).getElement() == tile::Element::F32;
    Type element = floats ? Type(builder.getF32Type()) : Type(builder.getI32Type());
    value = splatOf(e.load(tileAddress(memory->second, rows), element, 4));
  } else {
    ChunkScope chunk{rows, i64(0), /*lanes=*/1};
    value = define(tile, chunk);
  }
  rows.known[tile] = value;
  return value;
}

Value KernelEmitter::evaluateScalar(Value tile, RowScope &rows) {
  Value splat = evaluateColumn(tile, rows);
  if (auto broadcast = splat.getDefiningOp<vector::BroadcastOp>())
    return broadcast.getSource();
  return vector::ExtractOp::create(builder, loc, splat, 0);
}

Value KernelEmitter::define(Value tile, ChunkScope &chunk) {
  Operation *op = tile.getDefiningOp();
  if (auto load = dyn_cast<tile::LoadOp>(op))
    return defineLoad(load, chunk);
  if (auto gather = dyn_cast<tile::GatherOp>(op))
    return defineGather(gather, chunk);
  if (auto map = dyn_cast<tile::MapOp>(op))
    return defineMap(map, chunk);
  if (auto constant = dyn_cast<tile::ConstantOp>(op))
    return defineConstant(constant, chunk);
  return splatOf(cast<tile::FillOp>(op).getValue().convertToFloat());
}

Value KernelEmitter::defineMap(tile::MapOp op, ChunkScope &chunk) {
  IRMapping mapping;
  for (auto [input, argument] : llvm::zip(op.getInputs(), op.getBodyBlock()->getArguments()))
    mapping.map(argument, evaluate(input, chunk));
  if (op.getIndexed()) {
    Value first = arith::TruncIOp::create(builder, loc, builder.getI32Type(), chunk.column);
    mapping.map(op.getBodyBlock()->getArguments().back(), e.addI(splatOf(first), iota()));
  }
  for (Operation &inner : op.getBodyBlock()->without_terminator()) {
    if (auto constant = dyn_cast<arith::ConstantOp>(inner)) {
      auto type = VectorType::get({tile::lanes}, constant.getType());
      auto splat = SplatElementsAttr::get(type, Attribute(constant.getValue()));
      mapping.map(constant.getResult(), arith::ConstantOp::create(builder, loc, splat).getResult());
      continue;
    }
    Operation *copy = builder.clone(inner, mapping);
    for (OpResult result : copy->getResults())
      result.setType(VectorType::get({tile::lanes}, result.getType()));
  }
  return mapping.lookup(cast<tile::YieldOp>(op.getBodyBlock()->getTerminator()).getValues()[0]);
}

Value KernelEmitter::defineConstant(tile::ConstantOp op, ChunkScope &chunk) {
  ArrayRef<float> values = op.getValues();
  if (values.size() == 1)
    return splatOf(values[0]);
  // Beside the code, padded so that a whole chunk can be read.
  SmallVector<float> padded(values);
  padded.resize(llvm::alignTo(values.size(), tile::lanes), 0.0f);
  auto module = function->getParentOfType<ModuleOp>();
  std::string name;
  SymbolTable symbols(module);
  for (unsigned i = 0;; ++i) {
    name = (function.getName() + "__constant" + Twine(i)).str();
    auto global = symbols.lookup<LLVM::GlobalOp>(name);
    auto data = DenseElementsAttr::get(
        RankedTensorType::get({static_cast<int64_t>(padded.size())}, builder.getF32Type()), ArrayRef(padded));
    if (global && global.getValueOrNull() != data)
      continue;
    if (!global) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(module.getBody());
      auto type = LLVM::LLVMArrayType::get(builder.getF32Type(), padded.size());
      LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal, name, data,
                             /*alignment=*/64);
    }
    break;
  }
  Value address = LLVM::AddressOfOp::create(builder, loc, LLVM::LLVMPointerType::get(builder.getContext()),
                                            StringRef(name));
  return e.load(e.at(address, mul(chunk.column, 4)), f32s(), 64);
}

Value KernelEmitter::indexOperand(Value value, Value row) {
  auto asIndex = [&](Value number) {
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), number).getResult();
  };
  if (value == kernel.getRow())
    return asIndex(row);
  if (Value number = indices.lookup(value))
    return asIndex(number);
  Operation *op = value.getDefiningOp();
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, indexOperand(operand, row));
  return builder.clone(*op, mapping)->getResult(cast<OpResult>(value).getResultNumber());
}

Value KernelEmitter::index(Value value, Value row) {
  return e.toI64(indexOperand(value, row));
}

} // namespace sennit
