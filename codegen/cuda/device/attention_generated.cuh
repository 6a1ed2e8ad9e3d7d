// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention of generated rows: attention_partial forms the sums of each block of 256 keys, attention_merge joins those
// of a row in ascending order. Between them, in Launch.scratch: of each block and query head `padded` sums, then of
// each the largest score (in units of log2) and the sum of the weights.
//
// Both read the cache through f16 tensor cores here; attention_generated_f32.cuh is for f32 caches.
#pragma once

#include "attention_blocks.cuh"

namespace sennit {

/// Where the sums of block `block` and query head `head` are.
template <typename A> struct PartialSums {
  float *sums;     ///< [blocks][heads][padded]
  float2 *weights; ///< [blocks][heads]: maximum, sum
  SENNIT_MEMBER PartialSums(const Launch &launch, int blocks)
      : sums(reinterpret_cast<float *>(launch.scratch)),
        weights(reinterpret_cast<float2 *>(sums + (long long)(blocks)*A::heads * A::padded)) {}
  SENNIT_MEMBER float *sum(int block, int head) const {
    return sums + ((long long)(block)*A::heads + head) * A::padded;
  }
  SENNIT_MEMBER float2 *weight(int block, int head) const {
    return weights + (long long)(block)*A::heads + head;
  }
};

/// Places in the shared memory of attention_partial.
template <typename A> struct PartialMemory {
  unsigned char *ring, *queries, *weights;
  float *maxima, *totals; ///< [warp][16]
  float *undo;            ///< [16]
  SENNIT_MEMBER PartialMemory() {
    constexpr int ring_bytes = A::partial_stages * A::partial_stage_bytes;
    unsigned char *shared = shared_memory();
    ring = shared + warp_index() * ring_bytes;
    queries = shared + attention_warps * ring_bytes;
    weights = queries + 16 * A::query_stride;
    maxima = reinterpret_cast<float *>(weights + 16 * A::weight_stride);
    totals = maxima + attention_warps * 16;
    undo = totals + attention_warps * 16;
  }
};

/// Scores of the 16 keys of a warp in one stage: 16 lines by 16 keys.
template <typename A>
SENNIT_DEVICE void add_scores(float (&scores)[2][4], const unsigned char *queries, const unsigned char *keys) {
  SENNIT_UNROLL
  for (int d = 0; d < A::padded; d += 16) {
    unsigned a[4];
    load_left(a, queries, A::query_stride, d);
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

/// Adds the products of weights and values of one stage.
template <typename A>
SENNIT_DEVICE void add_values(float (&sums)[A::partial_groups][2][4], const unsigned char *weights,
                              const unsigned char *values, int first, int keys) {
  SENNIT_UNROLL
  for (int key = 0; key < 64; key += 16)
    if (first + key < keys) {
      unsigned a[4];
      load_left(a, weights, A::weight_stride, first + key);
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

/// Attention of the launch's rows over an f16 cache, in parts. q(row, kv_head, member, d) is the query of dimension d
/// for head `member` of the group, scaled as the scores are to be. Work: any grid; memory: partial_shared_bytes.
template <typename A, typename Q>
SENNIT_DEVICE void attention_partial(const Launch &launch, const StepKeys &step, const void *keys, const void *values,
                                     Q q) {
  static_assert(!A::f32, "an f16 cache");
  constexpr int groups = A::partial_groups, stages = A::partial_stages;
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
        add_scores<A>(scores[stage], memory.queries, ring.stage(0));
      if (stage == 3)
        store_weights<A>(scores, memory, now.keys);
      if (stage >= 4)
        add_values<A>(sums, memory.weights, ring.stage(0), 64 * (stage - 4), now.keys);
      ring.advance();
    }
    store_partial<A>(sums, memory, partial, now);
    now = next;
    // The next block's queries and maxima go where these were read.
    block_barrier();
  }
  wait_async<0>();
}

/// Joins the blocks of each row and query head; store(row, kv_head, member, d, value) gets the output. A row without a
/// key gives 0 / 0. Work: any grid; no shared memory.
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
