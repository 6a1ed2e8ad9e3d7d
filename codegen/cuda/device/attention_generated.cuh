// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention of generated rows: attention_partial forms the sums of each block of 256 keys, attention_merge joins those
// of a row in ascending order. Between them, in Launch.scratch: of each block and query head `padded` sums, then of
// each the largest score (in units of log2) and the sum of the weights.
#pragma once

#include "attention_generated_f16.cuh"
#include "attention_generated_f32.cuh"

namespace sennit {

/// Attention of the launch's rows, in parts. A: Attention<...>; keys, values: the pools of the layer. q(row, kv_head,
/// member, d) is the query of dimension d for head `member` of the group, scaled as the scores are to be. Any grid;
/// attention_threads threads; shared memory: shape.partial_shared_bytes(); scratch: shape.scratch_bytes(blocks).
template <typename A, typename Q>
SENNIT_DEVICE void attention_partial(const Launch &launch, const StepKeys &step, const void *keys, const void *values,
                                     Q q) {
  if constexpr (A::f32)
    attention_partial_f32<A>(launch, step, keys, values, q);
  else
    attention_partial_f16<A>(launch, step, keys, values, q);
}

/// Joins the blocks of each row and query head; store(row, kv_head, member, d, value) gets the output. A row without a
/// key gives 0 / 0. Any grid; attention_threads threads; no shared memory.
template <typename A, typename Store> SENNIT_DEVICE void attention_merge(const Launch &launch, Store store) {
  constexpr int parts = (A::head_dim + 31) / 32, together = parts > 4 ? 2 : 4;
  const Rows rows = rows_of(launch);
  if (rows.count() <= 0)
    return;
  const int first = load_global(launch.row_blocks + rows.begin);
  const PartialSums<A> partial(launch, load_global(launch.row_blocks + rows.end) - first);
  const long long items = (long long)(rows.count()) * A::heads;
  for (long long item = block_index() * attention_warps + warp_index(); item < items;
       item += block_count() * attention_warps) {
    const int row = rows.begin + int(item / A::heads), head = int(item % A::heads);
    const int begin = load_global(launch.row_blocks + row) - first;
    const int end = load_global(launch.row_blocks + row + 1) - first;
    float largest = minus_infinity();
    for (int block = begin + lane_index(); block < end; block += 32)
      largest = maximum(largest, load_global(partial.weight(block, head)).x);
    largest = warp_maximum(largest);
    float total = 0.0f, sums[parts] = {};
    SENNIT_NO_UNROLL
    for (int block = begin; block < end; block += together) {
      float2 weights[together];
      float values[together][parts];
      SENNIT_UNROLL
      for (int i = 0; i < together; ++i) {
        // A block past the end is the last one again, and is not added.
        const int at = least(block + i, end - 1);
        weights[i] = load_global(partial.weight(at, head));
        SENNIT_UNROLL
        for (int part = 0; part < parts; ++part)
          if (32 * part + lane_index() < A::head_dim)
            values[i][part] = load_global(partial.sum(at, head) + 32 * part + lane_index());
          else
            values[i][part] = 0.0f;
      }
      SENNIT_UNROLL
      for (int i = 0; i < together; ++i)
        if (block + i < end) {
          const float weight = exp2_fast(weights[i].x - largest);
          total = fma(weights[i].y, weight, total);
          SENNIT_UNROLL
          for (int part = 0; part < parts; ++part)
            sums[part] = fma(values[i][part], weight, sums[part]);
        }
    }
    SENNIT_UNROLL
    for (int part = 0; part < parts; ++part) {
      const int d = 32 * part + lane_index();
      if (d < A::head_dim)
        store(row, head / A::group, head % A::group, d, sums[part] / total);
    }
  }
}

} // namespace sennit
