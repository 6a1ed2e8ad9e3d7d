// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <array>
#include <cstdint>

namespace sennit {

/// Philox 4x32 with 10 rounds: a counter-based generator, a pure function of counter and key (Salmon et al.,
/// "Parallel random numbers: as easy as 1, 2, 3", 2011).
constexpr std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t(0xD2511F53u) * counter[0], b = uint64_t(0xCD9E8D57u) * counter[2];
    counter = {uint32_t(b >> 32) ^ counter[1] ^ key[0], uint32_t(b), uint32_t(a >> 32) ^ counter[3] ^ key[1],
               uint32_t(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// 64 random bits for a position of a request with this seed: the same whatever else is in the batch.
constexpr uint64_t randomWordAt(uint64_t seed, uint64_t position) {
  const std::array<uint32_t, 4> words =
      philox({uint32_t(position), uint32_t(position >> 32), 0, 0}, {uint32_t(seed), uint32_t(seed >> 32)});
  return (uint64_t(words[0]) << 32) | words[1];
}

/// As a number in [0, 1).
constexpr double uniformAt(uint64_t seed, uint64_t position) {
  return double(randomWordAt(seed, position) >> 11) * 0x1p-53;
}

} // namespace sennit
