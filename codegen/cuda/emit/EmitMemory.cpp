// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Elements of views: rows, packed weights and the cache (runtime/sequence/CacheLayout.h).
#include "codegen/cuda/emit/EmitFunction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace sennit {

/// "f32": the suffix of the primitives that read and write it.
static std::string suffix(Format format) {
  return stringifyFormat(format).str();
}

/// a + b, without what is zero.
static std::string add(const std::string &a, const std::string &b) {
  return a == "0" ? b : b == "0" ? a : a + " + " + b;
}

std::string FunctionEmitter::index(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return std::to_string(constant.getSExtValue());
  Operation *op = value.getDefiningOp();
  if (!op)
    return nameOf(value);
  auto binary = [&](const char *sign) {
    return "(" + index(op->getOperand(0)) + " " + sign + " " + index(op->getOperand(1)) + ")";
  };
  if (isa<arith::AddIOp>(op))
    return binary("+");
  if (isa<arith::SubIOp>(op))
    return binary("-");
  if (isa<arith::MulIOp>(op))
    return binary("*");
  if (isa<arith::DivUIOp, arith::DivSIOp>(op))
    return binary("/");
  if (isa<arith::RemUIOp, arith::RemSIOp>(op))
    return binary("%");
  error(op)
      << "cannot compute an index here: expected addi, subi, muli, divui, divsi, remui or remsi of rows, "
         "columns and constants";
  return "0";
}

std::string FunctionEmitter::place(tile::ViewType view, OperandRange indices, StringRef column) {
  if (view.getRank() == 1)
    return indices.empty() ? column.str() : add(index(indices[0]), column.str());
  return "element(" + index(indices[0]) + ", " + std::to_string(view.getWidth()) + ", " +
         add(index(indices[1]), column.str()) + ")";
}

Value FunctionEmitter::defineLoad(tile::LoadOp op, StringRef column) {
  tile::ViewType view = op.getView().getType();
  std::string at = place(view, op.getIndices(), op.getResult().getType().getColumns() == 1 ? "0" : column);
  return text.call(elementType(op.getResult().getType()), "load_" + suffix(view.getFormat()),
                   {text.literal(text.intType(), nameOf(op.getView())), text.literal(text.intType(), at)});
}

Value FunctionEmitter::defineGather(tile::GatherOp op, StringRef column) {
  tile::ViewType view = op.getView().getType();
  tile::TileType type = op.getResult().getType();
  Value row = evaluate(op.getIndex(), "0");
  std::string at = add(index(op.getColumn()), type.getColumns() == 1 ? "0" : column.str());
  Value base = text.literal(text.intType(), nameOf(op.getView())), k = text.literal(text.intType(), at);
  if (view.getLayout() == tile::ViewLayout::Packed) {
    text.include("weights.cuh");
    return text.call(text.floatType(),
                     "weight_element<" + weightFormatText(view.getFormat()) + ", " +
                         std::to_string(view.getWidth()) + ">",
                     {base, row, k});
  }
  Value width = text.literal(text.intType(), std::to_string(view.getWidth()));
  Value place =
      text.call(emitc::OpaqueType::get(text.builder.getContext(), "long long"), "element", {row, width, k});
  return text.call(elementType(type), "load_" + suffix(view.getFormat()), {base, place});
}

void FunctionEmitter::storeElement(tile::StoreOp op, StringRef column) {
  tile::ViewType view = op.getView().getType();
  Value value = evaluate(op.getTile(), column), base = text.literal(text.intType(), nameOf(op.getView())), at;
  std::string store = "store_" + suffix(view.getFormat());
  auto indices = op.getIndices();
  if (!view.isCache())
    return text.run(store, {base, text.literal(text.intType(), place(view, indices, column)), value});
  auto number = [&](const std::string &written) { return text.literal(text.intType(), written); };
  Value slot = evaluate(indices[0], "0");
  bool keys = view.getLayout() == tile::ViewLayout::Keys;
  at = text.call(emitc::OpaqueType::get(text.builder.getContext(), "long long"),
                 std::string(keys ? "key_element" : "value_element") + "<" +
                     std::to_string(view.getShape()[1]) + ", " + std::to_string(view.getWidth()) + ">",
                 {slot, number(index(indices[1])), number(add(index(indices[2]), column.str()))});
  text.run(store, {base, at, value});
}

void FunctionEmitter::emitStore(tile::StoreOp op) {
  comment(op);
  int64_t columns = op.getTile().getType().getColumns(), width = op.getView().getType().getWidth();
  if (columns > width) {
    error(op) << "expected at most the " << width << " columns of the view, found " << op.getTile().getType();
    return;
  }
  // Of the flattened loops around it, the innermost index changes fastest.
  SmallVector<tile::ForOp> loops;
  for (Operation *parent = op->getParentOp(); loops.size() < loopIndices.size();
       parent = parent->getParentOp())
    loops.push_back(cast<tile::ForOp>(parent));
  int64_t rounds = 1;
  for (tile::ForOp loop : loops)
    rounds *= loop.getCount();
  text.line("for_each<" + std::to_string(rounds * columns) + ">(" + scope + ", [&](int " +
            (loops.empty() ? "c" : "at") + ") {");
  if (!loops.empty()) {
    text.line("const int c = at % " + std::to_string(columns) + ";");
    int64_t before = columns;
    for (auto [loop, name] : llvm::zip_equal(loops, llvm::reverse(loopIndices))) {
      std::string round = "at / " + std::to_string(before) + " % " + std::to_string(loop.getCount());
      if (loop.getStep() != 1)
        round = round + " * " + std::to_string(loop.getStep());
      text.line("const int " + name + " = " + add(std::to_string(loop.getLower()), round) + ";");
      before *= loop.getCount();
    }
  }
  storeElement(op, "c");
  text.line("});");
}

} // namespace sennit
