// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// f32, f16 and bf16 weights, packed [k][16 rows], times f32 activations. Weights widen exactly; one fused
// multiply-add for each k, ascending, whatever the level.
#include "codegen/cpu/ContractEmit.h"
#include "codegen/cpu/ContractTable.h"

#include <algorithm>

using namespace mlir;

namespace sennit {
namespace {

class FloatContract final : public ContractEmitter {
public:
  FloatContract(Format format, int rows, int sums) : format(format), bestRows(rows), mostSums(sums) {}

  int64_t tileBytes(int64_t k) const override { return k * stepBytes(); }
  int64_t activationBytes(int64_t k) const override { return k * 4; }
  int preferredRows() const override { return bestRows; }
  int preferredTiles(int rows) const override { return std::clamp(mostSums / rows, 1, 4); }
  SmallVector<Value> emitRows(OpBuilder &builder, Location loc, ValueRange weights, ValueRange rows, Value k,
                              ValueRange accs, ValueRange ahead) const override;
  void emitStreams(OpBuilder &builder, Location loc, Value weight, Value apart, int streams, Value row,
                   Value k, Value accBuffer, int64_t ahead) const override;

private:
  /// Bytes of one k of a tile.
  int64_t stepBytes() const { return format == Format::F32 ? 64 : 32; }

  Value loadWeights(const Emit &e, Value address) const;
  void addSteps(const Emit &e, ArrayRef<Value> weights, ArrayRef<Value> rows, int64_t count,
                MutableArrayRef<Value> accs) const;
  SmallVector<Value> addRange(const Emit &e, ValueRange weights, ValueRange rows, Value begin, Value end,
                              int64_t step, ValueRange accs, ValueRange ahead = {}) const;

  Format format;
  int bestRows;
  int mostSums; ///< of 16 lanes
};

/// k that are handled between two looks at the loop counter, and by one stream before the next takes over.
constexpr int64_t unrolledSteps = 4, streamSteps = 16;

Value FloatContract::loadWeights(const Emit &e, Value address) const {
  switch (format) {
  case Format::F32:
    return e.load(address, e.f32s(16), 4);
  case Format::F16:
    return e.extend(e.load(address, e.f16s(16), 2), e.f32s(16));
  default: {
    // bf16 is the upper half of an f32.
    Value halves = e.load(address, e.i16s(16), 2);
    Value wide = arith::ExtUIOp::create(e.builder, e.loc, e.i32s(16), halves);
    return e.bitcast(e.shiftLeft(wide, e.fill(e.i32s(16), 16)), e.f32s(16));
  }
  }
}

/// `count` consecutive k, unrolled.
void FloatContract::addSteps(const Emit &e, ArrayRef<Value> weights, ArrayRef<Value> rows, int64_t count,
                             MutableArrayRef<Value> accs) const {
  for (int64_t step = 0; step < count; ++step) {
    SmallVector<Value> loaded;
    for (Value weight : weights)
      loaded.push_back(loadWeights(e, e.at(weight, step * stepBytes())));
    for (auto [r, row] : llvm::enumerate(rows)) {
      Value x = e.broadcast(e.load(e.at(row, step * 4), e.builder.getF32Type(), 4), 16);
      for (size_t t = 0; t < weights.size(); ++t)
        accs[t * rows.size() + r] = e.fma(x, loaded[t], accs[t * rows.size() + r]);
    }
  }
}

/// The k of [begin, end), a multiple of `step` of them.
SmallVector<Value> FloatContract::addRange(const Emit &e, ValueRange weights, ValueRange rows, Value begin,
                                           Value end, int64_t step, ValueRange accs, ValueRange ahead) const {
  auto body = [&](Value k, ValueRange carried) {
    SmallVector<Value> next(carried), here, tiles;
    Value offset = e.mulI(k, e.i64(4)), weightOffset = e.mulI(k, e.i64(stepBytes()));
    for (Value row : rows)
      here.push_back(e.at(row, offset));
    for (Value weight : weights)
      tiles.push_back(e.at(weight, weightOffset));
    for (Value next : ahead)
      e.prefetch(e.at(next, weightOffset), 0, step * stepBytes());
    addSteps(e, tiles, here, step, next);
    return next;
  };
  return e.loop(begin, end, e.i64(step), accs, body);
}

SmallVector<Value> FloatContract::emitRows(OpBuilder &builder, Location loc, ValueRange weights,
                                           ValueRange rows, Value k, ValueRange accs,
                                           ValueRange ahead) const {
  Emit e{builder, loc};
  Value count = e.toI64(k);
  Value whole = e.andI(count, e.i64(-unrolledSteps));
  SmallVector<Value> sums = addRange(e, weights, rows, e.i64(0), whole, unrolledSteps, accs, ahead);
  return addRange(e, weights, rows, whole, count, 1, sums);
}

void FloatContract::emitStreams(OpBuilder &builder, Location loc, Value weight, Value apart, int streams,
                                Value row, Value k, Value accBuffer, int64_t ahead) const {
  Emit e{builder, loc};
  Value count = e.toI64(k), distance = e.toI64(apart);
  Value whole = e.andI(count, e.i64(-streamSteps));
  // Each stream advances by several k at a time, so that its sums rest in a register meanwhile.
  auto eachStream = [&](llvm::function_ref<Value(Value weights, Value acc)> advance) {
    auto body = [&](Value stream, ValueRange) {
      Value weights = e.at(weight, e.mulI(stream, distance));
      Value sums = e.at(accBuffer, e.mulI(stream, e.i64(64)));
      e.store(advance(weights, e.load(sums, e.f32s(16), 64)), sums, 64);
      return SmallVector<Value>();
    };
    e.loop(e.i64(0), e.i64(streams), e.i64(1), {}, body);
  };
  auto eachChunk = [&](Value begin, ValueRange) {
    eachStream([&](Value weights, Value acc) {
      Value here = e.at(weights, e.mulI(begin, e.i64(stepBytes())));
      if (ahead > 0)
        e.prefetch(here, ahead, streamSteps * stepBytes());
      addSteps(e, here, e.at(row, e.mulI(begin, e.i64(4))), streamSteps, acc);
      return acc;
    });
    return SmallVector<Value>();
  };
  e.loop(e.i64(0), whole, e.i64(streamSteps), {}, eachChunk);
  eachStream([&](Value weights, Value acc) { return addRange(e, weights, row, whole, count, 1, acc)[0]; });
}

} // namespace

const ContractEmitter *findFloatContract(Format weight, schema::CpuLevel level) {
  // As many sums as leave registers for the weights: 6 x 2 of 16, 24 of 32.
  static const FloatContract avx2[] = {{Format::F32, 6, 6}, {Format::F16, 6, 6}, {Format::BF16, 6, 6}};
  static const FloatContract avx512[] = {{Format::F32, 8, 24}, {Format::F16, 8, 24}, {Format::BF16, 8, 24}};
  int entry;
  switch (weight) {
  case Format::F32:
    entry = 0;
    break;
  case Format::F16:
    entry = 1;
    break;
  case Format::BF16:
    entry = 2;
    break;
  default:
    return nullptr;
  }
  switch (level) {
  case schema::CpuLevel::Avx2:
    return &avx2[entry];
  case schema::CpuLevel::Avx512:
    return &avx512[entry];
  }
  return nullptr;
}

} // namespace sennit
