// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Copies pages of the KV cache over all layers, for sequences that were forked.
#pragma once

#include "launch.cuh"

namespace sennit {

/// The keys or the values of one layer, as in runtime/sequence/CacheLayout.h; page p is at base + p
/// page_bytes.
struct CachePool {
  unsigned char *base;  ///< aligned to 16
  long long page_bytes; ///< a multiple of 16
};

/// Operands: 0 the pages, i32: n, then n times from, to, where none is both copied from and copied to;
/// 1 CachePool [reserved 0]. Of rows nothing is read. Blocks of 256 threads, any number.
SENNIT_DEVICE void copy_pages_body(const Launch &launch) {
  const int *pages = operand<const int>(launch, 0);
  const CachePool *pools = operand<const CachePool>(launch, 1);
  const int pool_count = int(launch.reserved[0]), items = load_global(pages) * pool_count;
  for (int item = block_index(); item < items; item += block_count()) {
    const CachePool *pool = pools + item % pool_count;
    const int *pair = pages + 1 + item / pool_count * 2;
    unsigned char *base = load_global(&pool->base);
    const long long bytes = load_global(&pool->page_bytes);
    const uint4 *from = reinterpret_cast<const uint4 *>(base + load_global(pair) * bytes);
    uint4 *to = reinterpret_cast<uint4 *>(base + load_global(pair + 1) * bytes);
    for (int i = thread_index(); i < int(bytes / 16); i += 256)
      store_global(to + i, load_global(from + i));
  }
}

} // namespace sennit
