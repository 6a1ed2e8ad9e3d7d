// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "interpreter/StoredFormat.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace sennit::interpreter {

/// Stored numbers are little-endian, at any alignment.
static uint16_t read16(const uint8_t *bytes) {
  return static_cast<uint16_t>(bytes[0] | bytes[1] << 8);
}

static float readFloat(const uint8_t *bytes) {
  return std::bit_cast<float>(static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8 |
                              static_cast<uint32_t>(bytes[2]) << 16 | static_cast<uint32_t>(bytes[3]) << 24);
}

float halfToFloat(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float magnitude;
  if (exponent == 31)
    magnitude = fraction ? std::nanf("") : HUGE_VALF;
  else if (exponent == 0)
    magnitude = std::ldexp(static_cast<float>(fraction), -24); // subnormal
  else
    magnitude = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

float bfloatToFloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

void decodeRow(Format format, const uint8_t *bytes, std::span<float> out) {
  switch (format) {
  case Format::F32:
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = readFloat(bytes + 4 * i);
    return;
  case Format::F16:
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = halfToFloat(read16(bytes + 2 * i));
    return;
  case Format::BF16:
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = bfloatToFloat(read16(bytes + 2 * i));
    return;
  case Format::Q8_0:
  case Format::Q4_0:
  case Format::Q4_1:
    for (size_t begin = 0; begin < out.size(); begin += blockSize) {
      int16_t quants[blockSize];
      float scale, minimum;
      decodeBlocks(format, bytes, quants, {&scale, 1}, {&minimum, 1});
      for (int64_t i = 0; i < blockSize; ++i)
        out[begin + i] = scale * quants[i] + minimum;
      bytes += format == Format::Q8_0 ? 34 : format == Format::Q4_0 ? 18 : 20;
    }
    return;
  case Format::I32:
    break;
  }
  llvm_unreachable("i32 is no weight format");
}

void decodeBlocks(Format format, const uint8_t *bytes, std::span<int16_t> quants, std::span<float> scales,
                  std::span<float> minima) {
  for (size_t block = 0; block < scales.size(); ++block) {
    int16_t *out = quants.data() + block * blockSize;
    scales[block] = halfToFloat(read16(bytes));
    minima[block] = 0;
    bytes += 2;
    if (format == Format::Q8_0) {
      for (int64_t i = 0; i < blockSize; ++i)
        out[i] = static_cast<int8_t>(bytes[i]);
      bytes += blockSize;
      continue;
    }
    int offset = 8;
    if (format == Format::Q4_1) {
      minima[block] = halfToFloat(read16(bytes));
      bytes += 2;
      offset = 0;
    }
    // Byte i holds element i in its low half and element 16 + i in its high half.
    for (int64_t i = 0; i < blockSize / 2; ++i) {
      out[i] = static_cast<int16_t>((bytes[i] & 15) - offset);
      out[i + blockSize / 2] = static_cast<int16_t>((bytes[i] >> 4) - offset);
    }
    bytes += blockSize / 2;
  }
}

void encodeActivations(std::span<const float> row, std::span<int16_t> quants, std::span<float> scales,
                       std::span<int32_t> sums) {
  for (size_t block = 0; block < scales.size(); ++block) {
    const float *x = row.data() + block * blockSize;
    float largest = 0;
    for (int64_t i = 0; i < blockSize; ++i)
      largest = std::max(largest, std::fabs(x[i]));
    float inverse = largest > 0 ? 127.0f / largest : 0.0f;
    int32_t sum = 0;
    for (int64_t i = 0; i < blockSize; ++i) {
      // nearbyint rounds halves to even in the default rounding mode, which nothing here changes.
      float rounded = std::nearbyint(x[i] * inverse);
      int16_t quant = static_cast<int16_t>(std::clamp(rounded, -127.0f, 127.0f));
      quants[block * blockSize + i] = quant;
      sum += quant;
    }
    scales[block] = largest / 127.0f;
    sums[block] = sum;
  }
}

} // namespace sennit::interpreter
