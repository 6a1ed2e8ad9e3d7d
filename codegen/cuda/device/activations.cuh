// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Activations as operands of mma, in the order in which lanes take them: R rows (1, 2, 4, 8) stand together
// as [step of 32 k][plane][row][lane % 4][8 elements], padded with zeros to a whole block of 64 k. Lane t of
// a row holds k = 4t + {0, 2, 1, 3} of the step's first 16, then of its last 16: one load of 16 bytes is a
// lane's B operand of two products. Any order of k inside a product does; this one lets nibbles of a word be
// expanded without shuffles.
#pragma once

#include "linear_shapes.cuh"
#include "rows.cuh"

namespace sennit {

/// Byte of elements 4 quad .. 4 quad + 3 (8 bytes) of a row, in plane 0.
template <OperandKind O, int R> SENNIT_DEVICE int activation_offset(int row, int quad) {
  return (quad / 8 * operand_planes(O) * R + row) * 64 + quad % 4 * 16 + quad / 4 % 2 * 8;
}
/// Bytes from plane 0 to plane 1.
template <int R> struct ActivationPlane {
  static constexpr int bytes = R * 64;
};

/// R rows in shared memory.
template <OperandKind O, int K, int R> struct SharedActivations {
  unsigned char *base; ///< activation_tile_bytes(O, K, R), 16-byte aligned

  SENNIT_MEMBER void put(int row, int quad, int plane, uint2 words) const {
    *reinterpret_cast<uint2 *>(base + activation_offset<O, R>(row, quad) +
                               plane * ActivationPlane<R>::bytes) = words;
  }
  SENNIT_MEMBER float *inverse(int row) const {
    return reinterpret_cast<float *>(base + R * padded_k(K) * 2 * operand_planes(O)) + row;
  }
  SENNIT_MEMBER void put_inverse(int row, float value) const { *inverse(row) = value; }
  /// What a sum of row `row` is multiplied by.
  SENNIT_MEMBER float scale(int row) const {
    if constexpr (O == OperandKind::F16)
      return *inverse(row);
    return 1.0f;
  }
};

/// Any number of rows in scratch memory, in tiles of 8; rows that fill up the last tile hold anything.
template <OperandKind O, int K> struct ScratchActivations {
  unsigned char *base; ///< activation_scratch_bytes(O, K, rows), 16-byte aligned
  static constexpr int tile_bytes = activation_tile_bytes(O, K, 8);

  SENNIT_MEMBER unsigned char *tile(int index) const { return base + (long long)index * tile_bytes; }
  SENNIT_MEMBER void put(int row, int quad, int plane, uint2 words) const {
    store_global(reinterpret_cast<uint2 *>(tile(row / 8) + activation_offset<O, 8>(row % 8, quad) +
                                           plane * ActivationPlane<8>::bytes),
                 words);
  }
  SENNIT_MEMBER float *inverse(int row) const {
    return reinterpret_cast<float *>(tile(row / 8) + 8 * padded_k(K) * 2 * operand_planes(O)) + row % 8;
  }
  SENNIT_MEMBER void put_inverse(int row, float value) const { store_global(inverse(row), value); }
  SENNIT_MEMBER float scale(int row) const {
    if constexpr (O == OperandKind::F16)
      return load_global(inverse(row));
    return 1.0f;
  }
};

/// 2^-e that puts `largest`, the largest magnitude of a row, into [2^14, 2^15), and 2^e: f16 then keeps 11
/// bits of everything down to 2^-28 of it, and nothing overflows. 1 for zero, infinity and NaN.
struct RowScale {
  float down, inverse;
};
SENNIT_DEVICE RowScale row_scale(float largest) {
  int exponent = int(bits_of_float(largest) >> 23 & 0xff);
  if (exponent == 255 || largest == 0.0f)
    exponent = 127 + 14;
  exponent = larger_of(exponent, 15);
  return {float_of_bits(unsigned(268 - exponent) << 23), float_of_bits(unsigned(exponent - 14) << 23)};
}

/// The part of a value that bf16 cannot hold, for the second plane. Zero where the value is infinite, so that
/// a sum stays so.
SENNIT_DEVICE float low_part(float value, unsigned short high) {
  const float rest = value - bf16_to_f32(high);
  return rest == rest ? rest : 0.0f;
}

/// Two elements as a word of plane 0 and, where there is one, of plane 1.
template <OperandKind O> SENNIT_DEVICE unsigned encode_pair(float low, float high, unsigned &rest) {
  rest = 0;
  if constexpr (O == OperandKind::F16)
    return pack_f16(low, high);
  const unsigned word = pack_bf16(low, high);
  if constexpr (O == OperandKind::Split)
    rest = pack_bf16(low_part(low, (unsigned short)word), low_part(high, (unsigned short)(word >> 16)));
  return word;
}

/// Encodes f(column), column in [0, K), as row `row` of `place`: SharedActivations or ScratchActivations of
/// the same O and K. `scope` is WarpRow or BlockRow; both give the same bytes. f is called twice for each
/// column where O is F16, else once. Other threads see the row behind a barrier.
template <OperandKind O, int K, typename Scope, typename Place, typename F>
SENNIT_DEVICE void encode_row(const Scope &scope, const Place &place, int row, F f) {
  float down = 1.0f;
  if constexpr (O == OperandKind::F16) {
    const float largest = scope.template reduce<Maximum, K>([&](int c) { return absolute(f(c)); });
    const RowScale scale = row_scale(largest);
    down = scale.down;
    if (scope.index() == 0)
      place.put_inverse(row, scale.inverse);
  }
  // Batches, so that loads of several quads are under way together: those behind a store could not pass it.
  constexpr int quads = padded_k(K) / 4, batch = 4;
  for (int first = scope.index(); first < quads; first += batch * Scope::threads) {
    uint2 words[batch], rest[batch];
    SENNIT_UNROLL
    for (int i = 0; i < batch; ++i) {
      const int column = 4 * (first + i * Scope::threads);
      float v[4];
      SENNIT_UNROLL
      for (int j = 0; j < 4; ++j)
        v[j] = K % (4 * batch * Scope::threads) == 0 || column + j < K ? f(column + j) * down : 0.0f;
      words[i].x = encode_pair<O>(v[0], v[2], rest[i].x);
      words[i].y = encode_pair<O>(v[1], v[3], rest[i].y);
    }
    SENNIT_UNROLL
    for (int i = 0; i < batch; ++i) {
      const int quad = first + i * Scope::threads;
      if (quads % (batch * Scope::threads) != 0 && quad >= quads)
        continue;
      place.put(row, quad, 0, words[i]);
      if constexpr (O == OperandKind::Split)
        place.put(row, quad, 1, rest[i]);
    }
  }
}

} // namespace sennit
