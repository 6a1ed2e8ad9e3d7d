// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention: for each KV head, the heads that share it as the group dimension of one tile, over the key
// blocks of the rows' sequence. Each block gives unnormalised sums with their maximum; blocks are merged in
// ascending order.
#include "passes/lower/TileBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

namespace sennit::lower {

using namespace mlir;
using tile::Element;
using tile::Level;
using tile::TileType;

namespace {

/// Keys in one block, see runtime/device/host/KernelAbi.h.
constexpr int64_t blockKeys = 256;

class AttentionKernel {
public:
  AttentionKernel(TileBody &tiles, nn::AttentionOp op)
      : tiles(tiles), b(tiles.builder), op(op), cache(op.getCache().getType()),
        group(op.getHeads() / cache.getKvHeads()) {}

  LogicalResult build(Value destination) {
    b.setLoc(op.getLoc());
    auto section = tile::ColumnsOp::create(b, 0, cache.getKvHeads(), 1);
    b.setInsertionPointToEnd(section.getBodyBlock());
    Value head = section.getIndex();
    int64_t headDim = cache.getHeadDim();
    Value column = arith::MulIOp::create(b, head, tiles.index(group * headDim));

    if (!isa<BlockArgument>(op.getQ())) {
      op.emitError("expected queries that are an operand of the body, found a value computed in it");
      return failure();
    }
    Value loaded = tile::LoadOp::create(b, type(headDim, Level::Reg), tiles.views.lookup(op.getQ()).view,
                                        ValueRange{tiles.row(), column});
    float scale = op.getScale().convertToFloat();
    Value q = tiles.map(type(headDim, Level::Shared), loaded,
                        [scale](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
                          return arith::MulFOp::create(b, e[0], constant(b, scale));
                        });

    float infinity = std::numeric_limits<float>::infinity();
    Value out = fill(headDim, 0.0f), largest = fill(1, -infinity), sum = fill(1, 0.0f);
    const auto &step = tiles.views.find(op.getBatch())->second.step;
    Value positions = tiles.views.lookup(op.getPositions()).view;
    // row_sequence, positions, sequence_segments, segment_pages, segment_length, segment_first, pages
    SmallVector<Value> walk{step[0], positions, step[2], step[3], step[4], step[5], step[6]};
    auto keys =
        tile::KeysOp::create(b, tiles.row(), walk, ValueRange{out, largest, sum},
                             [&](OpBuilder &inner, Location, ValueRange arguments) {
                               OpBuilder::InsertionGuard guard(b);
                               b.setInsertionPoint(inner.getInsertionBlock(), inner.getInsertionPoint());
                               SmallVector<Value> yielded = blockBody(q, head, arguments);
                               inner.setInsertionPointToEnd(b.getInsertionBlock());
                               return yielded;
                             });
    Value result = tiles.map(
        type(headDim, Level::Reg), {keys.getResult(0), keys.getResult(2)},
        [](ImplicitLocOpBuilder &b, ValueRange e) -> Value { return arith::DivFOp::create(b, e[0], e[1]); });
    tile::StoreOp::create(b, result, destination, ValueRange{tiles.row(), column});
    return success();
  }

private:
  TileType type(int64_t columns, Level level) const {
    return TileType::get(b.getContext(), {ShapedType::kDynamic, group, columns}, Element::F32, level);
  }
  Value fill(int64_t columns, float value) {
    return tile::FillOp::create(b, type(columns, Level::Shared), b.getF32FloatAttr(value));
  }

  /// One block: `arguments` are the block, the valid counts and the carried sums, maximum and sum of
  /// exponentials.
  SmallVector<Value> blockBody(Value q, Value head, ValueRange arguments) {
    Value block = arguments[0], valid = arguments[1], out = arguments[2], largest = arguments[3],
          sum = arguments[4];
    int64_t headDim = cache.getHeadDim();
    float infinity = std::numeric_limits<float>::infinity();
    const ValueViews &views = tiles.views.find(op.getCache())->second;
    auto some = [](ImplicitLocOpBuilder &b, Value count) -> Value {
      Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
      return arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, count, zero);
    };

    Value scores =
        tile::ContractOp::create(b, type(blockKeys, Level::Shared), q, views.view, ValueRange{block, head});
    Value masked = tiles.map(
        type(blockKeys, Level::Reg), {scores, valid},
        [&](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
          Value inside = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, e[2], e[1]);
          return arith::SelectOp::create(b, inside, e[0], constant(b, -infinity));
        },
        /*indexed=*/true);
    Value blockLargest = tiles.reduce(tile::Reduction::Max, masked);
    // A key that is masked weighs exp(-inf) = 0; a row without keys gives NaN here, which the merge does not
    // select.
    Value weights = tiles.map(type(blockKeys, Level::Shared), {masked, blockLargest},
                              [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
                                return math::ExpOp::create(b, arith::SubFOp::create(b, e[0], e[1]));
                              });
    Value blockSum = tiles.reduce(tile::Reduction::Sum, weights);
    Value blockOut = tile::ContractOp::create(b, type(headDim, Level::Shared), weights, views.values,
                                              ValueRange{block, head}, valid);

    Value newLargest = tiles.map(type(1, Level::Shared), {largest, blockLargest, valid},
                                 [&](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
                                   Value most = arith::MaximumFOp::create(b, e[0], e[1]);
                                   return arith::SelectOp::create(b, some(b, e[2]), most, e[0]);
                                 });
    auto factor = [&](Value from) {
      return tiles.map(type(1, Level::Shared), {from, newLargest},
                       [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
                         return math::ExpOp::create(b, arith::SubFOp::create(b, e[0], e[1]));
                       });
    };
    Value keep = factor(largest), take = factor(blockLargest);
    auto merge = [&](int64_t columns, Value old, Value added) {
      return tiles.map(type(columns, Level::Reg), {old, keep, added, take, valid},
                       [&](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
                         Value kept = arith::MulFOp::create(b, e[0], e[1]);
                         Value taken = arith::MulFOp::create(b, e[2], e[3]);
                         Value both = arith::AddFOp::create(b, kept, taken);
                         return arith::SelectOp::create(b, some(b, e[4]), both, e[0]);
                       });
    };
    return {merge(headDim, out, blockOut), newLargest, merge(1, sum, blockSum)};
  }

  TileBody &tiles;
  ImplicitLocOpBuilder &b;
  nn::AttentionOp op;
  nn::CacheType cache;
  int64_t group; ///< heads that share a KV head
};

} // namespace

LogicalResult buildAttentionKernel(TileBody &tiles) {
  auto ret = tiles.returnOp();
  auto op = ret.getNumOperands() == 1 ? ret.getOperand(0).getDefiningOp<nn::AttentionOp>() : nullptr;
  if (!op) {
    tiles.body.emitError("expected a body with attention to return just that, found ")
        << ret.getNumOperands() << " results";
    return failure();
  }
  Value destination = tiles.results.lookup(0);
  if (!destination) // the result overwrites the rows that attention of the other role has left
    destination = tiles.views.lookup(op.getPrevious()).view;
  return AttentionKernel(tiles, op).build(destination);
}

} // namespace sennit::lower
