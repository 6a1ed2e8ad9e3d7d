// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Products of weight fragments and activations, in the one order of sums that all variants of a linear share,
// and the weights that a launch multiplies.
#pragma once

#include "activations.cuh"
#include "fragments.cuh"

namespace sennit {

/// B operands of a step for 8 tokens: words x, y of the first product, z, w of the second; one for each
/// plane.
template <OperandKind O> struct TokenFragment {
  uint4 b[operand_planes(O)];
};

/// Loads them from R rows (in shared memory) at `step` of an activation tile. Of R < 8 rows the last stands
/// for those that are missing: their sums are of no use, but cost nothing.
template <OperandKind O, int R>
SENNIT_DEVICE TokenFragment<O> load_tokens(const unsigned char *step, int lane) {
  TokenFragment<O> r;
  const int row = R == 8 ? lane / 4 : smaller_of(lane / 4, R - 1);
  SENNIT_UNROLL
  for (int plane = 0; plane < operand_planes(O); ++plane)
    r.b[plane] = *reinterpret_cast<const uint4 *>(step + (plane * R + row) * 64 + lane % 4 * 16);
  return r;
}

/// sums (16 rows x 8 tokens) += product `Product` (16 k) of a step. Split: high high, high low, low high.
template <OperandKind O, int Product>
SENNIT_DEVICE void multiply(float (&sums)[4], const WeightFragment<O> &weights,
                            const TokenFragment<O> &tokens) {
  unsigned b[operand_planes(O)][2];
  SENNIT_UNROLL
  for (int plane = 0; plane < operand_planes(O); ++plane) {
    b[plane][0] = Product == 0 ? tokens.b[plane].x : tokens.b[plane].z;
    b[plane][1] = Product == 0 ? tokens.b[plane].y : tokens.b[plane].w;
  }
  if constexpr (O == OperandKind::F16) {
    multiply_f16(sums, weights.a[0][Product], b[0]);
  } else {
    multiply_bf16(sums, weights.a[0][Product], b[0]);
    if constexpr (O == OperandKind::Split) {
      multiply_bf16(sums, weights.a[0][Product], b[1]);
      multiply_bf16(sums, weights.a[1][Product], b[0]);
    }
  }
}

/// The tile of 16 rows that a warp, or of `Tiles` such that a block works on.
template <int Weights> struct WeightTile {
  const unsigned char *base[Weights]; ///< of the first tile
  int section, first_row, rows;       ///< rows of the section, at least 1 behind first_row
};

/// What a launch multiplies: in each section `Weights` packed weights of the same shape. Sections differ in
/// rows only and follow each other in the numbering of tiles.
template <int Sections, int Weights> struct LinearWeights {
  const void *base[Sections][Weights]; ///< 256-byte aligned
  int rows[Sections];

  /// Rows of section `section`, without an index into memory.
  SENNIT_MEMBER int section_rows(int section) const {
    int found = rows[0];
    SENNIT_UNROLL
    for (int s = 1; s < Sections; ++s)
      found = s == section ? rows[s] : found;
    return found;
  }
  /// Groups of `Tiles` tiles; no group is of two sections.
  template <int Tiles> SENNIT_MEMBER int groups() const {
    int sum = 0;
    SENNIT_UNROLL
    for (int s = 0; s < Sections; ++s)
      sum += (rows[s] + 16 * Tiles - 1) / (16 * Tiles);
    return sum;
  }
  template <int Tiles> SENNIT_MEMBER WeightTile<Weights> group(int index, long long tile_bytes) const {
    WeightTile<Weights> tile{};
    SENNIT_UNROLL
    for (int s = 0; s < Sections; ++s) { // unrolled, so that `base` stays in registers
      const int count = (rows[s] + 16 * Tiles - 1) / (16 * Tiles);
      if (index >= 0 && index < count) {
        SENNIT_UNROLL
        for (int w = 0; w < Weights; ++w)
          tile.base[w] = static_cast<const unsigned char *>(base[s][w]) + index * (Tiles * tile_bytes);
        tile.section = s;
        tile.first_row = index * Tiles * 16;
        tile.rows = rows[s];
      }
      index -= count;
    }
    return tile;
  }
};

/// Hands the sums of one element to the epilogue: use(section, column, row, value of each weight ...).
template <int Weights, typename F>
SENNIT_DEVICE void use_sums(F &use, int section, int column, int row, const float (&values)[Weights]) {
  static_assert(Weights >= 1 && Weights <= 3, "at most three weights share their activations");
  if constexpr (Weights == 1)
    use(section, column, row, values[0]);
  else if constexpr (Weights == 2)
    use(section, column, row, values[0], values[1]);
  else
    use(section, column, row, values[0], values[1], values[2]);
}

} // namespace sennit
