// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Linears of many rows, which are as fast as tensor cores multiply. A block has four warps, two by two, and a
// tile of weight rows by `N` tokens; steps of 32 k of both run through one ring. The sums of a part of K are
// joined to those before it in shared memory, each thread its own, so that they need no registers.
#pragma once

#include "contract.cuh"

namespace sennit {

/// Bytes of shared memory are many_shared_bytes(F, K, N, Weights); blocks of linear_threads threads; any
/// grid. N is 32, 64 or 128, Weights 1 or 2.
template <WeightFormat F, int K, int N, int Sections = 1, int Weights = 1> struct LinearMany {
  static_assert(N % 32 == 0 && (Weights == 1 || Weights == 2),
                "a warp has half of the tokens and of each weight");
  static constexpr OperandKind operand = operand_of(F);
  static constexpr int planes = operand_planes(operand), parts = k_parts(K), slots = many_slots(K);
  /// Tiles of 16 weight rows: of a block, of a block and one weight, of a warp, of a warp and one weight.
  static constexpr int block_tiles = many_weight_rows(F, N) / 16, weight_tiles = block_tiles / Weights;
  static constexpr int warp_tiles = block_tiles / 2, warp_weight_tiles = weight_tiles / 2;
  static constexpr int token_groups = N / 16; ///< of 8 tokens, of a warp
  static constexpr int step_bytes = weight_step_bytes(F), token_step_bytes = 512 * planes;
  static constexpr int slot_bytes = many_slot_bytes(F, N), tokens_at = block_tiles * step_bytes;
  static constexpr int warp_bytes = many_warp_bytes(F, K, N, Weights);
  static constexpr int steps = padded_k(K) / step_k;
  static constexpr long long tile_bytes = weight_tile_bytes(F, K);
  using Source = LinearWeights<Sections, Weights>;
  using Activations = ScratchActivations<operand, K>;

  const Source &weights; ///< of the caller, which outlives this
  Activations activations;
  int count; ///< rows
  int groups_of_tokens, items;
  int item, step = 0, filled = 0, used = 0; ///< the next step to copy and its slot; the next slot to use
  WeightCopy<F, K, weight_tiles, 1, linear_threads> copy;
  const unsigned char *from[Weights], *tokens_from; ///< the next step of the item's weights and tokens
  int tiles_left, tokens_left; ///< tiles of the section, and of 8 tokens, from the item's first on

  SENNIT_MEMBER LinearMany(const Source &weights, Activations activations, int count)
      : weights(weights), activations(activations), count(count), groups_of_tokens((count + N - 1) / N),
        items(groups_of_tokens * weights.template groups<weight_tiles>()), item(block_index()),
        copy(thread_index()) {}

  SENNIT_MEMBER unsigned char *slot(int index) const {
    return shared_memory() + 4 * warp_bytes + index * slot_bytes;
  }

  /// Groups of tokens change fastest: blocks that run together share weights, which come from memory once.
  SENNIT_MEMBER WeightTile<Weights> tile_of(int index) const {
    return weights.template group<weight_tiles>(index / groups_of_tokens, tile_bytes);
  }

  /// Turns to `item`, if there is such.
  SENNIT_MEMBER void turn() {
    if (item >= items)
      return;
    const WeightTile<Weights> tile = tile_of(item);
    SENNIT_UNROLL
    for (int w = 0; w < Weights; ++w)
      from[w] = tile.base[w];
    tiles_left = (tile.rows - tile.first_row + 15) / 16;
    const int first = item % groups_of_tokens * (N / 8), tile_of_thread = thread_index() / (32 * planes);
    tokens_from = activations.tile(first) + tile_of_thread * Activations::tile_bytes +
                  thread_index() % (32 * planes) * 16;
    tokens_left = (count + 7) / 8 - first - tile_of_thread;
  }
  /// Issues copies of the next step, if there is one; always ends a group.
  SENNIT_MEMBER void fill() {
    if (item < items) {
      unsigned char *place = slot(filled);
      SENNIT_UNROLL
      for (int w = 0; w < Weights; ++w) {
        copy.issue(place + w * weight_tiles * step_bytes, from[w], step, tiles_left);
        from[w] += step_bytes;
      }
      place += tokens_at + thread_index() * 16;
      SENNIT_UNROLL
      for (int i = 0; i < N / 8 * planes / 4; ++i) {
        const int n = i * 4 / planes; // tokens behind the last are zero: their sums are not used
        copy_async(place + i * (linear_threads * 16), tokens_from + n * Activations::tile_bytes,
                   n < tokens_left ? 16 : 0);
      }
      tokens_from += token_step_bytes;
      if (++step == steps) {
        step = 0;
        item += block_count();
        turn();
      }
    }
    commit_async();
    filled = filled + 1 == slots ? 0 : filled + 1;
  }

  SENNIT_MEMBER void multiply_step(float (&sums)[warp_tiles][token_groups][4],
                                   const unsigned char *place) const {
    const int lane = lane_index(), warp_row = warp_index() / 2, warp_column = warp_index() % 2;
    TokenFragment<operand> tokens[token_groups];
    SENNIT_UNROLL
    for (int n = 0; n < token_groups; ++n)
      tokens[n] = load_tokens<operand, 8>(
          place + tokens_at + (warp_column * token_groups + n) * token_step_bytes, lane);
    SENNIT_UNROLL
    for (int i = 0; i < warp_tiles; ++i) {
      const int weight = i / warp_weight_tiles, in_weight = i % warp_weight_tiles;
      const int index = weight * weight_tiles + warp_row * warp_weight_tiles + in_weight;
      const auto fragment = load_weights<F>(place + index * step_bytes, lane);
      SENNIT_UNROLL
      for (int n = 0; n < token_groups; ++n)
        multiply<operand, 0>(sums[i][n], fragment, tokens[n]);
      SENNIT_UNROLL
      for (int n = 0; n < token_groups; ++n)
        multiply<operand, 1>(sums[i][n], fragment, tokens[n]);
    }
  }

  SENNIT_MEMBER float *own_memory() const {
    return reinterpret_cast<float *>(shared_memory() + warp_index() * warp_bytes);
  }
  /// Calls f(sum, its place in shared memory) for each sum of this thread.
  template <typename F_>
  static SENNIT_MEMBER void each_sum(float (&sums)[warp_tiles][token_groups][4], float *own, F_ f) {
    SENNIT_UNROLL
    for (int j = 0; j < warp_tiles * token_groups * 4; ++j)
      f(sums[j / 4 / token_groups][j / 4 % token_groups][j % 4], own[j * 32 + lane_index()]);
  }

  /// Sums go through shared memory, 16 weight rows at a time, so that the epilogue is one loop and writes
  /// whole sectors.
  template <typename Use>
  SENNIT_MEMBER void finish(const float (&sums)[warp_tiles][token_groups][4], const WeightTile<Weights> &at,
                            int first_token, Use &use) const {
    constexpr int pitch = 20, warp_tokens = 8 * token_groups; // lanes 2t, g then write 32 banks
    const int lane = lane_index(), warp_row = warp_index() / 2,
              token_begin = first_token + warp_index() % 2 * warp_tokens;
    float *own = own_memory();
    SENNIT_UNROLL
    for (int i = 0; i < warp_weight_tiles; ++i) {
      warp_barrier();
      SENNIT_UNROLL
      for (int j = 0; j < Weights * token_groups * 4; ++j) {
        const int w = j / 4 / token_groups, n = j / 4 % token_groups, e = j % 4;
        const int token = w * warp_tokens + n * 8 + lane % 4 * 2 + e % 2;
        own[token * pitch + lane / 4 + e / 2 * 8] = sums[w * warp_weight_tiles + i][n][e];
      }
      warp_barrier();
      const int column = at.first_row + (warp_row * warp_weight_tiles + i) * 16 + lane % 16;
      const int end = smaller_of(warp_tokens, count - token_begin);
      if (column < at.rows) {
        SENNIT_NO_UNROLL
        for (int token = lane / 16; token < end; token += 2) {
          float values[Weights];
          const float scale = activations.scale(token_begin + token);
          SENNIT_UNROLL
          for (int w = 0; w < Weights; ++w)
            values[w] = own[(w * warp_tokens + token) * pitch + lane % 16] * scale;
          use_sums(use, at.section, column, token_begin + token, values);
        }
      }
    }
    warp_barrier();
  }

  /// Calls use(section, column, row, value of each weight ...) once for each element, rows from 0 to `count`
  /// - 1.
  template <typename Use>
  static SENNIT_MEMBER void run(const Source &weights, Activations activations, int count, Use use) {
    LinearMany self(weights, activations, count);
    self.turn();
    SENNIT_UNROLL
    for (int i = 0; i < slots - 1; ++i)
      self.fill();
    float *own = self.own_memory();
    for (int item = block_index(); item < self.items; item += block_count()) {
      float sums[warp_tiles][token_groups][4];
      SENNIT_NO_UNROLL
      for (int part = 0; part < parts; ++part) {
        each_sum(sums, own, [](float &sum, float &) { sum = 0.0f; });
        const int end = part_begin(K, part + 1) * 2;
        SENNIT_NO_UNROLL
        for (int step = part_begin(K, part) * 2; step < end; ++step) {
          wait_async<slots - 2>();
          block_barrier();
          self.fill();
          self.multiply_step(sums, self.slot(self.used));
          self.used = self.used + 1 == slots ? 0 : self.used + 1;
        }
        if (parts > 1 && part == 0)
          each_sum(sums, own, [](float &sum, float &before) { before = sum; });
        else if (parts > 1 && part < parts - 1)
          each_sum(sums, own, [](float &sum, float &before) { before = before + sum; });
        else if (parts > 1)
          each_sum(sums, own, [](float &sum, float &before) { sum = before + sum; });
      }
      self.finish(sums, self.tile_of(item), item % self.groups_of_tokens * N, use);
    }
  }
};

} // namespace sennit
