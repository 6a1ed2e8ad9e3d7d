// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The work items of prompt rows: tiles of lines of queries, the runs of one sequence in them, and the copies of the
// keys and values that a run walks.
#pragma once

#include "attention.cuh"

namespace sennit {

/// Lines of queries of one kv head: line i is head first_head + i % heads of row first_row + i / heads.
struct LineTile {
  int first_row, rows;
  int kv_head, first_head, heads;
  SENNIT_MEMBER bool holds(int line) const { return line < rows * heads; }
};

/// All tiles of a launch; the last rows first, since they have the most keys.
template <typename A> struct LineTiles {
  Rows rows;
  long long items;
  SENNIT_MEMBER explicit LineTiles(Rows rows)
      : rows(rows), items((long long)((rows.count() + A::prompt_rows - 1) / A::prompt_rows) * A::kv_heads *
                          A::prompt_chunks) {}
  SENNIT_MEMBER LineTile at(long long item) const {
    constexpr int across = A::kv_heads * A::prompt_chunks;
    const int part = int(item % across), tile = int((items - 1 - item) / across);
    LineTile lines;
    lines.first_row = rows.begin + tile * A::prompt_rows;
    lines.rows = least(A::prompt_rows, rows.end - lines.first_row);
    lines.kv_head = part / A::prompt_chunks;
    lines.first_head = part % A::prompt_chunks * A::prompt_heads;
    lines.heads = least(A::prompt_heads, A::group - lines.first_head);
    return lines;
  }
};

/// Rows [begin, end) of a step that are of one sequence.
struct Run {
  int begin, end, sequence;
  int last_position; ///< the largest of its rows
};

/// The run from row `begin` on, up to row `end` at most. All lanes of a warp.
SENNIT_DEVICE Run find_run(const StepKeys &step, int begin, int end) {
  Run run{begin, begin, load_global(step.row_sequence + begin), -1};
  for (int same = 32; same == 32;) {
    const int row = run.end + lane_index();
    const bool of = row < end && load_global(step.row_sequence + row) == run.sequence;
    const unsigned votes = ballot(of);
    same = count_bits(votes & ~(votes + 1)); // lanes before the first that is not
    if (lane_index() < same)
      run.last_position = most(run.last_position, load_global(step.positions + row));
    run.end += same;
  }
  run.last_position = warp_most(run.last_position);
  return run;
}

/// One segment as the rows of a run see it.
struct RunSegment {
  int keys;   ///< that any row of the run attends to
  bool last;  ///< a row attends to keys before its position + bound only
  int bound;
  const int *pages;
};

SENNIT_DEVICE RunSegment segment_of(const StepKeys &step, const Run &run, int segment, bool last) {
  RunSegment of;
  of.keys = load_global(step.segment_length + segment);
  of.last = last;
  of.bound = 1 - load_global(step.segment_first + segment);
  if (last)
    of.keys = least(of.keys, run.last_position + of.bound);
  of.pages = step.pages + load_global(step.segment_pages + segment);
  return of;
}

/// Keys of `segment` that a row at `position` attends to.
SENNIT_DEVICE int keys_of(const RunSegment &segment, int position) {
  return most(0, segment.last ? least(segment.keys, position + segment.bound) : segment.keys);
}

/// Starts to copy the keys of pages [first / 32, (first + prompt_keys) / 32) of a segment, by all threads of a block:
/// packed tiles [padded][16] of 16 keys each. Of pages past the segment's keys nothing is read.
template <typename A>
SENNIT_DEVICE void copy_keys(unsigned char *to, const unsigned char *pool, const RunSegment &segment, int first,
                             int kv_head) {
  constexpr int page_chunks = attention_page * A::head_dim * A::element_bytes / 16, half = page_chunks / 2;
  SENNIT_UNROLL
  for (int page = 0; page < A::prompt_keys / attention_page; ++page)
    if (first + page * attention_page < segment.keys) {
      const unsigned char *from =
          pool + load_global(segment.pages + first / attention_page + page) * A::key_page_bytes +
          kv_head * (long long)(page_chunks * 16);
      SENNIT_NO_UNROLL
    for (int chunk = thread_index(); chunk < page_chunks; chunk += attention_threads) {
        const int tile = 2 * page + chunk / half, in_tile = chunk % half;
        // The second tile of f32 is put aside by half the banks.
        const int place = A::f32 ? tile * (A::padded * 64 + 64) + 16 * in_tile
                                 : tile * A::padded * 32 + 16 * swizzled(in_tile);
        copy_async(to + place, from + 16 * chunk);
      }
      if (!A::f32) // rows past head_dim meet queries that are zero, and must be numbers
        for (int i = thread_index(); i < 4 * (A::padded - A::head_dim); i += attention_threads) {
          constexpr int extra = 2 * (A::padded - A::head_dim);
          const int tile = 2 * page + i / (extra ? extra : 1), in_tile = half + i % (extra ? extra : 1);
          copy_async(to + tile * A::padded * 32 + 16 * swizzled(in_tile), from, 0);
        }
    }
}

/// As copy_keys, of the values: for each group of 16 dimensions a packed tile [prompt_keys][16]. Values of keys that
/// no row attends to become zero: they will be multiplied.
template <typename A>
SENNIT_DEVICE void copy_values(unsigned char *to, const unsigned char *pool, const RunSegment &segment, int first,
                               int kv_head) {
  constexpr int group_chunks = attention_page * A::element_bytes, page_chunks = A::groups * group_chunks;
  SENNIT_UNROLL
  for (int page = 0; page < A::prompt_keys / attention_page; ++page) {
    const int start = first + page * attention_page;
    const unsigned char *from = pool;
    if (start < segment.keys)
      from += load_global(segment.pages + start / attention_page) * A::value_page_bytes +
              kv_head * (long long)(page_chunks * 16);
    SENNIT_NO_UNROLL
    for (int chunk = thread_index(); chunk < page_chunks; chunk += attention_threads) {
      const int group = chunk / group_chunks, in_group = page * group_chunks + chunk % group_chunks;
      const bool valid = start + chunk % group_chunks / A::element_bytes < segment.keys;
      copy_async(to + group * (A::prompt_keys * 16 * A::element_bytes) + 16 * (A::f32 ? in_group : swizzled(in_group)),
                 valid ? from + 16 * chunk : pool, valid ? 16 : 0);
    }
  }
}

/// Walks the keys of one segment: step(keys, values, first) is called by all threads for each tile of keys from `first`
/// on, while the next tile is on its way. `buffers` holds two of each.
template <typename A, typename Step>
SENNIT_DEVICE void walk_segment(unsigned char *buffers, const unsigned char *keys, const unsigned char *values,
                                const RunSegment &segment, int kv_head, Step step) {
  constexpr int bytes = A::prompt_key_bytes + A::prompt_value_bytes;
  if (segment.keys <= 0)
    return;
  block_barrier(); // the tiles before these have been read
  copy_keys<A>(buffers, keys, segment, 0, kv_head);
  copy_values<A>(buffers + A::prompt_key_bytes, values, segment, 0, kv_head);
  commit_async();
  SENNIT_NO_UNROLL
  for (int first = 0, now = 0; first < segment.keys; first += A::prompt_keys, now ^= 1) {
    wait_async<0>();
    block_barrier();
    unsigned char *const here = buffers + now * bytes, *const next = buffers + (now ^ 1) * bytes;
    if (first + A::prompt_keys < segment.keys) {
      copy_keys<A>(next, keys, segment, first + A::prompt_keys, kv_head);
      copy_values<A>(next + A::prompt_key_bytes, values, segment, first + A::prompt_keys, kv_head);
      commit_async();
    }
    step(here, here + A::prompt_key_bytes, first);
  }
}

} // namespace sennit
