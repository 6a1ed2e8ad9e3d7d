// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention of prompt rows over an f16 cache: 64 lines of queries stay in registers while tiles of keys and values pass
// through shared memory, with a running maximum and sum of each line. attention_prompt_f32.cuh is for f32 caches.
#pragma once

#include "attention_tiles.cuh"

namespace sennit {

/// What a warp's 16 lines have come to. A lane holds lines g and g + 8, g = lane / 4.
template <typename A> struct LineSums {
  float sums[2 * A::groups][4]; ///< of 8 dimensions each, as a product has them
  float largest[2];             ///< score, not yet scaled
  float total[2];               ///< of this lane's keys

  SENNIT_MEMBER void clear() {
    SENNIT_UNROLL
    for (int i = 0; i < 2 * A::groups; ++i)
      SENNIT_UNROLL
      for (int c = 0; c < 4; ++c)
        sums[i][c] = 0.0f;
    largest[0] = largest[1] = minus_infinity();
    total[0] = total[1] = 0.0f;
  }
};

/// The queries of a warp's 16 lines; in registers where there is room.
template <typename A> struct LineQueries {
  static constexpr bool held = A::padded <= 128;
  const unsigned char *lines;
  unsigned a[held ? A::groups : 1][4];
  SENNIT_MEMBER explicit LineQueries(const unsigned char *lines) : lines(lines) {
    if constexpr (held) {
      SENNIT_UNROLL
      for (int i = 0; i < A::groups; ++i)
        load_left(a[i], lines, A::query_stride, 16 * i);
    }
  }
  /// scores += queries x 16 keys.
  SENNIT_MEMBER void multiply(float (&low)[4], float (&high)[4], const unsigned char *keys) const {
    SENNIT_UNROLL
    for (int i = 0; i < A::groups; ++i) {
      const PackedPair b = load_packed(keys, 16 * i);
      if constexpr (held) {
        multiply_f16(low, a[i], b.low);
        multiply_f16(high, a[i], b.high);
      } else {
        unsigned left[4];
        load_left(left, lines, A::query_stride, 16 * i);
        multiply_f16(low, left, b.low);
        multiply_f16(high, left, b.high);
      }
    }
  }
};

SENNIT_DEVICE bool not_finite_f16(unsigned pair) {
  return (pair & 0x7c00u) == 0x7c00u || (pair & 0x7c000000u) == 0x7c000000u;
}

/// d += a b where only keys before a line's limit are multiplied, for 16 keys from `key` on of which some are not finite
/// numbers: a line's product is taken with the values that it may see, the others being zero. `limits` of lines g, g + 8.
SENNIT_DEVICE void multiply_limited(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2],
                                    const int (&limits)[2], int key) {
  const int g = lane_index() / 4, t = lane_index() % 4;
  float result[4] = {d[0], d[1], d[2], d[3]};
  SENNIT_NO_UNROLL
  for (int line = 0; line < 16; ++line) {
    const int limit = (line < 8 ? shuffle(limits[0], 4 * line) : shuffle(limits[1], 4 * (line - 8))) - key - 2 * t;
    unsigned seen[2];
    SENNIT_UNROLL
    for (int h = 0; h < 2; ++h)
      seen[h] = limit > 8 * h + 1 ? b[h] : limit > 8 * h ? b[h] & 0xffffu : 0u;
    float product[4] = {d[0], d[1], d[2], d[3]};
    multiply_f16(product, a, seen);
    if (line == g)
      result[0] = product[0], result[1] = product[1];
    if (line == g + 8)
      result[2] = product[2], result[3] = product[3];
  }
  SENNIT_UNROLL
  for (int c = 0; c < 4; ++c)
    d[c] = result[c];
}

/// Takes one tile of keys from `first` on. `limits`: keys of the segment that lines g and g + 8 may attend to; `edge`:
/// some line of the warp may not attend to all of the tile.
template <typename A>
SENNIT_DEVICE void take_keys(LineSums<A> &lines, const LineQueries<A> &queries, const float (&undo)[2],
                             const int (&limits)[2], bool edge, const unsigned char *keys, const unsigned char *values,
                             int first) {
  constexpr int tiles = A::prompt_keys / 16;
  const int t = lane_index() % 4;
  float scores[2 * tiles][4];
  float largest[2] = {minus_infinity(), minus_infinity()};
  SENNIT_UNROLL
  for (int i = 0; i < tiles; ++i) {
    SENNIT_UNROLL
    for (int c = 0; c < 4; ++c)
      scores[2 * i][c] = scores[2 * i + 1][c] = 0.0f;
    queries.multiply(scores[2 * i], scores[2 * i + 1], keys + i * A::padded * 32);
  }
  SENNIT_UNROLL
  for (int i = 0; i < 2 * tiles; ++i)
    SENNIT_UNROLL
    for (int c = 0; c < 4; ++c) {
      if (edge && first + 8 * i + 2 * t + c % 2 >= limits[c / 2])
        scores[i][c] = minus_infinity();
      largest[c / 2] = maximum(largest[c / 2], scores[i][c]);
    }
  float shift[2];
  SENNIT_UNROLL
  for (int h = 0; h < 2; ++h) {
    const float before = lines.largest[h], now = maximum(before, quad_maximum(largest[h]));
    // A line without a key so far: 0, so that no infinities are subtracted.
    const float base = now == minus_infinity() ? 0.0f : now;
    const float shrink = exp2_fast((before - base) * undo[h]);
    shift[h] = -(base * undo[h]);
    lines.largest[h] = now;
    lines.total[h] *= shrink;
    SENNIT_UNROLL
    for (int i = 0; i < 2 * A::groups; ++i) {
      lines.sums[i][2 * h] *= shrink;
      lines.sums[i][2 * h + 1] *= shrink;
    }
  }
  SENNIT_UNROLL
  for (int i = 0; i < tiles; ++i) {
    unsigned weights[4];
    SENNIT_UNROLL
    for (int part = 0; part < 2; ++part)
      SENNIT_UNROLL
      for (int h = 0; h < 2; ++h) {
        const float *score = scores[2 * i + part] + 2 * h;
        const float p = exp2_fast(fma(score[0], undo[h], shift[h])), q = exp2_fast(fma(score[1], undo[h], shift[h]));
        lines.total[h] += p;
        lines.total[h] += q;
        weights[2 * part + h] = pack_f16(p, q);
      }
    SENNIT_UNROLL
    for (int group = 0; group < A::groups; ++group) {
      const PackedPair b = load_packed(values + group * A::prompt_keys * 32, 16 * i);
      float(&low)[4] = lines.sums[2 * group], (&high)[4] = lines.sums[2 * group + 1];
      // A weight of zero does not hide a value that is not finite.
      if (edge && ballot(not_finite_f16(b.low[0]) || not_finite_f16(b.low[1]) || not_finite_f16(b.high[0]) ||
                         not_finite_f16(b.high[1])) != 0) {
        multiply_limited(low, weights, b.low, limits, first + 16 * i);
        multiply_limited(high, weights, b.high, limits, first + 16 * i);
      } else {
        multiply_f16(low, weights, b.low);
        multiply_f16(high, weights, b.high);
      }
    }
  }
}

/// Attention of the launch's rows over an f16 cache. q(row, kv_head, member, d) is the query of dimension d for head
/// `member` of the group, scaled as the scores are to be; store(row, kv_head, member, d, value) gets the output. A row
/// without a key gives 0 / 0. Work: any grid; memory: prompt_shared_bytes.
template <typename A, typename Q, typename Store>
SENNIT_DEVICE void attention_prompt(const Launch &launch, const StepKeys &step, const void *keys, const void *values,
                                    Q q, Store store) {
  static_assert(!A::f32, "an f16 cache");
  unsigned char *const buffers = shared_memory();
  unsigned char *const queries = buffers + 2 * (A::prompt_key_bytes + A::prompt_value_bytes) +
                                 16 * warp_index() * A::query_stride; // of this warp
  float *const undos = reinterpret_cast<float *>(buffers + 2 * (A::prompt_key_bytes + A::prompt_value_bytes) +
                                                 A::prompt_lines * A::query_stride) +
                       16 * warp_index();
  const int g = lane_index() / 4, t = lane_index() % 4;
  const LineTiles<A> tiles(rows_of(launch));
  for (long long item = block_index(); item < tiles.items; item += block_count()) {
    const LineTile tile = tiles.at(item);
    const int first_line = 16 * warp_index();
    store_queries_f16<A::head_dim, 16>(queries, A::query_stride, undos, [&](int i, int d) {
      const int line = first_line + i;
      return tile.holds(line)
                 ? q(tile.first_row + line / tile.heads, tile.kv_head, tile.first_head + line % tile.heads, d)
                 : 0.0f;
    });
    warp_barrier();
    const LineQueries<A> held(queries);
    LineSums<A> lines;
    lines.clear();
    float undo[2];
    int rows[2], positions[2];
    SENNIT_UNROLL
    for (int h = 0; h < 2; ++h) {
      const int line = first_line + g + 8 * h;
      undo[h] = undos[g + 8 * h];
      rows[h] = tile.holds(line) ? tile.first_row + line / tile.heads : -1;
      positions[h] = rows[h] < 0 ? 0 : load_global(step.positions + rows[h]);
    }
    warp_barrier();
    const int end_row = tile.first_row + tile.rows;
    for (int row = tile.first_row; row < end_row;) {
      const Run run = find_run(step, row, end_row);
      row = run.end;
      const int last = load_global(step.sequence_segments + run.sequence + 1) - 1;
      for (int index = load_global(step.sequence_segments + run.sequence); index <= last; ++index) {
        const RunSegment segment = segment_of(step, run, index, index == last);
        int limits[2], largest = 0, smallest = segment.keys;
        SENNIT_UNROLL
        for (int h = 0; h < 2; ++h) {
          limits[h] = rows[h] >= run.begin && rows[h] < run.end ? keys_of(segment, positions[h]) : 0;
          // Lines without a row may hold anything.
          if (rows[h] >= 0) {
            largest = most(largest, limits[h]);
            smallest = least(smallest, limits[h]);
          }
        }
        largest = warp_most(largest);
        smallest = -warp_most(-smallest);
        walk_segment<A>(buffers, static_cast<const unsigned char *>(keys), static_cast<const unsigned char *>(values),
                        segment, tile.kv_head, [&](const unsigned char *k, const unsigned char *v, int first) {
                          if (first < largest)
                            take_keys<A>(lines, held, undo, limits, smallest < first + A::prompt_keys, k, v, first);
                        });
      }
    }
    SENNIT_UNROLL
    for (int h = 0; h < 2; ++h) {
      const float total = quad_sum(lines.total[h]);
      const int line = first_line + g + 8 * h;
      if (rows[h] >= 0)
        SENNIT_UNROLL
        for (int i = 0; i < 2 * A::groups; ++i)
          SENNIT_UNROLL
          for (int c = 0; c < 2; ++c)
            if (const int d = 8 * i + 2 * t + c; d < A::head_dim)
              store(rows[h], tile.kv_head, tile.first_head + line % tile.heads, d, lines.sums[i][2 * h + c] / total);
    }
  }
}

} // namespace sennit
