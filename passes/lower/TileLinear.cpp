// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Contraction kernels: the rows that linears take are the prologue, each result of the body is a section of
// columns.
#include "passes/lower/TileBody.h"

namespace sennit::lower {

using namespace mlir;
using tile::Element;
using tile::Level;
using tile::TileType;

namespace {

class LinearKernel {
public:
  explicit LinearKernel(TileBody &tiles) : tiles(tiles), b(tiles.builder) {}

  LogicalResult build() {
    if (failed(buildPrologue()))
      return failure();
    auto ret = tiles.returnOp();
    for (auto [index, value] : llvm::enumerate(ret.getOperands())) {
      Value destination = tiles.results.lookup(index);
      if (!destination || !isa<RankedTensorType>(value.getType()) || isa<BlockArgument>(value)) {
        tiles.body.emitError(
            "expected every result of a body with linears to be computed from them, found result ")
            << index;
        return failure();
      }
      if (failed(buildSection(value, destination)))
        return failure();
    }
    return success();
  }

private:
  /// Computes each distinct operand of a linear, encoded where the weight is block-quantised.
  LogicalResult buildPrologue() {
    struct Activation {
      Value source;
      bool encoded;
    };
    SmallVector<Activation> activations;
    auto slot = [&](Value source, bool encoded) {
      auto it =
          llvm::find_if(activations, [&](auto &a) { return a.source == source && a.encoded == encoded; });
      if (it == activations.end())
        it = activations.insert(it, {source, encoded});
      return it - activations.begin();
    };
    SmallVector<TileType> types;
    SmallVector<std::pair<nn::LinearOp, size_t>> linears;
    tiles.body.walk([&](nn::LinearOp linear) {
      bool encoded = cast<nn::WeightType>(linear.getWeight().getType()).isBlockQuantised();
      linears.push_back({linear, static_cast<size_t>(slot(linear.getX(), encoded))});
    });
    for (Activation &activation : activations) {
      int64_t width = nn::columnsOf(cast<RankedTensorType>(activation.source.getType()));
      types.push_back(TileType::get(b.getContext(), {ShapedType::kDynamic, width},
                                    activation.encoded ? Element::Q8 : Element::F32, Level::Shared));
    }

    SmallVector<Type> resultTypes(types.begin(), types.end());
    auto prologue = tile::PrologueOp::create(b, resultTypes);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(prologue.getBodyBlock());
    SmallVector<Value> yielded;
    DenseMap<Value, Value> rows; // the same operand in two forms is computed once
    for (auto [activation, type] : llvm::zip_equal(activations, types)) {
      Value &tile = rows[activation.source];
      if (!tile)
        tile = tiles.expression(activation.source, tiles.whole(activation.source));
      if (!tile)
        return failure();
      if (activation.encoded) {
        yielded.push_back(tile::EncodeOp::create(b, type, tile));
      } else {
        yielded.push_back(
            tiles.map(type, tile, [](ImplicitLocOpBuilder &, ValueRange e) -> Value { return e[0]; }));
      }
    }
    tile::YieldOp::create(b, yielded);
    for (auto [linear, index] : linears)
      inputs[linear] = prologue.getResult(index);
    return success();
  }

  /// The linears that `value` is computed from, in order of their operands.
  void collect(Value value, SmallVectorImpl<nn::LinearOp> &linears) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return;
    if (auto linear = dyn_cast<nn::LinearOp>(op)) {
      if (!llvm::is_contained(linears, linear))
        linears.push_back(linear);
      return;
    }
    for (Value operand : op->getOperands())
      collect(operand, linears);
  }

  LogicalResult buildSection(Value value, Value destination) {
    int64_t width = nn::columnsOf(cast<RankedTensorType>(value.getType()));
    b.setLoc(value.getLoc());
    auto section = tile::ColumnsOp::create(b, 0, width, tile::lanes);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(section.getBodyBlock());
    Window window{section.getIndex(), tile::lanes};
    SmallVector<nn::LinearOp> linears;
    collect(value, linears);
    // Contractions first: the backend runs them together over k, then the rest on their sums.
    SmallVector<Value> sums;
    for (nn::LinearOp linear : linears) {
      b.setLoc(linear.getLoc());
      Value weight = tiles.views.lookup(linear.getWeight()).view;
      sums.push_back(tile::ContractOp::create(b, tiles.tileType(tile::lanes), inputs.lookup(linear), weight,
                                              ValueRange(section.getIndex())));
    }
    for (auto [linear, sum] : llvm::zip_equal(linears, sums)) {
      b.setLoc(linear.getLoc());
      Value result = sum;
      if (Value bias = linear.getBias())
        result = tiles.map(tiles.tileType(tile::lanes), {sum, tiles.vectorTile(bias, window)},
                           [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
                             return arith::AddFOp::create(b, e[0], e[1]);
                           });
      tiles.computed[linear.getResult()] = result;
    }
    Value tile = tiles.expression(value, window);
    if (!tile)
      return failure();
    b.setLoc(value.getLoc());
    tile::StoreOp::create(b, tile, destination, ValueRange{tiles.row(), section.getIndex()});
    for (nn::LinearOp linear : linears)
      tiles.computed.erase(linear.getResult());
    return success();
  }

  TileBody &tiles;
  ImplicitLocOpBuilder &b;
  DenseMap<Operation *, Value> inputs; ///< the shared tile that each linear contracts
};

} // namespace

LogicalResult buildLinearKernel(TileBody &tiles) {
  return LinearKernel(tiles).build();
}

} // namespace sennit::lower
