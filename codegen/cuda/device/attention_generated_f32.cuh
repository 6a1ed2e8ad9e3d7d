// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The blocks of generated rows over an f32 cache: the same stages and sums as over an f16 one, in f32 with one
// rounding for a product and its sum, dimensions and keys ascending. A lane works on column lane % 16 of a packed tile,
// for the lines of its half of the warp: lane / 16, lane / 16 + 2, ...
#pragma once

#include "attention_blocks.cuh"

namespace sennit {

/// Scores of the 16 keys of a warp in one stage, into the weights' memory.
template <typename A>
SENNIT_DEVICE void store_scores_f32(float *scores, const float *queries, const float *keys, int first, int valid) {
  constexpr int lines = (A::partial_heads + 1) / 2;
  const int column = lane_index() & 15, half = lane_index() >> 4;
  float sums[lines] = {};
  for (int d = 0; d < A::head_dim; ++d) {
    const float key = keys[16 * d + column];
    SENNIT_UNROLL
    for (int i = 0; i < lines; ++i)
      sums[i] = fma(queries[(2 * i + half) * A::padded + d], key, sums[i]);
  }
  SENNIT_UNROLL
  for (int i = 0; i < lines; ++i)
    scores[(2 * i + half) * attention_block + first + column] = first + column < valid ? sums[i] : minus_infinity();
}

/// Makes weights of the scores of all lines; a warp takes lines w, w + 4, ...
template <typename A> SENNIT_DEVICE void make_weights_f32(const PartialMemory<A> &memory, int heads, int valid) {
  float *const scores = reinterpret_cast<float *>(memory.weights);
  for (int line = warp_index(); line < heads; line += attention_warps) {
    float *const of = scores + line * attention_block;
    float own[attention_block / 32], largest = minus_infinity(), total = 0.0f;
    SENNIT_UNROLL
    for (int i = 0; i < attention_block / 32; ++i) {
      // Tiles without a key were not scored.
      own[i] = 32 * i + lane_index() < valid ? of[32 * i + lane_index()] : minus_infinity();
      largest = maximum(largest, own[i]);
    }
    largest = warp_maximum(largest);
    SENNIT_UNROLL
    for (int i = 0; i < attention_block / 32; ++i) {
      const float weight = exp2_fast(own[i] - largest);
      of[32 * i + lane_index()] = weight;
      total += weight;
    }
    total = warp_sum(total);
    if (lane_index() == 0) {
      memory.maxima[line] = largest;
      memory.totals[line] = total;
    }
  }
}

/// attention_partial over an f32 cache.
template <typename A, typename Q>
SENNIT_DEVICE void attention_partial_f32(const Launch &launch, const StepKeys &step, const void *keys,
                                         const void *values, Q q) {
  static_assert(A::f32, "an f32 cache");
  constexpr int groups = A::partial_groups, stages = A::partial_stages, lines = (A::partial_heads + 1) / 2;
  const int column = lane_index() & 15, half = lane_index() >> 4;
  const KeyBlocks<A> blocks(launch, step);
  const PartialMemory<A> memory;
  const PartialSums<A> partial(launch, int(blocks.items / (A::kv_heads * A::partial_chunks)));
  KeyRing<A> ring{memory.ring, static_cast<const unsigned char *>(keys), static_cast<const unsigned char *>(values), 0};
  float *const queries = reinterpret_cast<float *>(memory.queries);
  float *const weights = reinterpret_cast<float *>(memory.weights);
  KeyBlock now = blocks.at(block_index());
  SENNIT_UNROLL
  for (int i = 0; i < stages - 1; ++i)
    ring.issue(i, now, i);
  // Lines without a head stay zero.
  for (int i = thread_index(); i < 16 * A::padded; i += attention_threads)
    queries[i] = 0.0f;
  block_barrier();
  while (now.item >= 0) {
    const KeyBlock next = blocks.at(now.item + block_count());
    for (int i = thread_index(); i < now.heads * A::head_dim; i += attention_threads)
      queries[i / A::head_dim * A::padded + i % A::head_dim] =
          q(now.row, now.kv_head, now.first_head + i / A::head_dim, i % A::head_dim) * log2_e;
    block_barrier();
    float sums[groups][lines] = {};
    SENNIT_UNROLL
    for (int stage = 0; stage < 8; ++stage) {
      wait_async<stages - 2>();
      warp_barrier();
      const int ahead = stage + stages - 1;
      ring.issue(stages - 1, ahead < 8 ? now : next, ahead % 8);
      const float *const tile = reinterpret_cast<const float *>(ring.stage(0));
      const int first = 64 * (stage % 4);
      if (stage < 4 && first + 16 * warp_index() < now.keys)
        store_scores_f32<A>(weights, queries, tile, first + 16 * warp_index(), now.keys);
      if (stage == 3) {
        block_barrier();
        make_weights_f32<A>(memory, now.heads, now.keys);
        block_barrier();
      }
      if (stage >= 4)
        for (int key = 0; key < least(64, now.keys - first); ++key)
          SENNIT_UNROLL
          for (int i = 0; i < groups; ++i)
            if (warp_index() + attention_warps * i < A::groups) {
              const float value = tile[(64 * i + key) * 16 + column];
              SENNIT_UNROLL
              for (int line = 0; line < lines; ++line)
                sums[i][line] = fma(weights[(2 * line + half) * attention_block + first + key], value, sums[i][line]);
            }
      ring.advance();
    }
    const int head = now.kv_head * A::group + now.first_head;
    SENNIT_UNROLL
    for (int i = 0; i < groups; ++i)
      SENNIT_UNROLL
      for (int line = 0; line < lines; ++line)
        if (warp_index() + attention_warps * i < A::groups && 2 * line + half < now.heads)
          store_global(partial.sum(now.block, head + 2 * line + half) + column +
                           16 * (warp_index() + attention_warps * i),
                       sums[i][line]);
    if (thread_index() < now.heads)
      store_global(partial.weight(now.block, head + thread_index()),
                   float2{memory.maxima[thread_index()], memory.totals[thread_index()]});
    now = next;
    // The next block's queries and scores go where these were read.
    block_barrier();
  }
  wait_async<0>();
}

} // namespace sennit
