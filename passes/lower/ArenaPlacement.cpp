// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/ArenaPlacement.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace sennit {

ArenaPlacement placeInArena(const std::vector<uint64_t> &sizes,
                            const std::function<bool(unsigned, unsigned)> &conflict, uint64_t alignment) {
  auto aligned = [&](uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
  std::vector<unsigned> order(sizes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](unsigned a, unsigned b) { return sizes[a] != sizes[b] ? sizes[a] > sizes[b] : a < b; });

  ArenaPlacement placement;
  placement.offsets.resize(sizes.size());
  std::vector<unsigned> placed; // sorted by offset
  for (unsigned index : order) {
    uint64_t need = aligned(sizes[index]), end = 0;
    std::optional<uint64_t> best;
    uint64_t bestGap = 0;
    for (unsigned other : placed) {
      if (!conflict(index, other))
        continue;
      uint64_t begin = placement.offsets[other];
      if (begin >= end && begin - end >= need && (!best || begin - end < bestGap)) {
        best = end;
        bestGap = begin - end;
      }
      end = std::max(end, begin + aligned(sizes[other]));
    }
    uint64_t offset = best.value_or(end);
    placement.offsets[index] = offset;
    placement.bytes = std::max(placement.bytes, offset + need);
    placement.bytesWithoutReuse += need;
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [&](uint64_t value, unsigned other) { return value < placement.offsets[other]; }),
        index);
  }
  return placement;
}

} // namespace sennit
