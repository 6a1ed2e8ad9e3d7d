// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/MadeUpWeights.h"

#include "runtime/weights/Pack.h"

#include <cstring>

namespace sennit::compiler {
namespace {

using schema::Format;

struct Noise {
  uint32_t state;
  uint32_t next() { return state = state * 1664525u + 1013904223u; }
};

constexpr uint16_t smallF16 = 0x2000; ///< 2^-7: times the largest quant, 127, below 1

void store16(uint8_t *out, uint32_t bits) {
  uint16_t value = static_cast<uint16_t>(bits);
  std::memcpy(out, &value, sizeof value);
}

/// The scale of a block of quants, and for Q4_1 its minimum.
void fillBlock(Format format, Noise &noise, uint8_t *out) {
  for (int64_t i = 0; i < weights::blockBytes(format); ++i)
    out[i] = static_cast<uint8_t>(noise.next() >> 24);
  store16(out, smallF16);
  if (format == Format::Q4_1)
    store16(out + 2, smallF16 | 0x8000);
}

/// Elements from 0.5 to below 1 in size, in the bits of their format: sign and mantissa are noise.
void fillElement(Format format, Noise &noise, uint8_t *out) {
  uint32_t bits = noise.next();
  switch (format) {
  case Format::F16:
    return store16(out, (bits >> 16 & 0x83ff) | 0x3800);
  case Format::BF16:
    return store16(out, (bits >> 16 & 0x807f) | 0x3f00);
  default: // F32; I32 has no packed weights and any bits would do
    bits = (bits & 0x807fffff) | 0x3f000000;
    std::memcpy(out, &bits, sizeof bits);
  }
}

} // namespace

void makeUpRow(Format format, uint64_t weight, int64_t row, int64_t k, uint8_t *out) {
  Noise noise{static_cast<uint32_t>(weight * 2654435761u + static_cast<uint64_t>(row) * 40503u + 1)};
  for (int64_t i = 0; i < k / weights::blockElements(format); ++i, out += weights::blockBytes(format))
    weights::isBlockFormat(format) ? fillBlock(format, noise, out) : fillElement(format, noise, out);
}

} // namespace sennit::compiler
