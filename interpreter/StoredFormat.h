// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The storage formats, read the plain way: written from their definition (runtime/schema/types.fbs) and
// independent of the packers and kernels that are checked against the interpreter.
#pragma once

#include "dialects/Common.h"

#include <cstdint>
#include <span>

namespace sennit::interpreter {

float halfToFloat(uint16_t bits);
float bfloatToFloat(uint16_t bits);

/// Elements per shared scale of a block format.
inline constexpr int64_t blockSize = 32;

/// Dequantises one stored row of `out.size()` elements.
void decodeRow(Format format, const uint8_t *bytes, std::span<float> out);

/// Splits one stored row of a block format into integers and scales: element = scale * quant + minimum, where
/// a q4_0 quant is already in [-8, 7]. `scales` and `minima` have one entry per 32 quants; minima are 0
/// except for q4_1.
void decodeBlocks(Format format, const uint8_t *bytes, std::span<int16_t> quants, std::span<float> scales,
                  std::span<float> minima);

/// An activation row as a quantised kernel sees it: scale = amax / 127, quant = round to even of x * (127 /
/// amax), both divisions in f32; an all-zero block has scale 0. `sums` are the sums of each block's quants.
void encodeActivations(std::span<const float> row, std::span<int16_t> quants, std::span<float> scales,
                       std::span<int32_t> sums);

} // namespace sennit::interpreter
