// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention of prompt rows over an f32 cache, in f32 with one rounding for a product and its sum: tensor cores have no
// operands of that many bits, and who asks for such a cache asks for them. A warp has 8 lines (4 where head_dim is more
// than 128); a lane scores key `lane` of a page for all of them, then sums dimensions lane, lane + 32, ...
#pragma once

#include "attention_tiles.cuh"

namespace sennit {

/// What a warp's lines have come to.
template <typename A> struct LineSumsF32 {
  static constexpr int lines = A::prompt_warp_lines, parts = (A::padded + 31) / 32;
  float sums[lines][parts];
  float largest[lines], total[lines]; ///< in all lanes; of this lane's keys
};

/// Scores of this lane's key.
template <typename A>
SENNIT_DEVICE void score_key_f32(float (&scores)[A::prompt_warp_lines], const float *queries, const float *keys) {
  const float *const key = keys + (lane_index() >> 4) * (A::padded * 16 + 16) + (lane_index() & 15);
  constexpr int together = A::head_dim % 4 == 0 ? 4 : 1;
  SENNIT_UNROLL
  for (int line = 0; line < A::prompt_warp_lines; ++line)
    scores[line] = 0.0f;
  SENNIT_NO_UNROLL
  for (int d = 0; d < A::head_dim; d += together) {
    float own[together];
    SENNIT_UNROLL
    for (int i = 0; i < together; ++i)
      own[i] = key[16 * (d + i)];
    SENNIT_UNROLL
    for (int line = 0; line < A::prompt_warp_lines; ++line) {
      const float *const of = queries + line * A::padded + d;
      if constexpr (together == 4) {
        const float4 four = *reinterpret_cast<const float4 *>(of);
        scores[line] = fma(four.x, own[0], scores[line]);
        scores[line] = fma(four.y, own[1], scores[line]);
        scores[line] = fma(four.z, own[2], scores[line]);
        scores[line] = fma(four.w, own[3], scores[line]);
      } else {
        scores[line] = fma(of[0], own[0], scores[line]);
      }
    }
  }
}

/// Takes one page of keys from `first` on; `weights` is the warp's own memory, [lines][32]. `limits`: keys of the
/// segment that each line may attend to, the same in all lanes; `edge`: some line may not attend to all of the page.
template <typename A>
SENNIT_DEVICE void take_keys_f32(LineSumsF32<A> &of, const float *queries, float *weights,
                                 const int (&limits)[A::prompt_warp_lines], bool edge, const float *keys,
                                 const float *values, int first) {
  using Sums = LineSumsF32<A>;
  float scores[Sums::lines];
  score_key_f32<A>(scores, queries, keys);
  SENNIT_UNROLL
  for (int line = 0; line < Sums::lines; ++line) {
    if (edge && first + lane_index() >= limits[line])
      scores[line] = minus_infinity();
    const float before = of.largest[line], now = maximum(before, warp_maximum(scores[line]));
    // A line without a key so far: 0, so that no infinities are subtracted.
    const float base = now == minus_infinity() ? 0.0f : now;
    const float shrink = exp2_fast(before - base), weight = exp2_fast(scores[line] - base);
    of.largest[line] = now;
    of.total[line] = of.total[line] * shrink + weight;
    SENNIT_UNROLL
    for (int part = 0; part < Sums::parts; ++part)
      of.sums[line][part] *= shrink;
    weights[32 * line + lane_index()] = weight;
  }
  warp_barrier();
  SENNIT_NO_UNROLL
  for (int key = 0; key < attention_page; ++key)
    SENNIT_UNROLL
    for (int part = 0; part < Sums::parts; ++part) {
      const int d = 32 * part + lane_index();
      const float value = d < A::padded ? values[(d / 16 * attention_page + key) * 16 + d % 16] : 0.0f;
      SENNIT_UNROLL
      for (int line = 0; line < Sums::lines; ++line)
        // A weight of zero does not hide a value that is not a finite number.
        if (!edge || first + key < limits[line])
          of.sums[line][part] = fma(weights[32 * line + key], value, of.sums[line][part]);
    }
  warp_barrier(); // the weights have been read
}

/// attention_prompt over an f32 cache.
template <typename A, typename Q, typename Store>
SENNIT_DEVICE void attention_prompt_f32(const Launch &launch, const StepKeys &step, const void *keys,
                                        const void *values, Q q, Store store) {
  static_assert(A::f32, "an f32 cache");
  using Sums = LineSumsF32<A>;
  constexpr int buffer_bytes = 2 * (A::prompt_key_bytes + A::prompt_value_bytes);
  unsigned char *const buffers = shared_memory();
  const int first_line = Sums::lines * warp_index();
  float *const queries = reinterpret_cast<float *>(buffers + buffer_bytes) + first_line * A::padded;
  float *const weights =
      reinterpret_cast<float *>(buffers + buffer_bytes + A::prompt_lines * A::query_stride) + first_line * 32;
  const LineTiles<A> tiles(rows_of(launch));
  for (long long item = block_index(); item < tiles.items; item += block_count()) {
    const LineTile tile = tiles.at(item);
    warp_barrier(); // the queries before these have been read
    for (int i = lane_index(); i < Sums::lines * A::head_dim; i += 32) {
      const int line = first_line + i / A::head_dim, d = i % A::head_dim;
      queries[i / A::head_dim * A::padded + d] =
          tile.holds(line)
              ? q(tile.first_row + line / tile.heads, tile.kv_head, tile.first_head + line % tile.heads, d) * log2_e
              : 0.0f;
    }
    warp_barrier();
    Sums lines;
    int rows[Sums::lines], positions[Sums::lines];
    SENNIT_UNROLL
    for (int i = 0; i < Sums::lines; ++i) {
      lines.largest[i] = minus_infinity();
      lines.total[i] = 0.0f;
      SENNIT_UNROLL
      for (int part = 0; part < Sums::parts; ++part)
        lines.sums[i][part] = 0.0f;
      rows[i] = tile.holds(first_line + i) ? tile.first_row + (first_line + i) / tile.heads : -1;
      positions[i] = rows[i] < 0 ? 0 : load_global(step.positions + rows[i]);
    }
    const int end_row = tile.first_row + tile.rows;
    for (int row = tile.first_row; row < end_row;) {
      const Run run = find_run(step, row, end_row);
      row = run.end;
      const int last = load_global(step.sequence_segments + run.sequence + 1) - 1;
      for (int index = load_global(step.sequence_segments + run.sequence); index <= last; ++index) {
        const RunSegment segment = segment_of(step, run, index, index == last);
        int limits[Sums::lines], largest = 0, smallest = segment.keys;
        SENNIT_UNROLL
        for (int i = 0; i < Sums::lines; ++i) {
          limits[i] = rows[i] >= run.begin && rows[i] < run.end ? keys_of(segment, positions[i]) : 0;
          // Lines without a row may hold anything.
          if (rows[i] >= 0) {
            largest = most(largest, limits[i]);
            smallest = least(smallest, limits[i]);
          }
        }
        walk_segment<A>(buffers, static_cast<const unsigned char *>(keys), static_cast<const unsigned char *>(values),
                        segment, tile.kv_head, [&](const unsigned char *k, const unsigned char *v, int first) {
                          const bool edge = smallest < first + attention_page;
                          if (first < largest)
                            take_keys_f32<A>(lines, queries, weights, limits, edge, reinterpret_cast<const float *>(k),
                                             reinterpret_cast<const float *>(v), first);
                        });
      }
    }
    SENNIT_UNROLL
    for (int i = 0; i < Sums::lines; ++i) {
      const float total = warp_sum(lines.total[i]);
      if (rows[i] >= 0)
        SENNIT_UNROLL
        for (int part = 0; part < Sums::parts; ++part)
          if (const int d = 32 * part + lane_index(); d < A::head_dim)
            store(rows[i], tile.kv_head, tile.first_head + (first_line + i) % tile.heads, d,
                  lines.sums[i][part] / total);
    }
  }
}

} // namespace sennit
