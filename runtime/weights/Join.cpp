// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/weights/Join.h"

#include <algorithm>
#include <cstring>

namespace sennit::weights {

void joinSlices(schema::Format format, schema::Layout layout, int64_t k, std::span<const StoredSlice> slices,
                int64_t begin, int64_t end, uint8_t *out) {
  const bool packed = layout == schema::Layout::Packed;
  const auto unitBytes = [&](int64_t columns) {
    return packed ? tileBytes(format, columns) : rowBytes(format, columns);
  };
  // A run of source bytes that stand at `place` of the joined form.
  const auto copy = [&](int64_t place, int64_t bytes, const uint8_t *from) {
    const int64_t first = std::max(place, begin), last = std::min(place + bytes, end);
    if (first < last)
      std::memcpy(out + (first - begin), from + (first - place), size_t(last - first));
  };
  const int64_t whole = unitBytes(k);
  for (const auto &[range, data] : slices) {
    const int64_t firstUnit = packed ? range.rowBegin / tileRows : range.rowBegin;
    const int64_t endUnit = packed ? tileCount(range.rowEnd) : range.rowEnd;
    const int64_t own = unitBytes(range.k());
    if (own == whole) {
      copy(firstUnit * whole, (endUnit - firstUnit) * whole, data);
      continue;
    }
    for (int64_t unit = std::max(firstUnit, begin / whole); unit < endUnit && unit * whole < end; ++unit)
      copy(unit * whole + unitBytes(range.kBegin), own, data + (unit - firstUnit) * own);
  }
}

} // namespace sennit::weights
