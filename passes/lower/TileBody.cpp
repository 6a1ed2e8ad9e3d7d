// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/TileBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

namespace sennit::lower {

using namespace mlir;
using tile::Element;
using tile::Level;
using tile::TileType;

Value constant(ImplicitLocOpBuilder &b, float value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
}

TileBody::TileBody(func::FuncOp body, tile::KernelOp kernel)
    : body(body), kernel(kernel), builder(body.getLoc(), OpBuilder::atBlockEnd(kernel.getBodyBlock())) {}

Value TileBody::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}

Value TileBody::addIndex(Value base, int64_t offset) {
  return offset ? arith::AddIOp::create(builder, base, index(offset)).getResult() : base;
}

Window TileBody::whole(Value value) {
  return {index(0), nn::columnsOf(cast<RankedTensorType>(value.getType()))};
}

TileType TileBody::tileType(int64_t columns, Level level) const {
  return TileType::get(kernel->getContext(), {ShapedType::kDynamic, columns}, Element::F32, level);
}

Value TileBody::map(TileType type, ValueRange inputs,
                    llvm::function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> f, bool indexed) {
  return tile::MapOp::create(
      builder, type, inputs,
      [&](OpBuilder &inner, Location loc, ValueRange scalars) {
        ImplicitLocOpBuilder b(loc, inner);
        return f(b, scalars);
      },
      indexed);
}

Value TileBody::reduce(tile::Reduction kind, Value tile) {
  auto type = cast<TileType>(tile.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = 1;
  auto result = TileType::get(type.getContext(), shape, Element::F32, Level::Reg);
  return tile::ReduceOp::create(builder, result, kind, tile);
}

Value TileBody::vectorTile(Value weight, Window window) {
  Value view = views.lookup(weight).view;
  auto type = TileType::get(kernel->getContext(), {1, window.width}, Element::F32, Level::Reg);
  // A whole vector is loaded without an index, a part of it by its first column.
  bool all = cast<tile::ViewType>(view.getType()).getWidth() == window.width;
  return tile::LoadOp::create(builder, type, view, all ? ValueRange() : ValueRange(window.column));
}

Value TileBody::stepTile(Value view) {
  auto type = TileType::get(kernel->getContext(), {ShapedType::kDynamic, 1}, Element::I32, Level::Reg);
  return tile::LoadOp::create(builder, type, view, ValueRange(row()));
}

Value TileBody::expression(Value value, Window window) {
  if (Value known = computed.lookup(value))
    return known;
  TileType type = tileType(window.width);
  if (isa<BlockArgument>(value))
    return tile::LoadOp::create(builder, type, views.lookup(value).view, ValueRange{row(), window.column});

  Operation *op = value.getDefiningOp();
  builder.setLoc(op->getLoc());
  auto binary = [&](Value lhs, Value rhs, auto make) -> Value {
    Value l = expression(lhs, window), r = l ? expression(rhs, window) : Value();
    return r ? map(type, {l, r}, make) : Value();
  };
  if (auto add = dyn_cast<nn::AddOp>(op))
    return binary(add.getLhs(), add.getRhs(), [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
      return arith::AddFOp::create(b, e[0], e[1]);
    });
  if (auto mul = dyn_cast<nn::MulOp>(op))
    return binary(mul.getLhs(), mul.getRhs(), [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
      return arith::MulFOp::create(b, e[0], e[1]);
    });
  if (auto silu = dyn_cast<nn::SiluOp>(op)) {
    Value x = expression(silu.getX(), window);
    return !x ? Value() : map(type, x, [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
      Value exp = math::ExpOp::create(b, arith::NegFOp::create(b, e[0]));
      return arith::DivFOp::create(b, e[0], arith::AddFOp::create(b, constant(b, 1.0f), exp));
    });
  }
  if (auto gelu = dyn_cast<nn::GeluOp>(op)) {
    Value x = expression(gelu.getX(), window);
    bool tanh = gelu.getApproximate() == nn::GeluApproximation::Tanh;
    return !x ? Value() : map(type, x, [&](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
      auto mul = [&](Value l, Value r) { return arith::MulFOp::create(b, l, r).getResult(); };
      Value half = mul(constant(b, 0.5f), e[0]), bell;
      if (tanh) {
        Value cube = mul(mul(e[0], e[0]), e[0]);
        Value inner = arith::AddFOp::create(b, e[0], mul(constant(b, 0.044715f), cube));
        bell = math::TanhOp::create(b, mul(constant(b, static_cast<float>(std::sqrt(2.0 / M_PI))), inner));
      } else {
        bell = math::ErfOp::create(b, mul(e[0], constant(b, static_cast<float>(std::sqrt(0.5)))));
      }
      return mul(half, arith::AddFOp::create(b, constant(b, 1.0f), bell));
    });
  }
  if (auto embed = dyn_cast<nn::EmbedOp>(op)) {
    Value indices = stepTile(views.lookup(embed.getIndices()).view);
    return tile::GatherOp::create(builder, type, views.lookup(embed.getWeight()).view, indices,
                                  window.column);
  }
  if (auto gather = dyn_cast<nn::GatherRowsOp>(op)) {
    if (!isa<BlockArgument>(gather.getX())) {
      op->emitError(
          "expected the rows to be gathered from an operand of the body, found a value computed in it");
      return {};
    }
    Value indices = stepTile(views.lookup(gather.getRows()).view);
    return tile::GatherOp::create(builder, type, views.lookup(gather.getX()).view, indices, window.column);
  }
  if (isa<nn::RmsNormOp, nn::LayerNormOp>(op))
    return normalise(op, window);
  if (auto soft = dyn_cast<nn::SoftmaxOp>(op))
    return softmax(soft);
  op->emitError("expected a row-wise op, found ") << op->getName() << ", which has no tile expression here";
  return {};
}

Value TileBody::normalise(Operation *op, Window window) {
  Value x = op->getOperand(0);
  int64_t width = nn::columnsOf(cast<RankedTensorType>(x.getType()));
  if (window.width != width) {
    op->emitError("expected a norm to see whole rows of ")
        << width << " columns, found a window of " << window.width;
    return {};
  }
  Value tile = expression(x, window);
  if (!tile)
    return {};
  builder.setLoc(op->getLoc());
  TileType type = tileType(width);
  float count = static_cast<float>(width);
  Value gamma = vectorTile(op->getOperand(1), window);
  // 1 / sqrt(sum / n + eps)
  auto inverse = [count](ImplicitLocOpBuilder &b, Value sum, float eps) -> Value {
    Value mean = arith::DivFOp::create(b, sum, constant(b, count));
    return math::RsqrtOp::create(b, arith::AddFOp::create(b, mean, constant(b, eps)));
  };
  if (auto rms = dyn_cast<nn::RmsNormOp>(op)) {
    float eps = rms.getEps().convertToFloat();
    Value sum = reduce(tile::Reduction::SumSquares, tile);
    Value scale =
        map(tileType(1), sum, [&](ImplicitLocOpBuilder &b, ValueRange e) { return inverse(b, e[0], eps); });
    return map(type, {tile, scale, gamma}, [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
      return arith::MulFOp::create(b, arith::MulFOp::create(b, e[0], e[1]), e[2]);
    });
  }
  auto layer = cast<nn::LayerNormOp>(op);
  float eps = layer.getEps().convertToFloat();
  Value beta = vectorTile(layer.getBias(), window);
  Value sum = reduce(tile::Reduction::Sum, tile);
  Value centred = map(type, {tile, sum}, [count](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
    return arith::SubFOp::create(b, e[0], arith::DivFOp::create(b, e[1], constant(b, count)));
  });
  Value squares = reduce(tile::Reduction::SumSquares, centred);
  Value scale =
      map(tileType(1), squares, [&](ImplicitLocOpBuilder &b, ValueRange e) { return inverse(b, e[0], eps); });
  return map(type, {centred, scale, gamma, beta}, [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
    Value scaled = arith::MulFOp::create(b, arith::MulFOp::create(b, e[0], e[1]), e[2]);
    return arith::AddFOp::create(b, scaled, e[3]);
  });
}

Value TileBody::softmax(nn::SoftmaxOp op) {
  Value tile = expression(op.getX(), whole(op.getX()));
  if (!tile)
    return {};
  builder.setLoc(op.getLoc());
  int64_t width = nn::columnsOf(op.getX().getType());
  Value largest = reduce(tile::Reduction::Max, tile);
  Value exps = map(tileType(width, Level::Shared), {tile, largest},
                   [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
                     return math::ExpOp::create(b, arith::SubFOp::create(b, e[0], e[1]));
                   });
  Value sum = reduce(tile::Reduction::Sum, exps);
  return map(tileType(width), {exps, sum}, [](ImplicitLocOpBuilder &b, ValueRange e) -> Value {
    return arith::DivFOp::create(b, e[0], e[1]);
  });
}

} // namespace sennit::lower
