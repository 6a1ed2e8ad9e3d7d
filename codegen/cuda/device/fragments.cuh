// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A tile's step (16 weight rows, 32 k) from shared memory as A operands of two products, k in the order of
// activations.cuh: with g = lane / 4, t = lane % 4 a lane holds rows g and g + 8 at k = 4t + {0, 2} and 4t +
// {1, 3}.
#pragma once

#include "weights.cuh"

namespace sennit {

/// [plane][product][register]
template <OperandKind O> struct WeightFragment {
  unsigned a[operand_planes(O)][2][4];
};

/// 1024 as two f16: an integer below 1024 in the low bits is added to it.
constexpr unsigned f16_1024 = 0x64006400u;

/// Byte pairs (0, 2) and (1, 3) of i8 quants, exactly.
SENNIT_DEVICE void expand_q8(unsigned word, unsigned &even, unsigned &odd) {
  const unsigned biased = word ^ 0x80808080u; // q + 128
  even = subtract_f16x2(mask_or(biased, 0x00ff00ffu, f16_1024), 0x64806480u);
  odd = subtract_f16x2(mask_or(biased >> 8, 0x00ff00ffu, f16_1024), 0x64806480u);
}

/// Nibbles of a word: low[0] bytes 0, 2; low[1] bytes 1, 3; high likewise. Less 8 where Signed. Exact.
template <bool Signed> SENNIT_DEVICE void expand_q4(unsigned word, unsigned (&low)[2], unsigned (&high)[2]) {
  // 1024 + q less 1024 or 1032; (1024 + 16 q) / 16 less 64 or 72.
  constexpr unsigned bias = Signed ? 0x64086408u : 0x64006400u, shifted = Signed ? 0xd480d480u : 0xd400d400u;
  constexpr unsigned sixteenth = 0x2c002c00u;
  low[0] = subtract_f16x2(mask_or(word, 0x000f000fu, f16_1024), bias);
  high[0] = fma_f16x2(mask_or(word, 0x00f000f0u, f16_1024), sixteenth, shifted);
  word >>= 8;
  low[1] = subtract_f16x2(mask_or(word, 0x000f000fu, f16_1024), bias);
  high[1] = fma_f16x2(mask_or(word, 0x00f000f0u, f16_1024), sixteenth, shifted);
}

SENNIT_DEVICE unsigned twice(unsigned short bits) {
  return unsigned(bits) * 0x10001u;
}

/// High and low parts of two f32.
SENNIT_DEVICE void split_pair(float low, float high, unsigned &word, unsigned &rest) {
  word = pack_bf16(low, high);
  rest = pack_bf16(low - float_of_bits(word << 16), high - float_of_bits(word & 0xffff0000u));
}

/// Loads the step at `step`, as copy_weights left it. All lanes of a warp.
template <WeightFormat F>
SENNIT_DEVICE WeightFragment<operand_of(F)> load_weights(const unsigned char *step, int lane) {
  WeightFragment<operand_of(F)> r;
  const int g = lane / 4, t = lane % 4;
  if constexpr (F == WeightFormat::F16 || F == WeightFormat::BF16) {
    // Matrix lane / 8: rows 8 (m % 2) .. + 7 at k = 4 (i / 2) + 2 (i % 2) + m / 2 in its row i = lane % 8.
    const int i = lane % 8, m = lane / 8, k = i * 2 + m / 2;
    const unsigned char *row = step + chunk_place<F>(2 * k + m % 2) * 16;
    load_matrices_transposed(r.a[0][0], row);
    load_matrices_transposed(r.a[0][1], row + 512);
  } else if constexpr (F == WeightFormat::F32) {
    SENNIT_UNROLL
    for (int product = 0; product < 2; ++product) {
      SENNIT_UNROLL
      for (int half = 0; half < 2; ++half) { // rows g, then g + 8
        float v[4];
        SENNIT_UNROLL
        for (int j = 0; j < 4; ++j) {
          const int chunk = 4 * (4 * t + j) + (g >> 2) + 2 * half;
          v[j] = *reinterpret_cast<const float *>(step + product * 1024 + chunk_place<F>(chunk) * 16 +
                                                  g % 4 * 4);
        }
        split_pair(v[0], v[2], r.a[0][product][half], r.a[1][product][half]);
        split_pair(v[1], v[3], r.a[0][product][2 + half], r.a[1][product][2 + half]);
      }
    }
  } else {
    const unsigned short *scales = reinterpret_cast<const unsigned short *>(step);
    const unsigned *quants = reinterpret_cast<const unsigned *>(step + (F == WeightFormat::Q4_1 ? 64 : 32));
    const unsigned d[2] = {twice(scales[g]), twice(scales[g + 8])};
    // Lanes t < 2 take row g first and the others row g + 8, so that the 32 words are in 32 banks.
    const bool swap = t >= 2;
    const unsigned *first = quants + t * 16 + g + (swap ? 8 : 0),
                   *second = quants + t * 16 + g + (swap ? 0 : 8);
    if constexpr (F == WeightFormat::Q8_0) {
      SENNIT_UNROLL
      for (int product = 0; product < 2; ++product) {
        const unsigned one = first[product * 64], other = second[product * 64];
        const unsigned words[2] = {swap ? other : one, swap ? one : other};
        SENNIT_UNROLL
        for (int half = 0; half < 2; ++half) {
          unsigned even, odd;
          expand_q8(words[half], even, odd);
          r.a[0][product][half] = multiply_f16x2(even, d[half]);
          r.a[0][product][2 + half] = multiply_f16x2(odd, d[half]);
        }
      }
    } else {
      const unsigned one = *first, other = *second;
      const unsigned words[2] = {swap ? other : one, swap ? one : other};
      SENNIT_UNROLL
      for (int half = 0; half < 2; ++half) {
        unsigned low[2], high[2];
        expand_q4<F == WeightFormat::Q4_0>(words[half], low, high);
        SENNIT_UNROLL
        for (int odd = 0; odd < 2; ++odd) {
          if constexpr (F == WeightFormat::Q4_0) {
            r.a[0][0][2 * odd + half] = multiply_f16x2(low[odd], d[half]);
            r.a[0][1][2 * odd + half] = multiply_f16x2(high[odd], d[half]);
          } else {
            const unsigned m = twice(scales[16 + g + 8 * half]);
            r.a[0][0][2 * odd + half] = fma_f16x2(low[odd], d[half], m);
            r.a[0][1][2 * odd + half] = fma_f16x2(high[odd], d[half], m);
          }
        }
      }
    }
  }
  return r;
}

} // namespace sennit
