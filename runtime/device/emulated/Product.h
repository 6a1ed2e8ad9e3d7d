// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>

namespace sennit::emulated {

/// The operands of a 16 x 8 x 16 product, gathered from a warp; with g = lane / 4 and t = lane % 4.
struct ProductOperands {
  alignas(32) uint32_t
      a[16][8]; ///< rows; words of two columns: lane's a[0..3] at [g][t], [g+8][t], [g][t+4], [g+8][t+4]
  alignas(32) uint32_t b[8][8]; ///< words of two rows, columns: lane's b[0..1] at [t][g], [t+4][g]
  alignas(32) float d[16][8];   ///< lane's d[0..1] at [g][2t], d[2..3] at [g+8][2t]
};

/// d += a b, K ascending, sums in f32. kind 0: f16, 1: bf16 elements. Products of two such elements are exact
/// in f32 (but for bf16 products beyond f32's range), so that it does not matter whether they are fused.
void multiplyAdd(ProductOperands &operands, int kind);
/// As multiplyAdd, one element after the other: the oracle, and for processors without AVX2.
void multiplyAddPlain(ProductOperands &operands, int kind);

} // namespace sennit::emulated
