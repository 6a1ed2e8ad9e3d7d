// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/ArenaPlacement.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace sennit {

ArenaPlacement placeInArena(const std::vector<ArenaRequest> &requests, uint64_t alignment) {
  auto aligned = [&](uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
  std::vector<unsigned> order(requests.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
    return requests[a].bytes != requests[b].bytes ? requests[a].bytes > requests[b].bytes : a < b;
  });

  ArenaPlacement placement;
  placement.offsets.resize(requests.size());
  std::vector<unsigned> placed; // sorted by offset
  for (unsigned index : order) {
    const ArenaRequest &request = requests[index];
    uint64_t need = aligned(request.bytes), end = 0;
    std::optional<uint64_t> best;
    uint64_t bestGap = 0;
    for (unsigned other : placed) {
      if (requests[other].last < request.first || request.last < requests[other].first)
        continue;
      uint64_t begin = placement.offsets[other];
      if (begin >= end && begin - end >= need && (!best || begin - end < bestGap)) {
        best = end;
        bestGap = begin - end;
      }
      end = std::max(end, begin + aligned(requests[other].bytes));
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
