// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Shorthands for emitting straight vector code on addresses. Internal to the contraction emitters.
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace sennit {

/// A builder and a location with one short method per op. Offsets and counts are i64, addresses !llvm.ptr.
struct Emit {
  mlir::OpBuilder &builder;
  mlir::Location loc;

  using Value = mlir::Value;
  using Type = mlir::Type;

  mlir::VectorType vector(int64_t lanes, Type element) const {
    return mlir::VectorType::get({lanes}, element);
  }
  mlir::VectorType i8s(int64_t lanes) const { return vector(lanes, builder.getI8Type()); }
  mlir::VectorType i16s(int64_t lanes) const { return vector(lanes, builder.getI16Type()); }
  mlir::VectorType i32s(int64_t lanes) const { return vector(lanes, builder.getI32Type()); }
  mlir::VectorType f16s(int64_t lanes) const { return vector(lanes, builder.getF16Type()); }
  mlir::VectorType f32s(int64_t lanes) const { return vector(lanes, builder.getF32Type()); }

  Value i64(int64_t value) const {
    return mlir::arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(value));
  }
  Value fill(mlir::VectorType type, int64_t value) const {
    mlir::Attribute element = builder.getIntegerAttr(type.getElementType(), value);
    return mlir::arith::ConstantOp::create(builder, loc, mlir::DenseElementsAttr::get(type, element));
  }
  Value zeros(mlir::VectorType type) const {
    return mlir::arith::ConstantOp::create(builder, loc, type, builder.getZeroAttr(type));
  }
  Value toI64(Value index) const {
    return mlir::arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
  }

  Value addI(Value a, Value b) const { return mlir::arith::AddIOp::create(builder, loc, a, b); }
  Value subI(Value a, Value b) const { return mlir::arith::SubIOp::create(builder, loc, a, b); }
  Value mulI(Value a, Value b) const { return mlir::arith::MulIOp::create(builder, loc, a, b); }
  Value andI(Value a, Value b) const { return mlir::arith::AndIOp::create(builder, loc, a, b); }
  Value xorI(Value a, Value b) const { return mlir::arith::XOrIOp::create(builder, loc, a, b); }
  Value shiftLeft(Value a, Value b) const { return mlir::arith::ShLIOp::create(builder, loc, a, b); }
  Value shiftRight(Value a, Value b) const { return mlir::arith::ShRUIOp::create(builder, loc, a, b); }
  Value mulF(Value a, Value b) const { return mlir::arith::MulFOp::create(builder, loc, a, b); }
  Value fma(Value a, Value b, Value c) const { return mlir::math::FmaOp::create(builder, loc, a, b, c); }
  Value toFloat(Value integers, Type type) const {
    return mlir::arith::SIToFPOp::create(builder, loc, type, integers);
  }
  Value extend(Value halves, Type type) const {
    return mlir::arith::ExtFOp::create(builder, loc, type, halves);
  }
  Value bitcast(Value value, mlir::VectorType type) const {
    return mlir::vector::BitCastOp::create(builder, loc, type, value);
  }
  Value broadcast(Value scalar, int64_t lanes) const {
    return mlir::vector::BroadcastOp::create(builder, loc, vector(lanes, scalar.getType()), scalar);
  }
  Value shuffle(Value a, Value b, llvm::ArrayRef<int64_t> mask) const {
    return mlir::vector::ShuffleOp::create(builder, loc, a, b, mask);
  }

  /// address + bytes.
  Value at(Value address, int64_t bytes) const {
    if (bytes == 0)
      return address;
    return mlir::LLVM::GEPOp::create(builder, loc, address.getType(), builder.getI8Type(), address,
                                     mlir::LLVM::GEPArg(static_cast<int32_t>(bytes)));
  }
  Value at(Value address, Value bytes) const {
    return mlir::LLVM::GEPOp::create(builder, loc, address.getType(), builder.getI8Type(), address,
                                     mlir::LLVM::GEPArg(bytes));
  }
  Value load(Value address, Type type, unsigned alignment) const {
    return mlir::LLVM::LoadOp::create(builder, loc, type, address, alignment);
  }
  void store(Value value, Value address, unsigned alignment) const {
    mlir::LLVM::StoreOp::create(builder, loc, value, address, alignment);
  }
  Value intrinsic(llvm::StringRef name, Type result, mlir::ValueRange arguments) const {
    return mlir::LLVM::CallIntrinsicOp::create(builder, loc, result, builder.getStringAttr(name), arguments)
        .getResult(0);
  }
  /// Asks for a cache line to be brought to the second level, where it does not displace what is worked on.
  void prefetchFar(Value address) const {
    mlir::LLVM::Prefetch::create(builder, loc, address, /*rw=*/0, /*hint=*/2, /*cache=*/1);
  }
  /// Asks for `count` bytes at the address, one cache line after the other.
  void prefetch(Value address, int64_t ahead, int64_t count) const {
    for (int64_t line = 0; line < count; line += 64)
      mlir::LLVM::Prefetch::create(builder, loc, at(address, ahead + line), /*rw=*/0, /*hint=*/3,
                                   /*cache=*/1);
  }

  /// for i in [begin, end) by step, carrying values; body(i, carried) returns the next ones.
  llvm::SmallVector<Value>
  loop(Value begin, Value end, Value step, mlir::ValueRange carried,
       llvm::function_ref<llvm::SmallVector<Value>(Value, mlir::ValueRange)> body) const {
    auto emitBody = [&](mlir::OpBuilder &, mlir::Location, Value i, mlir::ValueRange values) {
      mlir::scf::YieldOp::create(builder, loc, body(i, values));
    };
    auto op = mlir::scf::ForOp::create(builder, loc, begin, end, step, carried, emitBody);
    return llvm::SmallVector<Value>(op.getResults());
  }
};

} // namespace sennit
