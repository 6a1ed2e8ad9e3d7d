// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention of prompt rows over an f16 cache: 64 lines of queries stay in registers while tiles of keys and values pass
// through shared memory, with a running maximum and sum of each line.
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
  const unsigned char *place;
  unsigned a[held ? A::groups : 1][4];
  SENNIT_MEMBER explicit LineQueries(const unsigned char *lines) : place(lines + left_lane(A::query_stride)) {
    if constexpr (held) {
      SENNIT_UNROLL
      for (int i = 0; i < A::groups; ++i)
        load_left(a[i], place, 16 * i);
    }
  }
  /// scores += queries x 16 keys; `keys` as load_packed has it.
  SENNIT_MEMBER void multiply(float (&low)[4], float (&high)[4], const unsigned char *keys) const {
    SENNIT_UNROLL
    for (int i = 0; i < A::groups; ++i) {
      const PackedPair b = load_packed(keys, 16 * i);
      if constexpr (held) {
        multiply_f16(low, a[i], b.low);
        multiply_f16(high, a[i], b.high);
      } else {
        unsigned left[4];
        load_left(left, place, 16 * i);
        multiply_f16(low, left, b.low);
        multiply_f16(high, left, b.high);
      }
    }
  }
};

/// Whether an f16 in the low 16 bits is not a finite number.
SENNIT_DEVICE bool non_finite(unsigned bits) { return (bits & 0x7c00u) == 0x7c00u; }

/// Two f16, zero in place of what is not finite.
SENNIT_DEVICE unsigned finite_pair(unsigned pair) {
  return (non_finite(pair) ? 0u : pair & 0xffffu) | (non_finite(pair >> 16) ? 0u : pair & 0xffff0000u);
}

/// Whether some of `bytes` bytes of f16 are not finite numbers. All lanes of a warp.
SENNIT_DEVICE bool holds_non_finite(const unsigned char *values, int bytes) {
  bool found = false;
  SENNIT_NO_UNROLL
  for (int at = 16 * lane_index(); at < bytes; at += 512) {
    const uint4 v = *reinterpret_cast<const uint4 *>(values + at);
    const unsigned words[4] = {v.x, v.y, v.z, v.w};
    SENNIT_UNROLL
    for (int i = 0; i < 4; ++i)
      found = found || non_finite(words[i]) || non_finite(words[i] >> 16);
  }
  return ballot(found) != 0;
}

/// lines.sums += weights x values of a tile whose first key is `first`, where some values are not finite: a weight of
/// zero does not hide those. First the products with zero in their place, which lines that do not see them get as
/// without; then key by key what is not finite, for the lines that may attend to the key: the sum of such a line is
/// not finite in whatever order. In place, since there is no room for a second set of sums.
template <typename A>
SENNIT_DEVICE void add_limited_values(LineSums<A> &lines, const unsigned (&weights)[A::prompt_keys / 16][4],
                                      const int (&limits)[2], const unsigned char *values, int packed, int first) {
  constexpr int tiles = A::prompt_keys / 16;
  SENNIT_UNROLL
  for (int i = 0; i < tiles; ++i)
    SENNIT_UNROLL
    for (int group = 0; group < A::groups; ++group) {
      PackedPair b = load_packed(values + packed + group * A::prompt_keys * 32, 16 * i);
      SENNIT_UNROLL
      for (int h = 0; h < 2; ++h) {
        b.low[h] = finite_pair(b.low[h]);
        b.high[h] = finite_pair(b.high[h]);
      }
      multiply_f16(lines.sums[2 * group], weights[i], b.low);
      multiply_f16(lines.sums[2 * group + 1], weights[i], b.high);
    }
  // Weights of 8 keys at a time stand at a constant place, so that all stay in registers.
  unsigned left[2 * tiles][2];
  SENNIT_UNROLL
  for (int i = 0; i < 2 * tiles; ++i)
    SENNIT_UNROLL
    for (int h = 0; h < 2; ++h)
      left[i][h] = weights[i / 2][i % 2 * 2 + h];
  const int t = lane_index() % 4;
  SENNIT_NO_UNROLL
  for (int key = 0; key < A::prompt_keys; ++key) {
    float weight[2];
    SENNIT_UNROLL
    for (int h = 0; h < 2; ++h) {
      const unsigned pair = shuffle(left[0][h], lane_index() - t + key % 8 / 2);
      weight[h] = f16_to_f32((unsigned short)(key % 2 ? pair >> 16 : pair));
    }
    SENNIT_UNROLL
    for (int n = 0; n < 2 * A::groups; ++n) {
      const unsigned pair = *reinterpret_cast<const unsigned *>(values + n / 2 * A::prompt_keys * 32 +
                                                                16 * swizzled(2 * key + n % 2) + 4 * t);
      SENNIT_UNROLL
      for (int c = 0; c < 4; ++c) {
        const unsigned bits = c % 2 ? pair >> 16 : pair;
        if (non_finite(bits) && first + key < limits[c / 2])
          lines.sums[n][c] += weight[c / 2] * f16_to_f32((unsigned short)(bits));
      }
    }
    if (key % 8 == 7)
      SENNIT_UNROLL
      for (int i = 0; i + 1 < 2 * tiles; ++i)
        SENNIT_UNROLL
        for (int h = 0; h < 2; ++h)
          left[i][h] = left[i + 1][h];
  }
}

/// Takes one tile of keys from `first` on. `limits`: keys of the segment that lines g and g + 8 may attend to; `edge`:
/// some line of the warp may not attend to all of the tile; `packed`: packed_lane().
template <typename A>
SENNIT_DEVICE void take_keys(LineSums<A> &lines, const LineQueries<A> &queries, const float (&undo)[2],
                             const int (&limits)[2], bool edge, const unsigned char *keys, const unsigned char *values,
                             int packed, int first) {
  constexpr int tiles = A::prompt_keys / 16;
  // Keys of this lane's columns that its lines may attend to, from the lane's first one on.
  const int own[2] = {limits[0] - first - 2 * (lane_index() % 4), limits[1] - first - 2 * (lane_index() % 4)};
  float scores[2 * tiles][4];
  float largest[2] = {minus_infinity(), minus_infinity()};
  SENNIT_UNROLL
  for (int i = 0; i < tiles; ++i) {
    SENNIT_UNROLL
    for (int c = 0; c < 4; ++c)
      scores[2 * i][c] = scores[2 * i + 1][c] = 0.0f;
    queries.multiply(scores[2 * i], scores[2 * i + 1], keys + packed + i * A::padded * 32);
  }
  SENNIT_UNROLL
  for (int i = 0; i < 2 * tiles; ++i)
    SENNIT_UNROLL
    for (int c = 0; c < 4; ++c) {
      if (edge && 8 * i + c % 2 >= own[c / 2])
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
  unsigned weights[tiles][4];
  SENNIT_UNROLL
  for (int i = 0; i < 2 * tiles; ++i)
    SENNIT_UNROLL
    for (int h = 0; h < 2; ++h) {
      const float p = exp2_fast(fma(scores[i][2 * h], undo[h], shift[h]));
      const float q = exp2_fast(fma(scores[i][2 * h + 1], undo[h], shift[h]));
      lines.total[h] += p;
      lines.total[h] += q;
      weights[i / 2][i % 2 * 2 + h] = pack_f16(p, q);
    }
  if (edge && holds_non_finite(values, A::prompt_value_bytes))
    return add_limited_values<A>(lines, weights, limits, values, packed, first);
  SENNIT_UNROLL
  for (int i = 0; i < tiles; ++i)
    SENNIT_UNROLL
    for (int group = 0; group < A::groups; ++group) {
      const PackedPair b = load_packed(values + packed + group * A::prompt_keys * 32, 16 * i);
      multiply_f16(lines.sums[2 * group], weights[i], b.low);
      multiply_f16(lines.sums[2 * group + 1], weights[i], b.high);
    }
}

/// attention_prompt over an f16 cache.
template <typename A, typename Q, typename Store>
SENNIT_DEVICE void attention_prompt_f16(const Launch &launch, const StepKeys &step, const void *keys,
                                        const void *values, Q q, Store store) {
  static_assert(!A::f32, "an f16 cache");
  unsigned char *const buffers = shared_memory();
  unsigned char *const queries = buffers + 2 * (A::prompt_key_bytes + A::prompt_value_bytes) +
                                 16 * warp_index() * A::query_stride; // of this warp
  float *const undos = reinterpret_cast<float *>(buffers + 2 * (A::prompt_key_bytes + A::prompt_value_bytes) +
                                                 A::prompt_lines * A::query_stride) +
                       16 * warp_index();
  const int g = lane_index() / 4, t = lane_index() % 4, packed = packed_lane();
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
                          const bool edge = smallest < first + A::prompt_keys;
                          if (first < largest)
                            take_keys<A>(lines, held, undo, limits, edge, k, v, packed, first);
                        });
      }
    }
    SENNIT_UNROLL
    for (int h = 0; h < 2; ++h) {
      const float total = quad_sum(lines.total[h]);
      const int line = first_line + g + 8 * h, first_d = unforeseen(2 * t);
      if (rows[h] >= 0)
        SENNIT_UNROLL
        for (int i = 0; i < 2 * A::groups; ++i)
          SENNIT_UNROLL
          for (int c = 0; c < 2; ++c)
            if (const int d = first_d + 8 * i + c; d < A::head_dim)
              store(rows[h], tile.kv_head, tile.first_head + line % tile.heads, d, lines.sums[i][2 * h + c] / total);
    }
  }
}

} // namespace sennit
