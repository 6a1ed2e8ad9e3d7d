// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/Ranges.h"

#include <algorithm>
#include <utility>

namespace sennit::emulated {

namespace {

std::string bytesOf(const MemoryRange &range) {
  return "the " + std::to_string(range.end - range.begin) + " bytes of '" + range.name + "'";
}

} // namespace

MemoryRanges::MemoryRanges(std::vector<MemoryRange> ranges) : sorted(std::move(ranges)) {
  std::sort(sorted.begin(), sorted.end(),
            [](const MemoryRange &a, const MemoryRange &b) { return a.begin < b.begin; });
}

const MemoryRange *MemoryRanges::find(uintptr_t place, size_t bytes) const {
  auto after = std::upper_bound(sorted.begin(), sorted.end(), place,
                                [](uintptr_t p, const MemoryRange &range) { return p < range.begin; });
  if (after == sorted.begin())
    return nullptr;
  const MemoryRange &range = *--after;
  return place < range.end && bytes <= range.end - place ? &range : nullptr;
}

std::string MemoryRanges::describe(uintptr_t place, size_t bytes) const {
  const MemoryRange *before = nullptr, *behind = nullptr;
  for (const MemoryRange &range : sorted) {
    if (range.begin <= place)
      before = &range;
    else if (!behind)
      behind = &range;
  }
  if (before && place < before->end)
    return "ends " + std::to_string(place + bytes - before->end) + " bytes behind " + bytesOf(*before);
  if (before && (!behind || place - before->end <= behind->begin - place))
    return std::to_string(place - before->end) + " bytes behind " + bytesOf(*before);
  if (behind)
    return std::to_string(behind->begin - place) + " bytes before " + bytesOf(*behind);
  return "there is no memory that kernels may use";
}

} // namespace sennit::emulated
