// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/Product.h"

#include <bit>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace sennit::emulated {

namespace {

float widen(uint16_t bits, int kind) {
  return kind == 1 ? std::bit_cast<float>(uint32_t(bits) << 16) : float(std::bit_cast<_Float16>(bits));
}

#ifdef __x86_64__
#define SENNIT_VECTOR __attribute__((target("avx2,fma,f16c")))

/// 8 words of two elements as floats: the low elements, the high ones.
template <int Kind>
SENNIT_VECTOR inline void widenPairs(__m256i words, __m256 &low, __m256 &high) {
  if constexpr (Kind == 1) {
    low = _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
    high = _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32(int(0xffff0000u))));
  } else {
    const __m256i lows = _mm256_and_si256(words, _mm256_set1_epi32(0xffff)),
                  highs = _mm256_srli_epi32(words, 16);
    low = _mm256_cvtph_ps(_mm_packus_epi32(_mm256_castsi256_si128(lows), _mm256_extracti128_si256(lows, 1)));
    high =
        _mm256_cvtph_ps(_mm_packus_epi32(_mm256_castsi256_si128(highs), _mm256_extracti128_si256(highs, 1)));
  }
}

template <int Kind>
SENNIT_VECTOR void multiplyAddVector(ProductOperands &operands) {
  __m256 right[16]; // rows of b
  for (int pair = 0; pair < 8; ++pair)
    widenPairs<Kind>(_mm256_load_si256(reinterpret_cast<const __m256i *>(operands.b[pair])), right[2 * pair],
                     right[2 * pair + 1]);
  alignas(32) float even[16][8], odd[16][8]; // columns 2j and 2j + 1 of a
  for (int row = 0; row < 16; ++row) {
    __m256 low, high;
    widenPairs<Kind>(_mm256_load_si256(reinterpret_cast<const __m256i *>(operands.a[row])), low, high);
    _mm256_store_ps(even[row], low);
    _mm256_store_ps(odd[row], high);
  }
  for (int first = 0; first < 16; first += 8) { // 8 sums at once hide the latency of each
    __m256 sums[8];
    for (int row = 0; row < 8; ++row)
      sums[row] = _mm256_load_ps(operands.d[first + row]);
    for (int pair = 0; pair < 8; ++pair) {
      for (int row = 0; row < 8; ++row)
        sums[row] =
            _mm256_fmadd_ps(_mm256_broadcast_ss(&even[first + row][pair]), right[2 * pair], sums[row]);
      for (int row = 0; row < 8; ++row)
        sums[row] =
            _mm256_fmadd_ps(_mm256_broadcast_ss(&odd[first + row][pair]), right[2 * pair + 1], sums[row]);
    }
    for (int row = 0; row < 8; ++row)
      _mm256_store_ps(operands.d[first + row], sums[row]);
  }
}
#endif

} // namespace

void multiplyAddPlain(ProductOperands &operands, int kind) {
  for (int row = 0; row < 16; ++row)
    for (int k = 0; k < 16; ++k) {
      const float left = widen(uint16_t(operands.a[row][k / 2] >> (16 * (k % 2))), kind);
      for (int column = 0; column < 8; ++column) {
        const float right = widen(uint16_t(operands.b[k / 2][column] >> (16 * (k % 2))), kind);
        operands.d[row][column] += left * right;
      }
    }
}

void multiplyAdd(ProductOperands &operands, int kind) {
#ifdef __x86_64__
  static const bool vectors =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  if (vectors)
    return kind == 1 ? multiplyAddVector<1>(operands) : multiplyAddVector<0>(operands);
#endif
  multiplyAddPlain(operands, kind);
}

} // namespace sennit::emulated
