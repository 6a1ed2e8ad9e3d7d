// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Polynomial coefficients are weighted minimax fits on the stated interval, rounded to f32.
#include "codegen/cpu/Math.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

#include <limits>

using namespace mlir;

namespace sennit {
namespace {

/// 1.5 * 2^23: adding it to a float below 2^22 rounds that to the nearest integer, ties to even, and leaves
/// the integer in the low bits of the sum. Unlike a conversion this is defined for NaN, and it is one fused
/// multiply-add.
constexpr float roundingShift = 12582912.0f;

/// Builds straight-line f32 arithmetic of one shape, scalar or vector.
class Expansion {
public:
  Expansion(PatternRewriter &rewriter, Operation *op)
      : rewriter(rewriter), loc(op->getLoc()), floats(op->getResult(0).getType()) {}

  Type type() const { return floats; }
  Type integers() const {
    if (auto vector = dyn_cast<VectorType>(floats))
      return VectorType::get(vector.getShape(), rewriter.getI32Type());
    return rewriter.getI32Type();
  }

  Value constant(float value) const { return splat(floats, rewriter.getF32FloatAttr(value)); }
  Value bits(uint32_t value) const {
    return splat(integers(), rewriter.getI32IntegerAttr(static_cast<int32_t>(value)));
  }

  Value add(Value a, Value b) const { return arith::AddFOp::create(rewriter, loc, a, b); }
  Value sub(Value a, Value b) const { return arith::SubFOp::create(rewriter, loc, a, b); }
  Value mul(Value a, Value b) const { return arith::MulFOp::create(rewriter, loc, a, b); }
  Value div(Value a, Value b) const { return arith::DivFOp::create(rewriter, loc, a, b); }
  Value fma(Value a, Value b, Value c) const { return math::FmaOp::create(rewriter, loc, a, b, c); }
  Value root(Value a) const { return math::SqrtOp::create(rewriter, loc, a); }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b) const {
    return arith::CmpFOp::create(rewriter, loc, predicate, a, b);
  }
  Value select(Value condition, Value a, Value b) const {
    return arith::SelectOp::create(rewriter, loc, condition, a, b);
  }
  Value toBits(Value a) const { return arith::BitcastOp::create(rewriter, loc, integers(), a); }
  Value fromBits(Value a) const { return arith::BitcastOp::create(rewriter, loc, floats, a); }
  Value andI(Value a, uint32_t mask) const { return arith::AndIOp::create(rewriter, loc, a, bits(mask)); }
  Value orI(Value a, Value b) const { return arith::OrIOp::create(rewriter, loc, a, b); }
  Value xorI(Value a, Value b) const { return arith::XOrIOp::create(rewriter, loc, a, b); }
  Value addI(Value a, Value b) const { return arith::AddIOp::create(rewriter, loc, a, b); }
  Value subI(Value a, Value b) const { return arith::SubIOp::create(rewriter, loc, a, b); }
  Value shiftLeft(Value a, uint32_t by) const { return arith::ShLIOp::create(rewriter, loc, a, bits(by)); }
  Value shiftRight(Value a, uint32_t by) const { return arith::ShRSIOp::create(rewriter, loc, a, bits(by)); }
  Value isZero(Value a) const {
    return arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, a, bits(0));
  }
  Value toFloat(Value a) const { return arith::SIToFPOp::create(rewriter, loc, floats, a); }

  /// Limits that let NaN through.
  Value atLeast(Value x, float low) const {
    Value limit = constant(low);
    return select(compare(arith::CmpFPredicate::OLT, x, limit), limit, x);
  }
  Value atMost(Value x, float high) const {
    Value limit = constant(high);
    return select(compare(arith::CmpFPredicate::OGT, x, limit), limit, x);
  }
  Value magnitude(Value x) const { return fromBits(andI(toBits(x), 0x7fffffff)); }
  Value withSignOf(Value value, Value sign) const {
    return fromBits(orI(toBits(value), andI(toBits(sign), 0x80000000)));
  }

  /// coefficients[0] + x * (coefficients[1] + ...).
  Value polynomial(Value x, ArrayRef<float> coefficients) const {
    Value sum = constant(coefficients.back());
    for (float coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, constant(coefficient));
    return sum;
  }

private:
  Value splat(Type type, TypedAttr scalar) const {
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(vector, Attribute(scalar)));
    return arith::ConstantOp::create(rewriter, loc, scalar);
  }

  PatternRewriter &rewriter;
  Location loc;
  Type floats;
};

/// exp(x) = 2^n * exp(r), |r| <= ln(2) / 2. The polynomial gives 2 * exp(r) and the scale is 2^(n - 1): this
/// reaches the largest floats, and n = -126, the least that the limits allow, has scale bits 0, which flushes
/// to zero.
Value expandExp(const Expansion &e, Value x) {
  Value limited = e.atMost(e.atLeast(x, -87.5f), 88.8f);
  Value shifted = e.fma(limited, e.constant(1.4426950216f), e.constant(roundingShift + 126.0f));
  Value n = e.sub(shifted, e.constant(roundingShift + 126.0f));
  Value r = e.fma(n, e.constant(-0x1.62e43p-1f), limited);
  r = e.fma(n, e.constant(0x1.05c61p-29f), r);
  // On [-0.3473, 0.3473], relative error 3e-9.
  Value twice =
      e.polynomial(r, {2.0f, 2.0f, 1.0f, 0.333330363f, 0.0833324045f, 0.0167380497f, 0.00279014511f});
  Value scale = e.fromBits(e.shiftLeft(e.toBits(shifted), 23));
  return e.mul(twice, scale);
}

/// sin(x), or cos(x) = sin(x + pi / 2): x = n * pi / 2 + r with pi / 2 in three parts (the first product is
/// exact), then the sine or cosine of r by the parity of n, and the sign by its second bit.
Value expandSine(const Expansion &e, Value x, bool cosine) {
  Value shifted = e.fma(x, e.constant(0.63661975f), e.constant(roundingShift));
  Value n = e.sub(shifted, e.constant(roundingShift));
  Value r = e.fma(n, e.constant(-0x1.921fb6p+0f), x);
  r = e.fma(n, e.constant(0x1.777a5cp-25f), r);
  r = e.fma(n, e.constant(0x1.ee59dap-50f), r);
  // Beyond the range of the reduction the result means nothing, but stays in [-1, 1].
  r = e.atMost(e.atLeast(r, -1.0f), 1.0f);
  Value square = e.mul(r, r);
  // On [-pi / 4, pi / 4], absolute errors 2e-9 and 1e-10.
  Value sine = e.polynomial(square, {-0.166666508f, 0.0083319731f, -0.000194949505f});
  sine = e.fma(e.mul(square, r), sine, r);
  Value cosineOfRest = e.polynomial(square, {1.0f, -0.5f, 0.0416666456f, -0.00138873619f, 2.44377297e-5f});
  Value quadrant = e.toBits(shifted);
  if (cosine)
    quadrant = e.addI(quadrant, e.bits(1));
  Value chosen = e.select(e.isZero(e.andI(quadrant, 1)), sine, cosineOfRest);
  Value sign = e.shiftLeft(e.andI(quadrant, 2), 30);
  return e.fromBits(e.xorI(e.toBits(chosen), sign));
}

/// Odd polynomial near zero, where 1 - 2 / (exp(2|x|) + 1) would lose digits.
Value expandTanh(const Expansion &e, Value x) {
  Value size = e.magnitude(x);
  Value square = e.mul(x, x);
  // On [0, 0.65], relative error 7e-9.
  Value small =
      e.polynomial(square, {-0.333332598f, 0.133308306f, -0.0536880232f, 0.0204694197f, -0.00551516423f});
  small = e.fma(e.mul(square, x), small, x);
  Value grown = e.add(expandExp(e, e.add(size, size)), e.constant(1.0f));
  Value large = e.withSignOf(e.sub(e.constant(1.0f), e.div(e.constant(2.0f), grown)), x);
  return e.select(e.compare(arith::CmpFPredicate::OLT, size, e.constant(0.64f)), small, large);
}

/// Odd polynomial near zero; beyond, 1 - exp(-p(|x|)) with p = -log(erfc), which is smooth.
Value expandErf(const Expansion &e, Value x) {
  Value size = e.magnitude(x);
  Value square = e.mul(x, x);
  // On [0, 0.95], relative error 2e-8.
  Value small = e.polynomial(
      square, {1.12837911f, -0.37612462f, 0.112814665f, -0.0267533399f, 0.00497312192f, -0.000588679570f});
  small = e.mul(small, x);
  // On [0.9, 4], absolute error of the result 2e-9; erf(4) is 1 in f32.
  Value decay =
      e.polynomial(e.atMost(size, 4.0f), {-0.000177496113f, -1.12774956f, -0.637059748f, -0.104037352f,
                                          0.0222770814f, -0.00305560627f, 0.000197181580f});
  Value large = e.withSignOf(e.sub(e.constant(1.0f), expandExp(e, decay)), x);
  return e.select(e.compare(arith::CmpFPredicate::OLT, size, e.constant(0.92f)), small, large);
}

/// log(m * 2^n) = n * ln(2) + log(m), m in [sqrt(1/2), sqrt(2)).
Value expandLog(const Expansion &e, Value x) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  Value subnormal = e.compare(arith::CmpFPredicate::OLT, x, e.constant(0x1p-126f));
  Value scaled = e.select(subnormal, e.mul(x, e.constant(0x1p23f)), x);
  Value missing = e.select(subnormal, e.constant(23.0f), e.constant(0.0f));
  // Subtracting the bits of sqrt(1/2) puts the boundary between exponents there.
  Value offset = e.subI(e.toBits(scaled), e.bits(0x3f3504f3));
  Value n = e.sub(e.toFloat(e.shiftRight(offset, 23)), missing);
  Value mantissa = e.fromBits(e.addI(e.andI(offset, 0x007fffff), e.bits(0x3f3504f3)));
  Value f = e.sub(mantissa, e.constant(1.0f));
  // log(1 + f) = f - f^2 / 2 + f^3 * p(f) on [-0.293, 0.4143], relative error 6e-9.
  Value p = e.polynomial(f, {0.333333164f, -0.250008106f, 0.200022861f, -0.166245535f, 0.141811922f,
                             -0.131287545f, 0.128816485f, -0.07859616f});
  Value square = e.mul(f, f);
  Value tail = e.fma(e.mul(square, f), p, e.mul(n, e.constant(-0x1.05c61p-29f)));
  tail = e.fma(square, e.constant(-0.5f), tail);
  Value result = e.fma(n, e.constant(0x1.62e43p-1f), e.add(f, tail));
  result = e.select(e.compare(arith::CmpFPredicate::OLT, x, e.constant(infinity)), result, x);
  result = e.select(e.compare(arith::CmpFPredicate::OLT, x, e.constant(0.0f)), e.constant(nan), result);
  return e.select(e.compare(arith::CmpFPredicate::OEQ, x, e.constant(0.0f)), e.constant(-infinity), result);
}

Value expand(const Expansion &e, math::ExpOp op) {
  return expandExp(e, op.getOperand());
}
Value expand(const Expansion &e, math::SinOp op) {
  return expandSine(e, op.getOperand(), /*cosine=*/false);
}
Value expand(const Expansion &e, math::CosOp op) {
  return expandSine(e, op.getOperand(), /*cosine=*/true);
}
Value expand(const Expansion &e, math::TanhOp op) {
  return expandTanh(e, op.getOperand());
}
Value expand(const Expansion &e, math::ErfOp op) {
  return expandErf(e, op.getOperand());
}
Value expand(const Expansion &e, math::LogOp op) {
  return expandLog(e, op.getOperand());
}
Value expand(const Expansion &e, math::RsqrtOp op) {
  return e.div(e.constant(1.0f), e.root(op.getOperand()));
}

template <typename Op>
struct Expand : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "expected f32");
    rewriter.replaceOp(op, expand(Expansion(rewriter, op), op));
    return success();
  }
};

} // namespace

void populateMathExpansionPatterns(RewritePatternSet &patterns) {
  patterns.add<Expand<math::ExpOp>, Expand<math::SinOp>, Expand<math::CosOp>, Expand<math::TanhOp>,
               Expand<math::ErfOp>, Expand<math::LogOp>, Expand<math::RsqrtOp>>(patterns.getContext());
}

} // namespace sennit
