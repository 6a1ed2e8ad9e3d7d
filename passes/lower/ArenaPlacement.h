// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Static placement of buffers in one arena. Plain numbers; no MLIR.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace sennit {

struct ArenaPlacement {
  std::vector<uint64_t> offsets;  ///< one for each buffer, multiples of `alignment`
  uint64_t bytes = 0;             ///< of the arena
  uint64_t bytesWithoutReuse = 0; ///< of an arena where every buffer has a place of its own
};

/// Places the largest buffers first, each in the smallest gap that holds it between buffers that it conflicts
/// with, or after them. `sizes` are bytes; `conflict`, symmetric, says whether two buffers may be needed at
/// the same time and so must share no byte. Not optimal; never worse than no reuse. Deterministic.
ArenaPlacement placeInArena(const std::vector<uint64_t> &sizes,
                            const std::function<bool(unsigned, unsigned)> &conflict, uint64_t alignment = 64);

} // namespace sennit
