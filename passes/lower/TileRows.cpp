// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Row kernels: bodies without linears and attention. Most results are one expression; rope and cache writes
// go head by head.
#include "passes/lower/TileBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace sennit::lower {

using namespace mlir;
using tile::Element;
using tile::Level;
using tile::TileType;

namespace {

/// Takes `width` columns of a head, from `offset` of the head on.
using HeadSink = llvm::function_ref<void(Value head, int64_t offset, Value tile)>;

/// cos and sin of position * frequency, times the scale: `?xh` tiles in scratch, shared by ropes that agree
/// in all.
std::pair<Value, Value> ropeTables(TileBody &tiles, nn::RopeOp rope) {
  auto &b = tiles.builder;
  ArrayRef<float> frequencies = rope.getFrequencies();
  int64_t half = frequencies.size();
  Value position = tiles.stepTile(tiles.views.lookup(rope.getPositions()).view);
  auto type = TileType::get(b.getContext(), {1, half}, Element::F32, Level::Reg);
  Value frequency = tile::ConstantOp::create(b, type, b.getDenseF32ArrayAttr(frequencies));
  Value angle = tiles.map(
      tiles.tileType(half), {position, frequency}, [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
        return arith::MulFOp::create(b, arith::SIToFPOp::create(b, b.getF32Type(), e[0]), e[1]);
      });
  float scale = rope.getScale().convertToFloat();
  auto table = [&](auto function) {
    return tiles.map(
        tiles.tileType(half, Level::Shared), angle, [&](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
          Value value = function(b, e[0]);
          return scale == 1.0f ? value : arith::MulFOp::create(b, value, constant(b, scale)).getResult();
        });
  };
  Value cos = table([](ImplicitLocOpBuilder &b, Value x) -> Value { return math::CosOp::create(b, x); });
  Value sin = table([](ImplicitLocOpBuilder &b, Value x) -> Value { return math::SinOp::create(b, x); });
  return {cos, sin};
}

class RowKernel {
public:
  explicit RowKernel(TileBody &tiles) : tiles(tiles), b(tiles.builder) {}

  LogicalResult build() {
    auto ret = tiles.returnOp();
    for (auto [index, value] : llvm::enumerate(ret.getOperands())) {
      if (auto append = value.getDefiningOp<nn::CacheAppendOp>()) {
        if (failed(appendToCache(append)))
          return failure();
        continue;
      }
      Value destination = tiles.results.lookup(index);
      if (auto rope = value.getDefiningOp<nn::RopeOp>()) {
        int64_t headDim = rope.getHeadDim();
        auto store = [&](Value head, int64_t offset, Value tile) {
          Value column = arith::MulIOp::create(b, head, tiles.index(headDim));
          tile::StoreOp::create(b, tile, destination,
                                ValueRange{tiles.row(), tiles.addIndex(column, offset)});
        };
        if (failed(rotate(rope, store)))
          return failure();
        continue;
      }
      Window window = tiles.whole(value);
      Value tile = tiles.expression(value, window);
      if (!tile)
        return failure();
      tile::StoreOp::create(b, tile, destination, ValueRange{tiles.row(), window.column});
    }
    return success();
  }

private:
  /// Emits the loop over heads that rotates rope's operand and gives the parts of each head to `sink`.
  LogicalResult rotate(nn::RopeOp rope, HeadSink sink) {
    b.setLoc(rope.getLoc());
    auto it = llvm::find_if(tables, [&](auto &made) {
      return made.first.getPositions() == rope.getPositions() &&
             made.first.getScaleAttr() == rope.getScaleAttr() &&
             made.first.getFrequenciesAttr() == rope.getFrequenciesAttr();
    });
    if (it == tables.end())
      it = tables.insert(it, {rope, ropeTables(tiles, rope)});
    auto [cos, sin] = it->second;
    int64_t half = rope.getFrequencies().size(), headDim = rope.getHeadDim(), rest = headDim - 2 * half;

    auto loop = tile::ForOp::create(b, 0, rope.getHeads(), 1);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loop.getBodyBlock());
    Value column = arith::MulIOp::create(b, loop.getIndex(), tiles.index(headDim));
    Value low = tiles.expression(rope.getX(), {column, half});
    Value high = tiles.expression(rope.getX(), {tiles.addIndex(column, half), half});
    if (!low || !high)
      return failure();
    auto turn = [&](Value x, Value y, bool plus) {
      return tiles.map(
          tiles.tileType(half), {x, y, cos, sin}, [&](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
            Value along = arith::MulFOp::create(b, e[0], e[2]), across = arith::MulFOp::create(b, e[1], e[3]);
            return plus ? arith::AddFOp::create(b, along, across).getResult()
                        : arith::SubFOp::create(b, along, across).getResult();
          });
    };
    sink(loop.getIndex(), 0, turn(low, high, false));
    sink(loop.getIndex(), half, turn(high, low, true));
    if (rest) {
      Value passed = tiles.expression(rope.getX(), {tiles.addIndex(column, 2 * half), rest});
      if (!passed)
        return failure();
      sink(loop.getIndex(), 2 * half, passed);
    }
    return success();
  }

  LogicalResult appendToCache(nn::CacheAppendOp append) {
    const ValueViews &cache = tiles.views.find(append.getCache())->second;
    Value slot = tiles.stepTile(tiles.views.find(append.getBatch())->second.step[1]);
    auto type = append.getCache().getType();
    auto write = [&](Value view) {
      return [&, view](Value head, int64_t offset, Value tile) {
        tile::StoreOp::create(b, tile, view, ValueRange{slot, head, tiles.index(offset)});
      };
    };
    auto part = [&](Value source, Value view) -> LogicalResult {
      if (auto rope = source.getDefiningOp<nn::RopeOp>())
        if (static_cast<int64_t>(rope.getHeadDim()) == type.getHeadDim())
          return rotate(rope, write(view));
      b.setLoc(append.getLoc());
      auto loop = tile::ForOp::create(b, 0, type.getKvHeads(), 1);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(loop.getBodyBlock());
      Value column = arith::MulIOp::create(b, loop.getIndex(), tiles.index(type.getHeadDim()));
      Value tile = tiles.expression(source, {column, type.getHeadDim()});
      if (!tile)
        return failure();
      write(view)(loop.getIndex(), 0, tile);
      return success();
    };
    return failure(failed(part(append.getK(), cache.view)) || failed(part(append.getV(), cache.values)));
  }

  TileBody &tiles;
  ImplicitLocOpBuilder &b;
  /// Tables made already; a body has one or two.
  SmallVector<std::pair<nn::RopeOp, std::pair<Value, Value>>, 2> tables;
};

} // namespace

LogicalResult buildRowKernel(TileBody &tiles) {
  return RowKernel(tiles).build();
}

} // namespace sennit::lower
