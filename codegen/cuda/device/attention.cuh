// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the functions of attention have in common: the tables of a step, packed tiles of keys and values in shared
// memory, and the arithmetic of a softmax.
//
// Scores are products of 16-bit floats where the cache holds them (f32 sums), and of f32 where it holds those. A row's
// bytes depend on its own queries, keys and values alone: keys are taken in tiles counted from the start of each
// segment, and what a row may not attend to is not multiplied, or by zero where it is a finite number.
#pragma once

#include "attention_shape.cuh"
#include "launch.cuh"

namespace sennit {

/// The tables that say which keys a row attends to, as tile.keys has them; see StepField for their sizes.
struct StepKeys {
  const int *row_sequence, *positions, *sequence_segments, *segment_pages, *segment_length, *segment_first, *pages;
};

/// An attention kernel's shape as a type, with what device code needs of it. Element bytes 2: the cache is f16, 4: f32.
template <int ElementBytes, int HeadDim, int Group, int KvHeads> struct Attention {
  static constexpr AttentionShape shape{ElementBytes, HeadDim, Group, KvHeads};
  static constexpr bool f32 = shape.f32();
  static constexpr int element_bytes = ElementBytes, head_dim = HeadDim, group = Group, kv_heads = KvHeads;
  static constexpr int groups = shape.groups(), padded = shape.padded(), heads = shape.heads();
  static constexpr long long key_page_bytes = shape.key_page_bytes(), value_page_bytes = shape.value_page_bytes();
  static constexpr int query_stride = shape.query_stride(), weight_stride = shape.weight_stride();
  static constexpr int partial_heads = shape.partial_heads(), partial_chunks = shape.partial_chunks(),
                       partial_groups = shape.partial_groups(), partial_stages = shape.partial_stages(),
                       partial_stage_bytes = shape.partial_stage_bytes();
  static constexpr int prompt_warp_lines = shape.prompt_warp_lines(), prompt_lines = shape.prompt_lines(),
                       prompt_heads = shape.prompt_heads(), prompt_chunks = shape.prompt_chunks(),
                       prompt_rows = shape.prompt_rows(), prompt_keys = shape.prompt_keys(),
                       prompt_key_bytes = shape.prompt_key_bytes(), prompt_value_bytes = shape.prompt_value_bytes();
};

SENNIT_DEVICE int least(int a, int b) { return a < b ? a : b; }
SENNIT_DEVICE int most(int a, int b) { return a < b ? b : a; }

// --- Packed tiles in shared memory -------------------------------------------------------------------------
/// A tile of f16 is [k][16]: two chunks of 16 bytes for each k. Chunk i stands where chunk i ^ 1 would in every other
/// group of 8, so that the 8 rows of a matrix meet all banks.
SENNIT_DEVICE int swizzled(int chunk) { return chunk ^ (chunk >> 3 & 1); }

/// Where a lane begins to read a packed tile, and rows of f16 that are `stride` bytes apart. Computed once: operands
/// are constants away from there.
SENNIT_DEVICE int packed_lane() {
  return unforeseen(16 * swizzled(2 * (lane_index() & 15) + (lane_index() >> 4)));
}
SENNIT_DEVICE int left_lane(int stride) {
  return unforeseen((lane_index() & 15) * stride + 16 * (lane_index() >> 4));
}

/// The right operands of two products from rows [k, k + 16), k a multiple of 16, of a packed tile: columns 0 to 7,
/// columns 8 to 15. `place` is the tile's first byte + packed_lane().
struct PackedPair {
  unsigned low[2], high[2];
};
SENNIT_DEVICE PackedPair load_packed(const unsigned char *place, int k) {
  unsigned r[4];
  load_matrices_transposed(r, place + 32 * k);
  return {{r[0], r[1]}, {r[2], r[3]}};
}
/// The left operand from columns [k, k + 16) of 16 rows of f16. `place` is the first one's first byte + left_lane().
SENNIT_DEVICE void load_left(unsigned (&a)[4], const unsigned char *place, int k) { load_matrices(a, place + 2 * k); }

// --- Queries -----------------------------------------------------------------------------------------------
constexpr float log2_e = 1.4426950408889634f;

/// A power of two that brings numbers of at most `largest` below 2^15, and what undoes it: exact, and no query is
/// beyond f16.
struct PowerScale {
  float apply, undo;
};
SENNIT_DEVICE PowerScale power_scale(float largest) {
  const int exponent = least(most(int(bits_of_float(largest) >> 23 & 255), 15), 254);
  return {float_of_bits(unsigned(268 - exponent) << 23), float_of_bits(unsigned(exponent - 14) << 23)};
}

SENNIT_DEVICE float warp_maximum(float value) {
  SENNIT_UNROLL
  for (int step = 16; step > 0; step /= 2)
    value = maximum(value, shuffle_xor(value, step));
  return value;
}
SENNIT_DEVICE int warp_most(int value) {
  SENNIT_UNROLL
  for (int step = 16; step > 0; step /= 2)
    value = most(value, shuffle_xor(value, step));
  return value;
}
SENNIT_DEVICE float warp_sum(float value) {
  SENNIT_UNROLL
  for (int step = 16; step > 0; step /= 2)
    value += shuffle_xor(value, step);
  return value;
}
/// Over the four lanes that hold a row of a product.
SENNIT_DEVICE float quad_maximum(float value) {
  value = maximum(value, shuffle_xor(value, 1));
  return maximum(value, shuffle_xor(value, 2));
}
SENNIT_DEVICE float quad_sum(float value) {
  value += shuffle_xor(value, 1);
  return value + shuffle_xor(value, 2);
}

SENNIT_DEVICE float minus_infinity() { return float_of_bits(0xff800000u); }

/// Writes `Lines` lines of queries as f16, for one warp: q(line, d) is called for d < HeadDim; `undo[line]` becomes
/// what scores of the line are multiplied by, log2(e) included.
template <int HeadDim, int Lines, typename Q>
SENNIT_DEVICE void store_queries_f16(unsigned char *lines, int stride, float *undo, Q q) {
  constexpr int parts = (HeadDim + 31) / 32, together = Lines < 4 ? Lines : 4;
  SENNIT_NO_UNROLL
  for (int first = 0; first < Lines; first += together) {
    float values[together][parts];
    SENNIT_UNROLL
    for (int i = 0; i < together; ++i)
      SENNIT_UNROLL
      for (int part = 0; part < parts; ++part) {
        const int d = 32 * part + lane_index();
        values[i][part] = d < HeadDim && first + i < Lines ? q(first + i, d) : 0.0f;
      }
    SENNIT_UNROLL
    for (int i = 0; i < together; ++i) {
      float largest = 0.0f;
      SENNIT_UNROLL
      for (int part = 0; part < parts; ++part)
        largest = maximum(largest, absolute(values[i][part]));
      const PowerScale scale = power_scale(warp_maximum(largest));
      if (first + i < Lines) {
        SENNIT_UNROLL
        for (int part = 0; part < parts; ++part) {
          const int d = 32 * part + lane_index();
          if (d < (HeadDim + 15) / 16 * 16)
            *reinterpret_cast<unsigned short *>(lines + (first + i) * stride + 2 * d) =
                (unsigned short)(pack_f16(values[i][part] * scale.apply, 0.0f));
        }
        if (lane_index() == 0)
          undo[first + i] = scale.undo * log2_e;
      }
    }
  }
}

} // namespace sennit
