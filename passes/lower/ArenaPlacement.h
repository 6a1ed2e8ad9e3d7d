// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Static placement of buffers in one arena. Plain numbers; no MLIR.
#pragma once

#include <cstdint>
#include <vector>

namespace sennit {

/// A buffer and when it is needed: from the command that first touches it to the one that touches it last.
struct ArenaRequest {
  uint64_t bytes;
  unsigned first, last; ///< both inclusive: a command's operands and results must not overlap
};

struct ArenaPlacement {
  std::vector<uint64_t> offsets;  ///< one for each request, multiples of `alignment`
  uint64_t bytes = 0;             ///< of the arena
  uint64_t bytesWithoutReuse = 0; ///< of an arena where every buffer has a place of its own
};

/// Places the largest buffers first, each in the smallest gap that holds it between buffers that are needed
/// at the same time, or after them. Not optimal; never worse than no reuse. Deterministic.
ArenaPlacement placeInArena(const std::vector<ArenaRequest> &requests, uint64_t alignment = 64);

} // namespace sennit
