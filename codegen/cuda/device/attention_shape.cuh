// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The shape of an attention kernel and the sizes that follow from it. Plain constants: the compiler reads them too, to
// say how a function is launched.
#pragma once

// Functions that give constants; the run-time compiler has no host functions.
#ifdef __CUDACC_RTC__
#define SENNIT_CONSTANT __device__ constexpr
#else
#define SENNIT_CONSTANT constexpr
#endif

namespace sennit {

/// Keys in a page of the cache, and in a block of a generated row; as in runtime/device/host/KernelAbi.h.
constexpr int attention_page = 32, attention_block = 256;
/// Threads of a block of every attention function: 4 warps.
constexpr int attention_threads = 128, attention_warps = 4;

/// What an attention kernel is made for. A work item of either form takes the query heads of one kv head together, as
/// many as its tile has lines; more of them are further items.
struct AttentionShape {
  int element_bytes; ///< of the cache: 2 (f16) or 4 (f32)
  int head_dim;      ///< of queries, keys and values
  int group;         ///< query heads that share a kv head
  int kv_heads;

  SENNIT_CONSTANT bool f32() const { return element_bytes == 4; }
  SENNIT_CONSTANT int groups() const { return (head_dim + 15) / 16; } ///< of 16 dimensions
  SENNIT_CONSTANT int padded() const { return groups() * 16; }
  SENNIT_CONSTANT int heads() const { return group * kv_heads; } ///< query heads
  SENNIT_CONSTANT long long key_page_bytes() const {
    return 1LL * kv_heads * attention_page * head_dim * element_bytes;
  }
  SENNIT_CONSTANT long long value_page_bytes() const {
    return 1LL * kv_heads * attention_page * padded() * element_bytes;
  }

  // --- Generated rows: an item is a block of keys, for the heads of one tile of 16 lines ---
  SENNIT_CONSTANT int partial_heads() const { return group < 16 ? group : 16; }
  SENNIT_CONSTANT int partial_chunks() const { return (group + 15) / 16; }
  /// Groups of 16 dimensions that a warp sums values of.
  SENNIT_CONSTANT int partial_groups() const { return (groups() + attention_warps - 1) / attention_warps; }
  /// 64 keys or values are four stages, one of each warp: the keys of a warp are 16 positions, its values all 64.
  SENNIT_CONSTANT int partial_stage_bytes() const { return partial_groups() * 64 * 16 * element_bytes; }
  SENNIT_CONSTANT int partial_stages() const {
    // With what else there is, within the 99 KiB of a block that devices of 8.6, 8.9 and 12.0 have.
    const int fit = 80 * 1024 / (attention_warps * partial_stage_bytes());
    return fit < 2 ? 2 : fit > 8 ? 8 : fit;
  }
  /// Bytes from one line of the queries to the next: an odd number of 16 bytes, so that loads meet all banks.
  SENNIT_CONSTANT int query_stride() const { return f32() ? padded() * 4 : padded() * 2 + 16; }
  SENNIT_CONSTANT int weight_stride() const { return f32() ? attention_block * 4 : attention_block * 2 + 16; }
  SENNIT_CONSTANT int partial_shared_bytes() const {
    return attention_warps * partial_stages() * partial_stage_bytes() + 16 * query_stride() + 16 * weight_stride() +
           (2 * attention_warps + 1) * 16 * 4;
  }
  SENNIT_CONSTANT int partial_blocks_per_sm() const { return partial_shared_bytes() > 112 * 1024 ? 1 : 2; }
  /// Device memory for the sums of `most_blocks` blocks of keys: of each block and head the dimensions, then of each
  /// the maximum and the sum.
  SENNIT_CONSTANT long long scratch_bytes(long long most_blocks) const {
    return most_blocks * heads() * (padded() + 2) * 4;
  }

  // --- Prompt rows: an item is a tile of lines, line i standing for head i % heads of row i / heads ---
  SENNIT_CONSTANT int prompt_warp_lines() const { return !f32() ? 16 : padded() > 128 ? 4 : 8; }
  SENNIT_CONSTANT int prompt_lines() const { return attention_warps * prompt_warp_lines(); }
  SENNIT_CONSTANT int prompt_heads() const { return group < prompt_lines() ? group : prompt_lines(); }
  SENNIT_CONSTANT int prompt_chunks() const { return (group + prompt_lines() - 1) / prompt_lines(); }
  SENNIT_CONSTANT int prompt_rows() const { return prompt_lines() / prompt_heads(); } ///< of a tile
  /// Keys that are taken together, counted from the segment's start.
  SENNIT_CONSTANT int prompt_keys() const { return f32() || padded() > 128 ? 32 : 64; }
  SENNIT_CONSTANT int prompt_key_bytes() const { return prompt_keys() * padded() * element_bytes + (f32() ? 64 : 0); }
  SENNIT_CONSTANT int prompt_value_bytes() const { return prompt_keys() * padded() * element_bytes; }
  SENNIT_CONSTANT int prompt_shared_bytes() const {
    return 2 * (prompt_key_bytes() + prompt_value_bytes()) + prompt_lines() * query_stride() +
           prompt_lines() * (f32() ? prompt_keys() * 4 : 4);
  }
  SENNIT_CONSTANT int prompt_blocks_per_sm() const { return prompt_shared_bytes() > 112 * 1024 ? 1 : 2; }
  /// Tiles of a kernel's launch for each tile of rows.
  SENNIT_CONSTANT int prompt_tiles() const { return kv_heads * prompt_chunks(); }
};

} // namespace sennit
