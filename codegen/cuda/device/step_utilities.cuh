// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the runtime does on a device between the launches of a program.
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

/// Puts tokens that were drawn on the device into the step that follows: where a row's token is -1 - i, it
/// becomes drawn id i. Operands: 0 StepField.Tokens, i32 [T]; 1 the drawn ids, i32. Blocks of 256 threads.
SENNIT_DEVICE void resolve_tokens_body(const Launch &launch) {
  int *tokens = operand<int>(launch, 0);
  const int rows = load_global(launch.counts);
  for (int row = block_index() * 256 + thread_index(); row < rows; row += block_count() * 256)
    if (const int token = load_global(tokens + row); token < 0)
      store_global(tokens + row, load_global(operand<const int>(launch, 1) - 1 - token));
}

} // namespace sennit
