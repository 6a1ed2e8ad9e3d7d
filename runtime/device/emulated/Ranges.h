// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sennit::emulated {

/// Memory that kernels may use: [begin, end).
struct MemoryRange {
  uintptr_t begin = 0, end = 0;
  std::string name;
};

/// The ranges of a launch; immutable once made, so thread-safe.
class MemoryRanges {
public:
  /// In any order; none overlap.
  explicit MemoryRanges(std::vector<MemoryRange> ranges);

  /// The range that [place, place + bytes) lies in; null where it lies in none.
  const MemoryRange *find(uintptr_t place, size_t bytes) const;
  /// Where [place, place + bytes), which lies in no range, is: "8 bytes behind the 4096 bytes of 'arena'".
  std::string describe(uintptr_t place, size_t bytes) const;

private:
  std::vector<MemoryRange> sorted;
};

} // namespace sennit::emulated
