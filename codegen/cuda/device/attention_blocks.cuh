// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The work items of generated rows: blocks of 256 keys, found from StepField.RowBlocks; the ring of shared memory
// through which a warp gets their keys and values; and where sums stand.
#pragma once

#include "attention.cuh"

namespace sennit {

/// One block of keys of one row, for some query heads of one kv head. The same in all threads but for `page`.
struct KeyBlock {
  long long item; ///< negative: none
  int row;        ///< of the step
  int kv_head, first_head, heads; ///< query heads [first_head, first_head + heads) of the group
  int block;      ///< numbered from the first row of the launch
  int keys;       ///< that the row attends to
  int page;       ///< lane l: number of page l % 8 of the block
};

/// The row of [begin, end) that block `block` belongs to: the last one with no more blocks before it. All lanes.
SENNIT_DEVICE int find_row(const int *row_blocks, Rows rows, int block) {
  int low = rows.begin, high = rows.end;
  while (high - low > 1) {
    const int step = (high - low + 31) / 32, at = low + lane_index() * step;
    const bool before = at < high && load_global(row_blocks + at) <= block;
    low += (count_bits(ballot(before)) - 1) * step;
    high = least(high, low + step);
  }
  return low;
}

/// All items of a launch, for blocks of threads that take every block_count()-th.
template <typename A> struct KeyBlocks {
  const Launch &launch;
  const StepKeys &step;
  Rows rows;
  int first;       ///< blocks of keys before the launch's rows
  long long items; ///< blocks of keys x kv heads x parts of a group

  SENNIT_MEMBER KeyBlocks(const Launch &launch, const StepKeys &step)
      : launch(launch), step(step), rows(rows_of(launch)), first(0), items(0) {
    if (rows.count() > 0) {
      first = load_global(launch.row_blocks + rows.begin);
      const int blocks = load_global(launch.row_blocks + rows.end) - first;
      items = (long long)(blocks)*A::kv_heads * A::partial_chunks;
    }
  }

  SENNIT_MEMBER KeyBlock at(long long item) const {
    constexpr int chunks = A::partial_chunks, width = A::partial_heads;
    KeyBlock block{};
    block.item = item < items ? item : -1;
    if (block.item < 0)
      return block;
    const int part = int(item % (A::kv_heads * chunks));
    block.kv_head = part / chunks;
    block.first_head = part % chunks * width;
    block.heads = least(width, A::group - block.first_head);
    block.block = int(item / (A::kv_heads * chunks));
    block.row = find_row(launch.row_blocks, rows, first + block.block);
    int left = first + block.block - load_global(launch.row_blocks + block.row);
    const int sequence = load_global(step.row_sequence + block.row);
    const int last = load_global(step.sequence_segments + sequence + 1) - 1;
    for (int segment = load_global(step.sequence_segments + sequence);; ++segment) {
      int keys = load_global(step.segment_length + segment);
      if (segment == last)
        keys = least(keys, load_global(step.positions + block.row) - load_global(step.segment_first + segment) + 1);
      const int blocks = (keys + attention_block - 1) / attention_block;
      if (left < blocks || segment == last) {
        block.keys = most(0, least(keys - left * attention_block, attention_block));
        const int page = lane_index() % (attention_block / attention_page);
        if (page * attention_page < block.keys)
          block.page = load_global(step.pages + load_global(step.segment_pages + segment) +
                                   left * (attention_block / attention_page) + page);
        return block;
      }
      left -= blocks;
    }
  }
};

/// What a warp reads of a block of keys: 8 stages, each of 64 keys. Stage j < 4: keys 64 j + 16 w to 64 j + 16 w + 15
/// for warp w, as a packed tile [head_dim][16]. Stage 4 + j: for the groups of 16 dimensions w, w + 4, ... the values
/// of 64 keys, each a packed tile [64][16]. Warps do not wait for each other.
template <typename A> struct KeyRing {
  static constexpr int stages = A::partial_stages, stage_bytes = A::partial_stage_bytes;
  unsigned char *base; ///< of this warp
  const unsigned char *keys, *values;
  int slot; ///< of the next stage to be read

  SENNIT_MEMBER unsigned char *stage(int ahead) const {
    const int at = slot + ahead;
    return base + (at < stages ? at : at - stages) * stage_bytes;
  }
  SENNIT_MEMBER void advance() { slot = slot + 1 == stages ? 0 : slot + 1; }

  /// Starts to fill the stage `ahead` of the next one with stage `index` of `block`. Of keys behind the block's
  /// nothing is read; values up to the next multiple of 16 keys become zero, since they will be multiplied.
  SENNIT_MEMBER void issue(int ahead, const KeyBlock &block, int index) const {
    if (block.item >= 0) {
      if (index < 4)
        issue_keys(stage(ahead), block, index);
      else
        issue_values(stage(ahead), block, index - 4);
    }
    commit_async();
  }

private:
  SENNIT_MEMBER static int place(int chunk) { return A::f32 ? chunk : swizzled(chunk); }

  SENNIT_MEMBER void issue_keys(unsigned char *to, const KeyBlock &block, int index) const {
    constexpr int tile_bytes = 16 * A::head_dim * A::element_bytes;
    const int warp = warp_index(), page = shuffle(block.page, 2 * index + warp / 2);
    if (64 * index + 16 * warp >= block.keys)
      return;
    const unsigned char *from =
        keys + page * A::key_page_bytes + (block.kv_head * 2 + warp % 2) * (long long)(tile_bytes);
    for (int chunk = lane_index(); chunk < tile_bytes / 16; chunk += 32)
      copy_async(to + 16 * place(chunk), from + 16 * chunk);
    // Rows past head_dim meet queries that are zero, and must be numbers.
    if (!A::f32)
      for (int chunk = tile_bytes / 16 + lane_index(); chunk < A::padded * 2; chunk += 32)
        copy_async(to + 16 * place(chunk), from, 0);
  }

  SENNIT_MEMBER void issue_values(unsigned char *to, const KeyBlock &block, int index) const {
    constexpr int tile_bytes = 16 * attention_page * A::element_bytes;
    SENNIT_UNROLL
    for (int half = 0; half < 2; ++half) {
      const int page = shuffle(block.page, 2 * index + half), first = 64 * index + 32 * half;
      if (first < block.keys)
        for (int i = 0; i < A::partial_groups; ++i) {
          const int group = warp_index() + attention_warps * i;
          if (group >= A::groups)
            break;
          const unsigned char *from = values + page * A::value_page_bytes +
                                      (block.kv_head * A::groups + group) * (long long)(tile_bytes);
          for (int chunk = lane_index(); chunk < tile_bytes / 16; chunk += 32) {
            const int key = first + chunk / A::element_bytes;
            copy_async(to + (2 * i + half) * tile_bytes + 16 * place(chunk), from + 16 * chunk,
                       key < block.keys ? 16 : 0);
          }
        }
    }
  }
};

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

} // namespace sennit
