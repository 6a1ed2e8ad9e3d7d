// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Tiles as lambdas, scalars and arrays, and the ops of a row.
#include "codegen/cuda/emit/EmitFunction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace sennit {

static tile::TileType typeOf(Value tile) {
  return cast<tile::TileType>(tile.getType());
}

Type FunctionEmitter::elementType(tile::TileType type) {
  return type.getElement() == tile::Element::I32 ? text.intType() : text.floatType();
}

/// Shared tiles of a row, a multiple of 16.
int64_t FunctionEmitter::rowSharedBytes() {
  int64_t bytes = 0;
  function.getBody().walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (auto tile = dyn_cast<tile::TileType>(type); tile && tile.isShared() && !tile.isEncoded())
        if (tile.getColumns() > 1)
          bytes += llvm::alignTo(4 * tile.getColumns(), 16);
  });
  return bytes;
}

static const char *elementText(tile::TileType type) {
  return type.getElement() == tile::Element::I32 ? "int" : "float";
}

void FunctionEmitter::emitOps(Block &body) {
  for (Operation &op : body)
    emitOp(op);
}

void FunctionEmitter::emitOp(Operation &op) {
  for (Type type : op.getResultTypes())
    if (auto tile = dyn_cast<tile::TileType>(type); tile && tile.getRank() != 2) {
      error(&op) << "expected a tile of rank 2 outside of attention, found " << tile;
      return;
    }
  if (isa<arith::ArithDialect>(op.getDialect()) || op.hasTrait<OpTrait::IsTerminator>())
    return; // indices are written where they are used
  if (isa<tile::BarrierOp>(op)) {
    comment(&op);
    text.line(scope + ".barrier();");
  } else if (auto store = dyn_cast<tile::StoreOp>(op)) {
    emitStore(store);
  } else if (auto reduce = dyn_cast<tile::ReduceOp>(op)) {
    emitReduce(reduce);
  } else if (auto loop = dyn_cast<tile::ForOp>(op)) {
    emitFor(loop);
  } else if (auto encode = dyn_cast<tile::EncodeOp>(op)) {
    // Its form ends the prologue.
    auto prologue = dyn_cast<tile::PrologueOp>(op.getParentOp());
    if (!prologue ||
        !llvm::is_contained(prologue.getBodyBlock()->getTerminator()->getOperands(), encode.getResult()))
      error(&op) << "expected an encoded tile to be what a prologue yields";
  } else if (isa<tile::LoadOp, tile::GatherOp, tile::MapOp, tile::ConstantOp, tile::FillOp>(op)) {
    emitTile(op.getResult(0));
  } else {
    error(&op) << "has no form on a GPU here";
  }
}

std::string FunctionEmitter::lambdaHead(tile::TileType type, bool column) {
  SmallVector<std::string> parameters;
  for (const std::string &index : loopIndices)
    parameters.push_back("int " + index);
  if (column)
    parameters.push_back("int c");
  return "[&](" + llvm::join(parameters, ", ") + ") -> " + elementText(type) + " {";
}

void FunctionEmitter::emitTile(Value tile) {
  tile::TileType type = typeOf(tile);
  std::string name = nameOf(tile);
  comment(tile.getDefiningOp());
  if (type.getColumns() == 1 && loopIndices.empty()) {
    text.line("const " + std::string(elementText(type)) + " " + name + " = {};", define(tile, "0"));
    tiles[tile] = {Tile::Kind::Scalar, name};
    return;
  }
  bool scalar = type.getColumns() == 1;
  std::string lambda = type.isShared() && !scalar ? name + "_of" : name;
  text.line("const auto " + lambda + " = " + lambdaHead(type, !scalar));
  text.line("return {};", define(tile, "c"));
  text.line("};");
  if (scalar || !type.isShared()) {
    tiles[tile] = {scalar ? Tile::Kind::Scalar : Tile::Kind::Lambda, name, loopIndices.size()};
    return;
  }
  bool warps = schedule.getRows() > 1;
  int64_t bytes = llvm::alignTo(4 * type.getColumns(), 16);
  std::string offset =
      warps ? "warp_index() * " + std::to_string(rowSharedBytes()) + " + " + std::to_string(sharedBytes)
            : std::to_string(512 + sharedBytes);
  text.line(std::string(elementText(type)) + " *const " + name + " = reinterpret_cast<" + elementText(type) +
            " *>(shared_memory() + " + offset + ");");
  text.line("for_each<" + std::to_string(type.getColumns()) + ">(" + scope + ", [&](int c) { " + name +
            "[c] = " + lambda + "(c); });");
  sharedBytes += bytes;
  tiles[tile] = {Tile::Kind::Array, name};
}

Value FunctionEmitter::define(Value tile, StringRef column) {
  Operation *op = tile.getDefiningOp();
  if (auto load = dyn_cast<tile::LoadOp>(op))
    return defineLoad(load, column);
  if (auto gather = dyn_cast<tile::GatherOp>(op))
    return defineGather(gather, column);
  if (auto map = dyn_cast<tile::MapOp>(op))
    return defineMap(map, column);
  if (auto fill = dyn_cast<tile::FillOp>(op))
    return text.literal(text.floatType(), floatText(fill.getValue().convertToFloat()));
  auto constant = cast<tile::ConstantOp>(op);
  ArrayRef<float> values = constant.getValues();
  if (values.size() == 1)
    return text.literal(text.floatType(), floatText(values[0]));
  std::string name = function.getSymName().str() + "_" + nameOf(tile);
  auto list = llvm::map_range(values, floatText);
  text.global("SENNIT_TABLE float " + name + "[" + std::to_string(values.size()) + "] = {" +
              llvm::join(list, ", ") + "};");
  return text.literal(text.floatType(), name + "[" + column + "]");
}

Value FunctionEmitter::evaluate(Value tile, StringRef column) {
  auto known = tiles.find(tile);
  tile::TileType type = typeOf(tile);
  if (known == tiles.end()) {
    // The op that makes it was refused, or is none of this function's.
    if (!failed)
      function.emitOpError("expected each tile to be made before its use");
    failed = true;
    return text.literal(elementType(type), "0");
  }
  const Tile &entry = known->second;
  std::string arguments;
  for (size_t i = 0; i < entry.depth; ++i)
    arguments += (i ? ", " : "") + loopIndices[i];
  switch (entry.kind) {
  case Tile::Kind::Scalar:
    return text.literal(elementType(type), entry.depth ? entry.name + "(" + arguments + ")" : entry.name);
  case Tile::Kind::Array:
    return text.literal(elementType(type), entry.name + "[" + column + "]");
  case Tile::Kind::Lambda:
    break;
  }
  SmallVector<Value> operands;
  for (size_t i = 0; i < entry.depth; ++i)
    operands.push_back(text.literal(text.intType(), loopIndices[i]));
  operands.push_back(text.literal(text.intType(), column));
  return text.call(elementType(type), entry.name, operands);
}

std::string FunctionEmitter::callable(Value tile) {
  auto known = tiles.find(tile);
  if (known != tiles.end() && known->second.kind == Tile::Kind::Lambda && known->second.depth == 0)
    return known->second.name;
  if (known != tiles.end() && known->second.kind == Tile::Kind::Array)
    return "[&](int c) { return " + known->second.name + "[c]; }";
  if (known != tiles.end() && known->second.depth == 0)
    return "[&](int) { return " + known->second.name + "; }";
  evaluate(tile, "0"); // says what is wrong
  return "";
}

Value FunctionEmitter::defineMap(tile::MapOp op, StringRef column) {
  llvm::DenseMap<Value, Value> values;
  Block *body = op.getBodyBlock();
  for (auto [input, argument] : llvm::zip(op.getInputs(), body->getArguments()))
    values[argument] = evaluate(input, typeOf(input).getColumns() == 1 ? StringRef("0") : column);
  if (op.getIndexed())
    values[body->getArguments().back()] = text.literal(text.intType(), column);
  for (Operation &inner : body->without_terminator()) {
    SmallVector<Value> operands;
    for (Value operand : inner.getOperands())
      operands.push_back(values.lookup(operand));
    values[inner.getResult(0)] = emitScalar(inner, operands);
  }
  return values.lookup(cast<tile::YieldOp>(body->getTerminator()).getValues()[0]);
}

void FunctionEmitter::emitReduce(tile::ReduceOp op) {
  comment(op);
  const char *kind = op.getKind() == tile::Reduction::Sum          ? "Sum"
                     : op.getKind() == tile::Reduction::SumSquares ? "SumSquares"
                                                                   : "Maximum";
  std::string name = nameOf(op.getResult());
  text.line("const float " + name + " = reduce<" + kind + ", " +
            std::to_string(op.getTile().getType().getColumns()) + ">(" + scope + ", " +
            callable(op.getTile()) + ");");
  tiles[op.getResult()] = {Tile::Kind::Scalar, name};
}

/// Loops of stores of expressions are flattened: their rounds and columns are spread over the threads
/// together.
bool FunctionEmitter::canFlatten(tile::ForOp op) {
  llvm::SmallPtrSet<Value, 4> stored, loaded;
  for (Operation &inner : *op.getBodyBlock()) {
    if (isa<arith::ArithDialect>(inner.getDialect()))
      continue;
    if (auto store = dyn_cast<tile::StoreOp>(inner))
      stored.insert(store.getView());
    else if (auto load = dyn_cast<tile::LoadOp>(inner))
      loaded.insert(load.getView());
    else if (auto gather = dyn_cast<tile::GatherOp>(inner))
      loaded.insert(gather.getView());
    else if (!isa<tile::MapOp, tile::ConstantOp, tile::FillOp>(inner))
      return false;
    for (Type type : inner.getResultTypes())
      if (!cast<tile::TileType>(type).isReg())
        return false;
  }
  // All rounds of one store come before the next.
  return llvm::none_of(stored, [&](Value view) { return loaded.contains(view); });
}

void FunctionEmitter::emitFor(tile::ForOp op) {
  comment(op);
  std::string i = nameOf(op.getIndex());
  if (canFlatten(op)) {
    // Braces, since other loops have tiles of the same names.
    text.line("{");
    loopIndices.push_back(i);
    emitOps(*op.getBodyBlock());
    loopIndices.pop_back();
    text.line("}");
    return;
  }
  if (!loopIndices.empty()) {
    error(op) << "expected only stores of expressions in a loop around other loops";
    return;
  }
  auto number = [&](int64_t value) { return text.literal(text.intType(), std::to_string(value)); };
  auto loop = emitc::ForOp::create(text.builder, text.loc, number(static_cast<int64_t>(op.getLower())),
                                   number(static_cast<int64_t>(op.getUpper())),
                                   number(static_cast<int64_t>(op.getStep())));
  OpBuilder::InsertionGuard guard(text.builder);
  text.builder.setInsertionPointToStart(loop.getBody());
  text.line("const int " + i + " = {};", loop.getInductionVar());
  emitOps(*op.getBodyBlock());
}

} // namespace sennit
