// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Where keys and values stand in the pages of the KV cache. Kernels are compiled against these strides;
// changing one is a new package format version.
#pragma once

#include "runtime/device/host/KernelAbi.h"
#include "runtime/schema/program_generated.h"

#include <cstdint>

namespace sennit {

/// One layer has a pool of key pages and a pool of value pages, page p of each at p times the page's bytes.
///   key page   [kv_heads][32 / 16][head_dim][16 positions]: 16 positions are a packed tile of 16 rows with k
///   = d value page [kv_heads][ceil(head_dim / 16)][32 positions][16 d]: a packed tile with k = position
struct CacheLayout {
  int64_t layers = 0, kvHeads = 0, headDim = 0, elementBytes = 2;

  static CacheLayout of(const schema::Cache &cache) {
    return {cache.layers(), cache.kv_heads(), cache.head_dim(),
            cache.format() == schema::Format::F32 ? 4 : 2};
  }

  int64_t headGroups() const { return (headDim + 15) / 16; }
  int64_t keyPageBytes() const { return kvHeads * pagePositions * headDim * elementBytes; }
  int64_t valuePageBytes() const { return kvHeads * headGroups() * pagePositions * 16 * elementBytes; }
  int64_t pageBytes() const { return layers * (keyPageBytes() + valuePageBytes()); } ///< over all layers

  /// Element offsets from a pool's base; slot = page * 32 + position in page.
  int64_t keyElement(int64_t slot, int64_t head, int64_t d) const {
    const int64_t page = slot / pagePositions, position = slot % pagePositions;
    return ((page * kvHeads + head) * (pagePositions / 16) + position / 16) * headDim * 16 + d * 16 +
           position % 16;
  }
  int64_t valueElement(int64_t slot, int64_t head, int64_t d) const {
    const int64_t page = slot / pagePositions, position = slot % pagePositions;
    return (((page * kvHeads + head) * headGroups() + d / 16) * pagePositions + position) * 16 + d % 16;
  }
};

} // namespace sennit
