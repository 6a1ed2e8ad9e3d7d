// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/weights/Pack.h"

#include <cstdint>
#include <functional>
#include <span>

namespace sennit::weights {

/// A slice as it is stored: its rectangle, and its bytes in the weight's layout.
struct StoredSlice {
  SliceRange range;
  const uint8_t *data;
};

/// The joined form of a weight is that of one slice over all of it: [tile of 16 rows][all k], or [row][all k]
/// in Rows layout. Writes bytes [begin, end) of it. `slices` tile the weight's rows x k. Pure; thread-safe.
void joinSlices(schema::Format format, schema::Layout layout, int64_t k, std::span<const StoredSlice> slices,
                int64_t begin, int64_t end, uint8_t *out);

} // namespace sennit::weights
