// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The blocks of generated rows over an f16 cache: products on tensor cores, the heads of a group being the lines of
// one operand of 16. Each warp scores 16 of 64 keys and sums the values of a quarter of the dimensions, so that all it reads
// from the cache is its own; weights pass between warps in shared memory, once for a block of keys.
#pragma once

#include "attention_blocks.cuh"

namespace sennit {

/// Scores of the 16 keys of a warp in one stage: 16 lines by 16 keys; places as load_left and load_packed have them.
template <typename A>
SENNIT_DEVICE void add_scores(float (&scores)[2][4], const unsigned char *queries, const unsigned char *keys) {
  SENNIT_UNROLL
  for (int d = 0; d < A::padded; d += 16) {
    unsigned a[4];
    load_left(a, queries, d);
    const PackedPair b = load_packed(keys, d);
    multiply_f16(scores[0], a, b.low);
    multiply_f16(scores[1], a, b.high);
  }
}

/// Makes weights of a warp's scores, leaves them in shared memory, and the maxima and totals of all lines.
template <typename A>
SENNIT_DEVICE void store_weights(float (&scores)[4][2][4], const PartialMemory<A> &memory, int keys) {
  const int g = lane_index() / 4, t = lane_index() % 4, warp = warp_index();
  float largest[2] = {minus_infinity(), minus_infinity()};
  SENNIT_UNROLL
  for (int j = 0; j < 4; ++j)
    SENNIT_UNROLL
    for (int i = 0; i < 2; ++i)
      SENNIT_UNROLL
      for (int c = 0; c < 4; ++c) {
        const int key = 64 * j + 16 * warp + 8 * i + 2 * t + c % 2;
        if (key >= keys)
          scores[j][i][c] = minus_infinity();
        largest[c / 2] = maximum(largest[c / 2], scores[j][i][c]);
      }
  largest[0] = quad_maximum(largest[0]);
  largest[1] = quad_maximum(largest[1]);
  if (t == 0) {
    memory.maxima[16 * warp + g] = largest[0];
    memory.maxima[16 * warp + g + 8] = largest[1];
  }
  block_barrier();
  float undo[2], shift[2], total[2] = {0.0f, 0.0f};
  SENNIT_UNROLL
  for (int h = 0; h < 2; ++h) {
    const float *of = memory.maxima + g + 8 * h;
    largest[h] = maximum(maximum(of[0], of[16]), maximum(of[32], of[48]));
    undo[h] = memory.undo[g + 8 * h];
    shift[h] = -(largest[h] * undo[h]);
  }
  SENNIT_UNROLL
  for (int j = 0; j < 4; ++j)
    SENNIT_UNROLL
    for (int i = 0; i < 2; ++i)
      SENNIT_UNROLL
      for (int h = 0; h < 2; ++h) {
        const float p = exp2_fast(fma(scores[j][i][2 * h], undo[h], shift[h]));
        const float q = exp2_fast(fma(scores[j][i][2 * h + 1], undo[h], shift[h]));
        total[h] += p;
        total[h] += q;
        const int key = 64 * j + 16 * warp + 8 * i + 2 * t;
        *reinterpret_cast<unsigned *>(memory.weights + (g + 8 * h) * A::weight_stride + 2 * key) =
            pack_f16(p, q);
      }
  total[0] = quad_sum(total[0]);
  total[1] = quad_sum(total[1]);
  if (t == 0) {
    memory.totals[16 * warp + g] = total[0];
    memory.totals[16 * warp + g + 8] = total[1];
  }
  block_barrier();
}

/// Adds the products of weights and values of one stage; places as load_left and load_packed have them.
template <typename A>
SENNIT_DEVICE void add_values(float (&sums)[A::partial_groups][2][4], const unsigned char *weights,
                              const unsigned char *values, int first, int keys) {
  SENNIT_UNROLL
  for (int key = 0; key < 64; key += 16)
    if (first + key < keys) {
      unsigned a[4];
      load_left(a, weights, first + key);
      SENNIT_UNROLL
      for (int i = 0; i < A::partial_groups; ++i)
        if (warp_index() + attention_warps * i < A::groups) {
          const PackedPair b = load_packed(values + i * 64 * 32, key);
          multiply_f16(sums[i][0], a, b.low);
          multiply_f16(sums[i][1], a, b.high);
        }
    }
}

/// Writes what a block of keys came to.
template <typename A>
SENNIT_DEVICE void store_partial(const float (&sums)[A::partial_groups][2][4], const PartialMemory<A> &memory,
                                 const PartialSums<A> &partial, const KeyBlock &block) {
  const int g = lane_index() / 4, t = lane_index() % 4;
  const int first = block.kv_head * A::group + block.first_head;
  SENNIT_UNROLL
  for (int h = 0; h < 2; ++h)
    if (g + 8 * h < block.heads) {
      float *to = partial.sum(block.block, first + g + 8 * h);
      SENNIT_UNROLL
      for (int i = 0; i < A::partial_groups; ++i) {
        const int group = warp_index() + attention_warps * i;
        if (group < A::groups)
          SENNIT_UNROLL
          for (int n = 0; n < 2; ++n)
            store_global(reinterpret_cast<float2 *>(to + 16 * group + 8 * n + 2 * t),
                         float2{sums[i][n][2 * h], sums[i][n][2 * h + 1]});
      }
    }
  const int line = thread_index();
  if (line < block.heads) {
    const float *largest = memory.maxima + line, *total = memory.totals + line;
    const float most = maximum(maximum(largest[0], largest[16]), maximum(largest[32], largest[48]));
    store_global(partial.weight(block.block, first + line),
                 float2{most * memory.undo[line], ((total[0] + total[16]) + total[32]) + total[48]});
  }
}

/// attention_partial over an f16 cache.
template <typename A, typename Q>
SENNIT_DEVICE void attention_partial_f16(const Launch &launch, const StepKeys &step, const void *keys,
                                         const void *values, Q q) {
  static_assert(!A::f32, "an f16 cache");
  constexpr int groups = A::partial_groups, stages = A::partial_stages;
  const int query_lane = left_lane(A::query_stride), weight_lane = left_lane(A::weight_stride), packed = packed_lane();
  const KeyBlocks<A> blocks(launch, step);
  const PartialMemory<A> memory;
  const PartialSums<A> partial(launch, int(blocks.items / (A::kv_heads * A::partial_chunks)));
  KeyRing<A> ring{memory.ring, static_cast<const unsigned char *>(keys), static_cast<const unsigned char *>(values), 0};
  KeyBlock now = blocks.at(block_index());
  SENNIT_UNROLL
  for (int i = 0; i < stages - 1; ++i)
    ring.issue(i, now, i);
  // Lines without a head stay zero.
  for (int i = thread_index(); i < 16 * A::query_stride / 4; i += attention_threads)
    reinterpret_cast<unsigned *>(memory.queries)[i] = 0;
  if (thread_index() < 16)
    memory.undo[thread_index()] = 0.0f;
  block_barrier();
  while (now.item >= 0) {
    const KeyBlock next = blocks.at(now.item + block_count());
    for (int line = warp_index(); line < now.heads; line += attention_warps)
      store_queries_f16<A::head_dim, 1>(
          memory.queries + line * A::query_stride, A::query_stride, memory.undo + line,
          [&](int, int d) { return q(now.row, now.kv_head, now.first_head + line, d); });
    block_barrier();
    float scores[4][2][4] = {}, sums[groups][2][4] = {};
    SENNIT_UNROLL
    for (int stage = 0; stage < 8; ++stage) {
      wait_async<stages - 2>();
      warp_barrier();
      const int ahead = stage + stages - 1;
      ring.issue(stages - 1, ahead < 8 ? now : next, ahead % 8);
      if (stage < 4 && 64 * stage + 16 * warp_index() < now.keys)
        add_scores<A>(scores[stage], memory.queries + query_lane, ring.stage(0) + packed);
      if (stage == 3)
        store_weights<A>(scores, memory, now.keys);
      if (stage >= 4)
        add_values<A>(sums, memory.weights + weight_lane, ring.stage(0) + packed, 64 * (stage - 4), now.keys);
      ring.advance();
    }
    store_partial<A>(sums, memory, partial, now);
    now = next;
    // The next block's queries and maxima go where these were read.
    block_barrier();
  }
  wait_async<0>();
}

} // namespace sennit
