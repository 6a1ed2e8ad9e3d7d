// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Linears of few rows, which are as fast as weights arrive. A block has four warps; a warp works on one tile
// of 16 weight rows and one part of K, and streams it through a ring of its own, so that warps never wait for
// each other but where the parts of a tile are joined. LinearFew holds the activations of up to 8 rows in
// shared memory; LinearStream reads those of any number of rows from scratch through the ring.
#pragma once

#include "contract.cuh"

namespace sennit {

/// A warp's ring. It runs over all tiles of the warp without a break: the next tile's bytes are on their way
/// while the sums of this one are joined. Tokens: rows streamed with the weights, 0 or a multiple of 8.
template <WeightFormat F, int K, int Tokens, int Sections, int Weights> struct WarpRing {
  static constexpr OperandKind operand = operand_of(F);
  static constexpr int slots = ring_slots(F, Weights, Tokens),
                       slot_bytes = ring_slot_bytes(F, Weights, Tokens);
  static constexpr int weight_bytes = 2 * weight_step_bytes(F), warp_bytes = slots * slot_bytes;
  static constexpr int token_bytes = 2 * step_k * 8 * 2 * operand_planes(operand); ///< 8 rows of a block of k
  using Source = LinearWeights<Sections, Weights>;
  using Activations = ScratchActivations<operand, K>;

  const Source &weights;
  unsigned char *ring;
  const unsigned char *activations; ///< encoded rows in scratch, or null
  int token_tiles;                  ///< tiles of 8 rows there
  int item, items, stride, tiles;   ///< item = group of tokens x tiles + tile
  int begin, end, block;            ///< blocks of this warp's part of K; the next to copy
  int filled = 0, used = 0;         ///< slots
  WeightCopy<F, K, 1, 2, 32> copy;
  const unsigned char *from[Weights], *tokens_from; ///< the next block of the item's weights and tokens
  int tokens_left;                                  ///< tiles of 8 tokens from the item's first on

  /// Of the calling warp; `rows` of encoded activations, at `encoded` where they are streamed.
  SENNIT_MEMBER WarpRing(const Source &weights, unsigned char *rings, unsigned char *encoded, int rows)
      : weights(weights), ring(rings + warp_index() * warp_bytes), activations(encoded),
        token_tiles((rows + 7) / 8), copy(lane_index()) {
    constexpr int parts = k_parts(K), teams = 4 / parts;
    const int part = warp_index() % parts;
    tiles = weights.template groups<1>();
    items = Tokens > 0 ? (rows + larger_of(Tokens, 1) - 1) / larger_of(Tokens, 1) * tiles : tiles;
    item = block_index() * teams + warp_index() / parts;
    stride = block_count() * teams;
    begin = block = part_begin(K, part);
    end = part_begin(K, part + 1);
  }

  /// Turns to `item`, if there is such.
  SENNIT_MEMBER void turn() {
    if (item >= items)
      return;
    const auto tile = weights.template group<1>(item % tiles, weight_tile_bytes(F, K));
    SENNIT_UNROLL
    for (int w = 0; w < Weights; ++w)
      from[w] = tile.base[w] + begin * weight_bytes;
    if constexpr (Tokens > 0) {
      const int first = item / tiles * (Tokens / 8);
      tokens_from = activations + (long long)first * Activations::tile_bytes + begin * token_bytes;
      tokens_left = token_tiles - first;
    }
  }
  /// Issues copies of the next block, if there is one; always ends a group.
  SENNIT_MEMBER void fill() {
    if (item < items) {
      unsigned char *slot = ring + filled * slot_bytes;
      SENNIT_UNROLL
      for (int w = 0; w < Weights; ++w) {
        copy.issue(slot + w * weight_bytes, from[w], 2 * block, 1);
        from[w] += weight_bytes;
      }
      if constexpr (Tokens > 0) {
        SENNIT_UNROLL
        for (int q = 0; q < Tokens / 8 * token_bytes; q += 512) {
          const int n = q / token_bytes; // tokens behind the last are zero: their sums are not used
          copy_async(slot + Weights * weight_bytes + q + lane_index() * 16,
                     tokens_from + n * Activations::tile_bytes + q % token_bytes + lane_index() * 16,
                     n < tokens_left ? 16 : 0);
        }
        tokens_from += token_bytes;
      }
      if (++block == end) {
        block = begin;
        item += stride;
        turn();
      }
    }
    commit_async();
    filled = filled + 1 == slots ? 0 : filled + 1;
  }
  SENNIT_MEMBER void start() {
    turn();
    SENNIT_UNROLL
    for (int i = 0; i < slots - 1; ++i)
      fill();
  }
  /// The oldest block, complete; the slot of the one before is being filled.
  SENNIT_MEMBER const unsigned char *take() {
    wait_async<slots - 2>();
    warp_barrier();
    fill();
    const unsigned char *slot = ring + used * slot_bytes;
    used = used + 1 == slots ? 0 : used + 1;
    return slot;
  }
};

/// Sums of a tile and of Groups x 8 tokens, and the joining of the parts of K.
template <int Weights, int Groups> struct TileSums {
  float d[Weights][Groups][4];

  /// Calls use(row in tile, token, values) for each element once, by a thread of one of the `Parts` warps
  /// that share the tile; `exchange` is theirs, not read by a slower warp any more, and `id` a barrier.
  template <int Parts, typename F>
  SENNIT_MEMBER void for_each(float *exchange, int part, int id, int tokens, F use) const {
    const int lane = lane_index();
    if constexpr (Parts > 1) {
      SENNIT_UNROLL
      for (int j = 0; j < Weights * Groups * 4; ++j)
        exchange[(part * Weights * Groups * 4 + j) * 32 + lane] = d[j / 4 / Groups][j / 4 % Groups][j % 4];
      group_barrier(id, Parts * 32);
    }
    SENNIT_UNROLL
    for (int n = 0; n < Groups; ++n) {
      SENNIT_UNROLL
      for (int first = 0; first < 4; first += Parts) {
        const int i = Parts == 1 ? first : first + part, token = n * 8 + 2 * (lane % 4) + i % 2;
        if (token >= tokens)
          continue;
        float values[Weights];
        SENNIT_UNROLL
        for (int w = 0; w < Weights; ++w) {
          if constexpr (Parts == 1)
            values[w] = d[w][n][first];
          else {
            values[w] = 0.0f;
            SENNIT_UNROLL
            for (int p = 0; p < Parts; ++p) {
              const float part_sum = exchange[(((p * Weights + w) * Groups + n) * 4 + i) * 32 + lane];
              values[w] = p == 0 ? part_sum : values[w] + part_sum;
            }
          }
        }
        use(lane / 4 + i / 2 * 8, token, values);
      }
    }
  }
};

/// Bytes of shared memory are few_shared_bytes(F, K, R, Weights). Blocks of linear_threads threads; any grid.
///   linear.start();                                             // weights are on their way
///   linear.rows(count, [&](auto scope, int row) { linear.encode(scope, row, [&](int column) { ... }); });
///   linear.run([&](int section, int column, int row, float value) { ... });
/// Rows count from 0 to `count` - 1, count at most R.
template <WeightFormat F, int K, int R, int Sections = 1, int Weights = 1> struct LinearFew {
  static constexpr OperandKind operand = operand_of(F);
  static constexpr int parts = k_parts(K), teams = 4 / parts; ///< a team of warps shares a tile
  using Ring = WarpRing<F, K, 0, Sections, Weights>;
  using Held = SharedActivations<operand, K, R>;
  static constexpr int held_bytes = activation_tile_bytes(operand, K, R);

  const LinearWeights<Sections, Weights> &weights; ///< of the caller, which outlives this
  Ring ring;
  int first, count = 0; ///< the warp's first item; rows

  SENNIT_MEMBER explicit LinearFew(const LinearWeights<Sections, Weights> &given)
      : weights(given),
        ring(given, shared_memory() + held_bytes + 512 + exchange_bytes(K, Weights, 8), nullptr, 0),
        first(ring.item) {}
  SENNIT_MEMBER void start() { ring.start(); }

  /// Calls body(scope, row) for each row. The block's threads share one or two, which is sooner done; of
  /// more, a warp takes each.
  template <typename Body> SENNIT_MEMBER void rows(int rows, Body body) {
    count = rows;
    if (R <= 2 || rows <= 2) {
      const BlockRow scope{reinterpret_cast<float *>(shared_memory() + held_bytes)};
      SENNIT_NO_UNROLL
      for (int row = 0; row < rows; ++row)
        body(scope, row);
    } else if constexpr (R > 2) {
      SENNIT_NO_UNROLL
      for (int row = warp_index(); row < rows; row += 4)
        body(WarpRow{}, row);
    }
    block_barrier();
  }
  template <typename Scope, typename Value> SENNIT_MEMBER void encode(const Scope &scope, int row, Value f) {
    encode_row<operand, K>(scope, Held{shared_memory()}, row, f);
  }

  /// Calls use(section, column, row, value of each weight ...) once for each element.
  template <typename Use> SENNIT_MEMBER void run(Use use) {
    const int lane = lane_index(), team = warp_index() / parts, part = warp_index() % parts;
    const Held held{shared_memory()};
    constexpr int step_bytes = R * 64 * operand_planes(operand), exchange_floats = parts * Weights * 128;
    float *exchange =
        reinterpret_cast<float *>(shared_memory() + held_bytes + 512) + team * 2 * exchange_floats;
    int turn = 0;
    for (int item = first; item < ring.items; item += ring.stride) {
      TileSums<Weights, 1> sums{};
      SENNIT_NO_UNROLL
      for (int block = ring.begin; block < ring.end; ++block) {
        const unsigned char *slot = ring.take();
        SENNIT_UNROLL
        for (int step = 0; step < 2; ++step) {
          const auto tokens = load_tokens<operand, R>(held.base + (2 * block + step) * step_bytes, lane);
          SENNIT_UNROLL
          for (int w = 0; w < Weights; ++w) {
            const auto fragment = load_weights<F>(slot + (2 * w + step) * weight_step_bytes(F), lane);
            multiply<operand, 0>(sums.d[w][0], fragment, tokens);
            multiply<operand, 1>(sums.d[w][0], fragment, tokens);
          }
        }
      }
      const WeightTile<Weights> tile = weights.template group<1>(item, 0);
      sums.template for_each<parts>(exchange + turn * exchange_floats, part, 1 + team, count,
                                    [&](int row, int token, float (&values)[Weights]) {
                                      if (tile.first_row + row >= tile.rows)
                                        return;
                                      const float scale = held.scale(token);
                                      for (float &value : values)
                                        value *= scale;
                                      use_sums(use, tile.section, tile.first_row + row, token, values);
                                    });
      turn ^= 1;
    }
  }
};

/// Multiplies `count` encoded rows in scratch. Bytes of shared memory are stream_shared_bytes(F, K, Tokens,
/// Weights).
template <WeightFormat F, int K, int Tokens, int Sections = 1, int Weights = 1> struct LinearStream {
  static constexpr OperandKind operand = operand_of(F);
  static constexpr int parts = k_parts(K), teams = 4 / parts, groups = Tokens / 8;
  using Ring = WarpRing<F, K, Tokens, Sections, Weights>;
  using Activations = ScratchActivations<operand, K>;

  /// Calls use(section, column, row, value of each weight ...) once for each element, rows from 0 to `count`
  /// - 1.
  template <typename Use>
  static SENNIT_MEMBER void run(const LinearWeights<Sections, Weights> &weights, Activations activations,
                                int count, Use use) {
    const int lane = lane_index(), team = warp_index() / parts, part = warp_index() % parts;
    Ring ring(weights, shared_memory() + exchange_bytes(K, Weights, Tokens), activations.base, count);
    const int first = ring.item;
    ring.start();
    constexpr int exchange_floats = parts * Weights * groups * 128;
    float *exchange = reinterpret_cast<float *>(shared_memory()) + team * 2 * exchange_floats;
    int turn = 0;
    for (int item = first; item < ring.items; item += ring.stride) {
      TileSums<Weights, groups> sums{};
      SENNIT_NO_UNROLL
      for (int block = ring.begin; block < ring.end; ++block) {
        const unsigned char *slot = ring.take(), *rows = slot + Weights * Ring::weight_bytes;
        SENNIT_UNROLL
        for (int step = 0; step < 2; ++step) {
          TokenFragment<operand> tokens[groups];
          SENNIT_UNROLL
          for (int n = 0; n < groups; ++n)
            tokens[n] =
                load_tokens<operand, 8>(rows + n * Ring::token_bytes + step * (Ring::token_bytes / 2), lane);
          SENNIT_UNROLL
          for (int w = 0; w < Weights; ++w) {
            const auto fragment = load_weights<F>(slot + (2 * w + step) * weight_step_bytes(F), lane);
            SENNIT_UNROLL
            for (int n = 0; n < groups; ++n)
              multiply<operand, 0>(sums.d[w][n], fragment, tokens[n]);
            SENNIT_UNROLL
            for (int n = 0; n < groups; ++n)
              multiply<operand, 1>(sums.d[w][n], fragment, tokens[n]);
          }
        }
      }
      const WeightTile<Weights> tile = weights.template group<1>(item % ring.tiles, 0);
      const int first_token = item / ring.tiles * Tokens;
      sums.template for_each<parts>(exchange + turn * exchange_floats, part, 1 + team, count - first_token,
                                    [&](int row, int token, float (&values)[Weights]) {
                                      if (tile.first_row + row >= tile.rows)
                                        return;
                                      const float scale = activations.scale(first_token + token);
                                      for (float &value : values)
                                        value *= scale;
                                      use_sums(use, tile.section, tile.first_row + row, first_token + token,
                                               values);
                                    });
      turn ^= 1;
    }
  }
};

} // namespace sennit
