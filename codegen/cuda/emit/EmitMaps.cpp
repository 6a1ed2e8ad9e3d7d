// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The ops of a tile.map as C++. Multiplications and additions stay apart: the text is compiled without
// contraction.
#include "codegen/cuda/emit/EmitFunction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace sennit {

/// The primitive of codegen/cuda/device that computes an op; empty where there is none.
static StringRef primitiveFor(Operation &op) {
  static const llvm::StringMap<StringRef> primitives = {
      {"math.exp", "exp"},
      {"math.log", "log"},
      {"math.sin", "sin"},
      {"math.cos", "cos"},
      {"math.tanh", "tanh"},
      {"math.erf", "erf"},
      {"math.sqrt", "sqrt"},
      {"math.rsqrt", "rsqrt"},
      {"math.absf", "absolute"},
      {"math.fma", "fma"},
      {"arith.maximumf", "maximum"},
      {"arith.minimumf", "minimum"},
      {"arith.addi", "wrapping_add"},
      {"arith.subi", "wrapping_subtract"},
      {"arith.muli", "wrapping_multiply"},
  };
  auto found = primitives.find(op.getName().getStringRef());
  return found == primitives.end() ? StringRef() : found->second;
}

Value FunctionEmitter::emitScalar(Operation &op, ValueRange operands) {
  OpBuilder &b = text.builder;
  Location loc = text.loc;
  Type type = op.getResult(0).getType();
  Type target = type.isF32() ? text.floatType() : type.isInteger(1) ? text.boolType() : text.intType();
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
      return text.literal(target, floatText(number.getValue().convertToFloat()));
    APInt number = cast<IntegerAttr>(constant.getValue()).getValue();
    if (type.isInteger(1))
      return text.literal(target, number.isZero() ? "false" : "true");
    // The least one has no literal of its type.
    return text.literal(target, number.isMinSignedValue() ? "int(0x80000000u)"
                                : number.isNegative()     ? "(" + std::to_string(number.getSExtValue()) + ")"
                                                          : std::to_string(number.getSExtValue()));
  }
  if (type.isF32() || type.isInteger(32))
    if (StringRef primitive = primitiveFor(op); !primitive.empty())
      return text.call(target, primitive, operands);
  if (isa<arith::AddFOp>(op))
    return emitc::AddOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::SubFOp>(op))
    return emitc::SubOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::MulFOp>(op))
    return emitc::MulOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::DivFOp>(op))
    return emitc::DivOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::NegFOp>(op))
    return emitc::UnaryMinusOp::create(b, loc, target, operands[0]);
  if (isa<arith::AndIOp>(op) && type.isInteger(1))
    return emitc::LogicalAndOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::OrIOp>(op) && type.isInteger(1))
    return emitc::LogicalOrOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::AndIOp>(op))
    return emitc::BitwiseAndOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::OrIOp>(op))
    return emitc::BitwiseOrOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::XOrIOp>(op) && type.isInteger(1))
    return emitc::CmpOp::create(b, loc, target, emitc::CmpPredicate::ne, operands[0], operands[1]);
  if (isa<arith::XOrIOp>(op))
    return emitc::BitwiseXorOp::create(b, loc, target, operands[0], operands[1]);
  if (isa<arith::SIToFPOp>(op) && operands[0].getType() == text.intType())
    return text.call(target, "float", operands);
  if (isa<arith::SelectOp>(op))
    return text.choose(operands[0], operands[1], operands[2]);
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return compareFloats(compare, operands);
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return compareInts(compare, operands);
  error(&op) << "cannot be computed in a map on a GPU";
  return text.literal(target, "0");
}

Value FunctionEmitter::compareFloats(arith::CmpFOp op, ValueRange operands) {
  auto compare = [&](emitc::CmpPredicate predicate, Value a, Value b) -> Value {
    return emitc::CmpOp::create(text.builder, text.loc, text.boolType(), predicate, a, b);
  };
  auto either = [&](Value a, Value b) -> Value {
    return emitc::LogicalOrOp::create(text.builder, text.loc, text.boolType(), a, b);
  };
  auto negate = [&](Value value) -> Value {
    return emitc::LogicalNotOp::create(text.builder, text.loc, text.boolType(), value);
  };
  using Is = emitc::CmpPredicate;
  using arith::CmpFPredicate;
  Value a = operands[0], b = operands[1];
  // C++ compares in order: false where either is NaN, but for !=.
  switch (op.getPredicate()) {
  case CmpFPredicate::AlwaysFalse:
    return text.literal(text.boolType(), "false");
  case CmpFPredicate::AlwaysTrue:
    return text.literal(text.boolType(), "true");
  case CmpFPredicate::OEQ:
    return compare(Is::eq, a, b);
  case CmpFPredicate::OGT:
    return compare(Is::gt, a, b);
  case CmpFPredicate::OGE:
    return compare(Is::ge, a, b);
  case CmpFPredicate::OLT:
    return compare(Is::lt, a, b);
  case CmpFPredicate::OLE:
    return compare(Is::le, a, b);
  case CmpFPredicate::ONE:
    return either(compare(Is::lt, a, b), compare(Is::gt, a, b));
  case CmpFPredicate::ORD:
    return negate(either(compare(Is::ne, a, a), compare(Is::ne, b, b)));
  case CmpFPredicate::UEQ:
    return negate(either(compare(Is::lt, a, b), compare(Is::gt, a, b)));
  case CmpFPredicate::UGT:
    return negate(compare(Is::le, a, b));
  case CmpFPredicate::UGE:
    return negate(compare(Is::lt, a, b));
  case CmpFPredicate::ULT:
    return negate(compare(Is::ge, a, b));
  case CmpFPredicate::ULE:
    return negate(compare(Is::gt, a, b));
  case CmpFPredicate::UNE:
    return compare(Is::ne, a, b);
  case CmpFPredicate::UNO:
    return either(compare(Is::ne, a, a), compare(Is::ne, b, b));
  }
  return {};
}

Value FunctionEmitter::compareInts(arith::CmpIOp op, ValueRange operands) {
  using arith::CmpIPredicate;
  Value a = operands[0], b = operands[1];
  auto predicate = op.getPredicate();
  if (predicate == CmpIPredicate::ult || predicate == CmpIPredicate::ule || predicate == CmpIPredicate::ugt ||
      predicate == CmpIPredicate::uge) {
    Type natural = emitc::OpaqueType::get(text.builder.getContext(), "unsigned");
    a = text.call(natural, "unsigned", a);
    b = text.call(natural, "unsigned", b);
  }
  auto compare = [&](emitc::CmpPredicate is) -> Value {
    return emitc::CmpOp::create(text.builder, text.loc, text.boolType(), is, a, b);
  };
  switch (predicate) {
  case CmpIPredicate::eq:
    return compare(emitc::CmpPredicate::eq);
  case CmpIPredicate::ne:
    return compare(emitc::CmpPredicate::ne);
  case CmpIPredicate::slt:
  case CmpIPredicate::ult:
    return compare(emitc::CmpPredicate::lt);
  case CmpIPredicate::sle:
  case CmpIPredicate::ule:
    return compare(emitc::CmpPredicate::le);
  case CmpIPredicate::sgt:
  case CmpIPredicate::ugt:
    return compare(emitc::CmpPredicate::gt);
  case CmpIPredicate::sge:
  case CmpIPredicate::uge:
    return compare(emitc::CmpPredicate::ge);
  }
  return {};
}

} // namespace sennit
