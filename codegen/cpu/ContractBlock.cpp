// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Block-quantised weights (32 k per block, 16 rows per tile) times q8 activations. All sums over a block are
// exact integers, so each code level uses the instructions that suit it and both give the same bytes.
#include "codegen/cpu/ContractEmit.h"
#include "codegen/cpu/ContractTable.h"

#include <algorithm>

using namespace mlir;

namespace sennit {
namespace {

constexpr int64_t blockK = 32;
constexpr int64_t groupBytes = 64;  ///< 16 rows x 4 bytes: 4 k of bytes, or 4 + 4 k of nibbles
constexpr int64_t groupQuants = 4;  ///< activation bytes that one group of weights meets (and 16 further on)
constexpr int64_t highNibbles = 16; ///< distance in k between the low and the high nibble of a byte
// Offsets in an activation block of sum(q), sum(q) * d and q.
constexpr int64_t activationSum = 4, activationScaledSum = 8, activationQuants = 12;

/// The 16 lanes of a tile as the level's registers: one of 16 lanes, or two of 8.
using Parts = SmallVector<Value, 2>;

/// What the levels share: layout, loops over blocks, and the floating-point end of each block.
class BlockContract : public ContractEmitter {
public:
  explicit BlockContract(Format format) : format(format) {}

  int64_t tileBytes(int64_t k) const override { return k / blockK * blockBytes(); }
  int64_t activationBytes(int64_t k) const override { return k / blockK * q8BlockBytes; }
  SmallVector<Value> emitRows(OpBuilder &builder, Location loc, ValueRange weights, ValueRange rows, Value k,
                              ValueRange accs, ValueRange ahead) const override;
  void emitStreams(OpBuilder &builder, Location loc, Value weight, Value apart, int streams, Value row,
                   Value k, Value accBuffer, int64_t ahead) const override;

protected:
  bool nibbles() const { return format != Format::Q8_0; }
  bool hasMinimum() const { return format == Format::Q4_1; }
  int64_t groups() const { return nibbles() ? 4 : 8; }
  int64_t quantsOffset() const { return hasMinimum() ? 64 : 32; }
  int64_t blockBytes() const { return quantsOffset() + groups() * groupBytes; }
  int64_t parts() const { return 16 / lanes(); }

  /// Lanes of an f32 register.
  virtual int64_t lanes() const = 0;
  /// Whether the groups of a block stay a loop when there are this many rows (as one straight block the code
  /// generator separates the halves and spills the broadcasts where registers are few).
  virtual bool loopsOverGroups(size_t rows) const = 0;
  /// Initial partial sums of an activation block.
  virtual Parts startSums(const Emit &e, Value activation) const = 0;
  /// Adds the products of one group of weights of each tile with the quants of each row.
  virtual void addGroup(const Emit &e, ArrayRef<Value> weights, ArrayRef<Value> quants,
                        MutableArrayRef<Parts> sums) const = 0;
  /// Partial sums to i32, all corrections applied.
  virtual Parts finishSums(const Emit &e, Value activation, const Parts &sums) const = 0;

  Format format;

private:
  SmallVector<Parts> blockSums(const Emit &e, ArrayRef<Value> blocks, ArrayRef<Value> activations) const;
  void addBlock(const Emit &e, ArrayRef<Value> blocks, ArrayRef<Value> activations,
                MutableArrayRef<Parts> accs) const;
};

SmallVector<Value> flatten(ArrayRef<Parts> values) {
  SmallVector<Value> flat;
  for (const Parts &parts : values)
    flat.append(parts.begin(), parts.end());
  return flat;
}

SmallVector<Parts> unflatten(ValueRange flat, int64_t parts) {
  SmallVector<Parts> values;
  for (size_t at = 0; at < flat.size(); at += parts)
    values.emplace_back(flat.slice(at, parts));
  return values;
}

/// A vector of 16 lanes as parts of `lanes`.
Parts split(const Emit &e, Value vector, int64_t lanes) {
  if (lanes == 16)
    return {vector};
  auto type = cast<VectorType>(vector.getType());
  Value none = e.zeros(type);
  SmallVector<int64_t> low, high;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    low.push_back(lane);
    high.push_back(lanes + lane);
  }
  return {e.shuffle(vector, none, low), e.shuffle(vector, none, high)};
}

Value join(const Emit &e, const Parts &parts) {
  if (parts.size() == 1)
    return parts.front();
  SmallVector<int64_t> all;
  for (int64_t lane = 0; lane < 16; ++lane)
    all.push_back(lane);
  return e.shuffle(parts[0], parts[1], all);
}

/// `addresses`, each moved by the same number of bytes.
template <typename Bytes>
SmallVector<Value> move(const Emit &e, ArrayRef<Value> addresses, Bytes bytes) {
  return llvm::map_to_vector(addresses, [&](Value address) { return e.at(address, bytes); });
}

SmallVector<Parts> BlockContract::blockSums(const Emit &e, ArrayRef<Value> blocks,
                                            ArrayRef<Value> activations) const {
  SmallVector<Parts> sums;
  for (size_t tile = 0; tile < blocks.size(); ++tile)
    for (Value activation : activations)
      sums.push_back(startSums(e, activation));
  SmallVector<Value> weights = move(e, blocks, quantsOffset()),
                     quants = move(e, activations, activationQuants);
  if (!loopsOverGroups(activations.size())) {
    for (int64_t group = 0; group < groups(); ++group)
      addGroup(e, move(e, weights, group * groupBytes), move(e, quants, group * groupQuants), sums);
  } else {
    auto body = [&](Value group, ValueRange carried) {
      SmallVector<Parts> next = unflatten(carried, parts());
      addGroup(e, move(e, weights, e.mulI(group, e.i64(groupBytes))),
               move(e, quants, e.mulI(group, e.i64(groupQuants))), next);
      return flatten(next);
    };
    sums = unflatten(e.loop(e.i64(0), e.i64(groups()), e.i64(1), flatten(sums), body), parts());
  }
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] = finishSums(e, activations[i % activations.size()], sums[i]);
  return sums;
}

/// accs[t * rows + r] + one block of 32 k of row r and tile t, in the canonical order.
void BlockContract::addBlock(const Emit &e, ArrayRef<Value> blocks, ArrayRef<Value> activations,
                             MutableArrayRef<Parts> accs) const {
  SmallVector<Parts> sums = blockSums(e, blocks, activations);
  VectorType floats = e.f32s(lanes());
  auto halves = [&](Value address) { return e.extend(e.load(address, e.f16s(lanes()), 2), floats); };
  auto broadcast = [&](Value address) {
    return e.broadcast(e.load(address, e.builder.getF32Type(), 4), lanes());
  };
  for (auto [t, block] : llvm::enumerate(blocks))
    for (int64_t part = 0; part < parts(); ++part) {
      Value scales = halves(e.at(block, part * lanes() * 2)), minima;
      if (hasMinimum())
        minima = halves(e.at(block, 32 + part * lanes() * 2));
      for (auto [r, activation] : llvm::enumerate(activations)) {
        size_t place = t * activations.size() + r;
        Value &acc = accs[place][part];
        acc = e.fma(e.mulF(e.toFloat(sums[place][part], floats), broadcast(activation)), scales, acc);
        if (hasMinimum())
          acc = e.fma(broadcast(e.at(activation, activationScaledSum)), minima, acc);
      }
    }
}

SmallVector<Value> BlockContract::emitRows(OpBuilder &builder, Location loc, ValueRange weights,
                                           ValueRange rows, Value k, ValueRange accs,
                                           ValueRange ahead) const {
  Emit e{builder, loc};
  Value blocks = e.shiftRight(e.toI64(k), e.i64(5));
  SmallVector<Value> tiles(weights), activations(rows);
  SmallVector<Parts> begin;
  for (Value acc : accs)
    begin.push_back(split(e, acc, lanes()));
  auto body = [&](Value block, ValueRange carried) {
    SmallVector<Parts> next = unflatten(carried, parts());
    Value offset = e.mulI(block, e.i64(blockBytes()));
    for (Value next : ahead)
      e.prefetch(e.at(next, offset), 0, blockBytes());
    addBlock(e, move(e, tiles, offset), move(e, activations, e.mulI(block, e.i64(q8BlockBytes))), next);
    return flatten(next);
  };
  SmallVector<Value> end = e.loop(e.i64(0), blocks, e.i64(1), flatten(begin), body);
  SmallVector<Value> results;
  for (const Parts &acc : unflatten(end, parts()))
    results.push_back(join(e, acc));
  return results;
}

void BlockContract::emitStreams(OpBuilder &builder, Location loc, Value weight, Value apart, int streams,
                                Value row, Value k, Value accBuffer, int64_t ahead) const {
  Emit e{builder, loc};
  Value blocks = e.shiftRight(e.toI64(k), e.i64(5));
  Value distance = e.toI64(apart);
  auto eachBlock = [&](Value block, ValueRange) {
    Value activation = e.at(row, e.mulI(block, e.i64(q8BlockBytes)));
    Value first = e.at(weight, e.mulI(block, e.i64(blockBytes())));
    auto eachStream = [&](Value stream, ValueRange) {
      Value weights = e.at(first, e.mulI(stream, distance));
      if (ahead > 0)
        e.prefetch(weights, ahead, blockBytes());
      Value sums = e.at(accBuffer, e.mulI(stream, e.i64(64)));
      Parts acc;
      for (int64_t part = 0; part < parts(); ++part)
        acc.push_back(e.load(e.at(sums, part * lanes() * 4), e.f32s(lanes()), lanes() * 4));
      addBlock(e, weights, activation, acc);
      for (int64_t part = 0; part < parts(); ++part)
        e.store(acc[part], e.at(sums, part * lanes() * 4), lanes() * 4);
      return SmallVector<Value>();
    };
    // Stays a loop: unrolled, all prefetches move to the top and the sums are spilled.
    return e.loop(e.i64(0), e.i64(streams), e.i64(1), {}, eachStream);
  };
  e.loop(e.i64(0), blocks, e.i64(1), {}, eachBlock);
}

Value broadcastQuants(const Emit &e, Value address, int64_t lanes) {
  return e.bitcast(e.broadcast(e.load(address, e.builder.getI32Type(), 4), lanes), e.i8s(4 * lanes));
}

/// The high nibbles of bytes.
Value upper(const Emit &e, Value bytes, int64_t count) {
  VectorType words = e.i16s(count / 2), type = e.i8s(count);
  Value shifted = e.bitcast(e.shiftRight(e.bitcast(bytes, words), e.fill(words, 4)), type);
  return e.andI(shifted, e.fill(type, 15));
}

/// Unsigned times signed bytes, four products to an i32 (vpdpbusd). Q8 weights are shifted to unsigned by
/// 128.
class BlockAvx512 final : public BlockContract {
public:
  using BlockContract::BlockContract;
  // 4 x 3: twelve chains of additions, and as many registers for the sums in f32.
  int preferredRows() const override { return 4; }
  int preferredTiles(int rows) const override { return std::clamp(12 / rows, 1, 4); }

private:
  int64_t lanes() const override { return 16; }
  bool loopsOverGroups(size_t rows) const override { return false; }

  Parts startSums(const Emit &e, Value activation) const override {
    VectorType type = e.i32s(16);
    if (hasMinimum())
      return {e.zeros(type)};
    Value total = e.broadcast(e.load(e.at(activation, activationSum), e.builder.getI32Type(), 4), 16);
    return {e.subI(e.zeros(type), e.shiftLeft(total, e.fill(type, nibbles() ? 3 : 7)))};
  }

  void addGroup(const Emit &e, ArrayRef<Value> weights, ArrayRef<Value> quants,
                MutableArrayRef<Parts> sums) const override {
    VectorType bytes = e.i8s(64);
    // Unsigned weights by tile, for each offset of the activations that they meet.
    SmallVector<std::pair<SmallVector<Value>, int64_t>, 2> factors;
    factors.emplace_back(SmallVector<Value>(), 0);
    if (nibbles())
      factors.emplace_back(SmallVector<Value>(), highNibbles);
    for (Value weight : weights) {
      Value packed = e.load(weight, bytes, 2);
      if (nibbles()) {
        factors[0].first.push_back(e.andI(packed, e.fill(bytes, 15)));
        factors[1].first.push_back(upper(e, packed, 64));
      } else {
        factors[0].first.push_back(e.xorI(packed, e.fill(bytes, -128)));
      }
    }
    for (auto [r, row] : llvm::enumerate(quants))
      for (auto &[tiles, offset] : factors) {
        Value here = broadcastQuants(e, e.at(row, offset), 16);
        for (auto [t, factor] : llvm::enumerate(tiles)) {
          Value &sum = sums[t * quants.size() + r][0];
          sum = e.intrinsic("llvm.x86.avx512.vpdpbusd.512", e.i32s(16), {sum, factor, here});
        }
      }
  }

  Parts finishSums(const Emit &e, Value activation, const Parts &sums) const override { return sums; }
};

/// Unsigned times signed bytes, two products to an i16 (vpmaddubsw). All sums of a block of nibbles fit in
/// i16 (at most 8 * 2 * 15 * 127 = 30480) and are widened once; Q8 products (at most 2 * 128 * 127) are
/// widened each time.
class BlockAvx2 final : public BlockContract {
public:
  using BlockContract::BlockContract;
  int preferredRows() const override { return 4; }
  int preferredTiles(int rows) const override { return 1; }

private:
  int64_t lanes() const override { return 8; }
  bool loopsOverGroups(size_t rows) const override { return rows > 1; }

  Value widen(const Emit &e, Value words) const {
    return e.intrinsic("llvm.x86.avx2.pmadd.wd", e.i32s(8), {words, e.fill(e.i16s(16), 1)});
  }

  Parts startSums(const Emit &e, Value activation) const override {
    Value zero = e.zeros(nibbles() ? e.i16s(16) : e.i32s(8));
    return {zero, zero};
  }

  void addGroup(const Emit &e, ArrayRef<Value> weights, ArrayRef<Value> quants,
                MutableArrayRef<Parts> sums) const override {
    for (auto [t, weight] : llvm::enumerate(weights))
      addTile(e, weight, quants, sums.slice(t * quants.size(), quants.size()));
  }

  void addTile(const Emit &e, Value weights, ArrayRef<Value> quants, MutableArrayRef<Parts> sums) const {
    VectorType bytes = e.i8s(32), words = e.i16s(16);
    Parts packed = {e.load(weights, bytes, 2), e.load(e.at(weights, 32), bytes, 2)};
    if (!nibbles()) {
      Parts magnitudes;
      for (Value part : packed)
        magnitudes.push_back(math::AbsIOp::create(e.builder, e.loc, part));
      for (auto [row, sum] : llvm::zip_equal(quants, sums)) {
        Value factors = broadcastQuants(e, row, 8);
        for (int64_t part = 0; part < 2; ++part) {
          // |w| * (q with w's sign): an i8 weight of -128 becomes the unsigned byte 128.
          Value withSign = e.intrinsic("llvm.x86.avx2.psign.b", bytes, {factors, packed[part]});
          Value products = e.intrinsic("llvm.x86.avx2.pmadd.ub.sw", words, {magnitudes[part], withSign});
          sum[part] = e.addI(sum[part], widen(e, products));
        }
      }
      return;
    }
    Parts low, high;
    for (Value part : packed) {
      low.push_back(e.andI(part, e.fill(bytes, 15)));
      high.push_back(upper(e, part, 32));
    }
    for (auto [row, sum] : llvm::zip_equal(quants, sums)) {
      for (auto [factors, offset] : {std::pair(ArrayRef<Value>(low), int64_t(0)), {high, highNibbles}}) {
        Value here = broadcastQuants(e, e.at(row, offset), 8);
        for (int64_t part = 0; part < 2; ++part)
          sum[part] =
              e.addI(sum[part], e.intrinsic("llvm.x86.avx2.pmadd.ub.sw", words, {factors[part], here}));
      }
    }
  }

  Parts finishSums(const Emit &e, Value activation, const Parts &sums) const override {
    if (!nibbles())
      return sums;
    Parts wide = {widen(e, sums[0]), widen(e, sums[1])};
    if (hasMinimum())
      return wide;
    VectorType type = e.i32s(8);
    Value total = e.broadcast(e.load(e.at(activation, activationSum), e.builder.getI32Type(), 4), 8);
    Value correction = e.shiftLeft(total, e.fill(type, 3));
    return {e.subI(wide[0], correction), e.subI(wide[1], correction)};
  }
};

} // namespace

const ContractEmitter *findBlockContract(Format weight, schema::CpuLevel level) {
  static const BlockAvx2 avx2[] = {BlockAvx2(Format::Q8_0), BlockAvx2(Format::Q4_0), BlockAvx2(Format::Q4_1)};
  static const BlockAvx512 avx512[] = {BlockAvx512(Format::Q8_0), BlockAvx512(Format::Q4_0),
                                       BlockAvx512(Format::Q4_1)};
  int entry;
  switch (weight) {
  case Format::Q8_0:
    entry = 0;
    break;
  case Format::Q4_0:
    entry = 1;
    break;
  case Format::Q4_1:
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
