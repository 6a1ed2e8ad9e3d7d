// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a device is told to draw tokens as a Sampler does. codegen/cuda/device/sample.cuh has the same layouts
// and says how its functions are launched.
#pragma once

#include "runtime/sampling/Sampler.h"

#include <cstdint>
#include <optional>
#include <span>

namespace sennit {

/// How the token of one wanted row is drawn.
struct DeviceSampleRow {
  uint64_t seed = 0, position = 0;
  float temperature = 0, topP = 1, minP = 0, penalty = 1;
  int32_t topK = 0;
  int32_t recentFirst = 0,
          recentCount = 0; ///< in the list of recent ids; each id once, all within the vocabulary
  int32_t reserved = 0;
};
static_assert(sizeof(DeviceSampleRow) == 48, "as in codegen/cuda/device/sample.cuh");

/// Writes what a device needs to know of draws[i] to rows[i], and recent ids one behind another to `recent`;
/// how many ids. None: there is no room for the ids, so the tokens are to be drawn on the host.
std::optional<size_t> fillSampleRows(size_t vocabSize, std::span<const TokenDraw> draws,
                                     std::span<DeviceSampleRow> rows, std::span<int32_t> recent);

/// Slices of the vocabulary that a device works on by themselves.
constexpr int64_t sampleSlices(int64_t vocabSize) {
  return (vocabSize + 1023) / 1024;
}

/// Scratch memory for each row of a launch of the sampling functions.
constexpr int64_t sampleScratchBytes(int64_t vocabSize) {
  return sampleSlices(vocabSize) * (1024 * 8 + 16) + 8192;
}

} // namespace sennit
