// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Scalar conversions between f32 and the 16-bit floats, bit by bit, so that they do not depend on the CPU or
// on compiler flags. Widening is exact; narrowing rounds to nearest, ties to even.
#pragma once

#include <bit>
#include <cstdint>

namespace sennit {

/// The f32 with the value of an IEEE half; NaN payloads are kept in the upper bits.
inline float widenF16(uint16_t half) {
  const uint32_t sign = uint32_t(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 0x1f;
  const uint32_t mantissa = half & 0x3ff;
  if (exponent == 0x1f)
    return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0)
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  // Subnormal: mantissa * 2^-24, exact in f32.
  const float magnitude = float(mantissa) * 0x1p-24f;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
}

/// The f32 with the value of a bfloat16.
inline float widenBF16(uint16_t brain) {
  return std::bit_cast<float>(uint32_t(brain) << 16);
}

/// Nearest IEEE half, ties to even; overflow gives infinity; NaN stays a (quiet) NaN.
inline uint16_t narrowF16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = uint16_t((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return uint16_t(sign | 0x7e00 | ((magnitude >> 13) & 0x1ff));
  if (magnitude >= 0x477ff000u) // 65520 and above round to infinity
    return uint16_t(sign | 0x7c00);
  if (magnitude < 0x38800000u) { // below 2^-14: a subnormal half or zero
    if (magnitude < 0x33000000u) // below 2^-25
      return sign;
    const uint32_t shift = 126 - (magnitude >> 23); // 14 .. 24: bits dropped from the 24-bit significand
    const uint32_t significand = (magnitude & 0x7fffffu) | 0x800000u;
    const uint32_t kept = significand >> shift;
    const uint32_t rest = significand & ((1u << shift) - 1);
    const uint32_t half = 1u << (shift - 1);
    return uint16_t(sign | (kept + (rest > half || (rest == half && (kept & 1)))));
  }
  const uint32_t rebased = magnitude - (112u << 23);
  const uint32_t kept = rebased >> 13;
  const uint32_t rest = rebased & 0x1fff;
  return uint16_t(sign | (kept + (rest > 0x1000 || (rest == 0x1000 && (kept & 1)))));
}

/// Nearest bfloat16, ties to even; NaN stays a (quiet) NaN.
inline uint16_t narrowBF16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return uint16_t((bits >> 16) | 0x40);
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

} // namespace sennit
