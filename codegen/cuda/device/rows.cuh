// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The threads that work on one row together: a warp, or a block of 128 threads. A reduction runs on 128 virtual
// lanes: lane j takes columns j, 128 + j, ... ascending, then lanes j and j + 64, j + 32, j + 16, ... j + 1 are
// joined. So both give the same bytes.
#pragma once

#include "machine.cuh"

namespace sennit {

constexpr int virtual_lanes = 128;
/// Columns whose values a thread computes before it takes the first, so that their loads are under way together.
constexpr int row_batch = 16;

/// Whether column c of a batch exists; known without a comparison where batches fill the row.
template <int Columns> SENNIT_DEVICE bool inside(int c) {
  return Columns % (virtual_lanes * row_batch) == 0 || c < Columns;
}

/// What a reduction does. first() is its neutral element.
struct Sum {
  static SENNIT_MEMBER float first() { return 0.0f; }
  static SENNIT_MEMBER float take(float sum, float value) { return sum + value; }
  static SENNIT_MEMBER float join(float a, float b) { return a + b; }
};
struct SumSquares {
  static SENNIT_MEMBER float first() { return 0.0f; }
  static SENNIT_MEMBER float take(float sum, float value) { return fma(value, value, sum); }
  static SENNIT_MEMBER float join(float a, float b) { return a + b; }
};
struct Maximum {
  static SENNIT_MEMBER float first() { return float_of_bits(0xff800000u); }
  static SENNIT_MEMBER float take(float sum, float value) { return maximum(sum, value); }
  static SENNIT_MEMBER float join(float a, float b) { return maximum(a, b); }
};

/// One warp works on one row; other warps may be on other rows.
struct WarpRow {
  static constexpr int threads = 32;
  SENNIT_MEMBER int index() const { return lane_index(); }
  SENNIT_MEMBER void barrier() const { warp_barrier(); }

  /// Calls f(column) for each column in [0, Columns) once, by any thread.
  template <int Columns, typename F> SENNIT_MEMBER void for_each(F f) const {
    for (int c = lane_index(); c < Columns; c += 32)
      f(c);
  }
  /// The reduction of f(column) over [0, Columns), in all threads.
  template <typename Kind, int Columns, typename F> SENNIT_MEMBER float reduce(F f) const {
    float lanes[4] = {Kind::first(), Kind::first(), Kind::first(), Kind::first()};
    for (int begin = 0; begin < Columns; begin += 32 * row_batch) {
      float values[row_batch];
      SENNIT_UNROLL
      for (int i = 0; i < row_batch; ++i)
        if (const int c = begin + 32 * i + lane_index(); inside<Columns>(c))
          values[i] = f(c);
      SENNIT_UNROLL
      for (int i = 0; i < row_batch; ++i)
        if (const int c = begin + 32 * i + lane_index(); inside<Columns>(c))
          lanes[i % 4] = Kind::take(lanes[i % 4], values[i]);
    }
    float sum = Kind::join(Kind::join(lanes[0], lanes[2]), Kind::join(lanes[1], lanes[3]));
    SENNIT_UNROLL
    for (int step = 16; step > 0; step /= 2)
      sum = Kind::join(sum, shuffle_xor(sum, step));
    return sum;
  }
};

/// A block of 128 threads works on one row. `exchange` is 512 bytes of shared memory.
struct BlockRow {
  static constexpr int threads = 128;
  float *exchange;
  SENNIT_MEMBER int index() const { return thread_index(); }
  SENNIT_MEMBER void barrier() const { block_barrier(); }

  template <int Columns, typename F> SENNIT_MEMBER void for_each(F f) const {
    for (int c = thread_index(); c < Columns; c += threads)
      f(c);
  }
  template <typename Kind, int Columns, typename F> SENNIT_MEMBER float reduce(F f) const {
    float sum = Kind::first();
    for (int begin = 0; begin < Columns; begin += virtual_lanes * row_batch) {
      float values[row_batch];
      SENNIT_UNROLL
      for (int i = 0; i < row_batch; ++i)
        if (const int c = begin + virtual_lanes * i + thread_index(); inside<Columns>(c))
          values[i] = f(c);
      SENNIT_UNROLL
      for (int i = 0; i < row_batch; ++i)
        if (const int c = begin + virtual_lanes * i + thread_index(); inside<Columns>(c))
          sum = Kind::take(sum, values[i]);
    }
    // Lanes j, j + 64, j + 32 and j + 96 are in different warps: joined through shared memory.
    block_barrier();
    exchange[thread_index()] = sum;
    block_barrier();
    const int lane = lane_index();
    sum = Kind::join(Kind::join(exchange[lane], exchange[lane + 64]),
                     Kind::join(exchange[lane + 32], exchange[lane + 96]));
    SENNIT_UNROLL
    for (int step = 16; step > 0; step /= 2)
      sum = Kind::join(sum, shuffle_xor(sum, step));
    return sum;
  }
};

} // namespace sennit
