// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Kernels that measure the device itself, for calibration and for shares of what it can do: reading, copying and
// multiplying at full speed. Blocks of 256 threads, any number. Of rows nothing is read.
#pragma once

#include "launch.cuh"

namespace sennit {

constexpr int probe_threads = 256;
/// Loads of a thread that are under way at once.
constexpr int probe_loads = 4;

/// How many pieces of 16 bytes: reserved[0] is the low half, reserved[1] the high one.
SENNIT_DEVICE long long probe_pieces(const Launch &launch) {
  return (long long)launch.reserved[0] | (long long)launch.reserved[1] << 32;
}

/// Operands: 0 the pieces, 16 bytes each; 1 u32 [blocks x 256]: each thread's sum without carries (XOR) of the words
/// that it read.
SENNIT_DEVICE void probe_read_body(const Launch &launch) {
  const uint4 *pieces = operand<const uint4>(launch, 0);
  const long long count = probe_pieces(launch), stride = (long long)block_count() * probe_threads;
  const long long first = (long long)block_index() * probe_threads + thread_index();
  unsigned sum = 0;
  for (long long i = first; i < count; i += probe_loads * stride) {
    uint4 loaded[probe_loads];
    SENNIT_UNROLL
    for (int j = 0; j < probe_loads; ++j)
      loaded[j] = i + j * stride < count ? load_once(pieces + i + j * stride) : uint4{0, 0, 0, 0};
    SENNIT_UNROLL
    for (int j = 0; j < probe_loads; ++j)
      sum ^= loaded[j].x ^ loaded[j].y ^ loaded[j].z ^ loaded[j].w;
  }
  store_global(operand<unsigned>(launch, 1) + first, sum);
}

/// Operands: 0 the pieces, 1 where they go.
SENNIT_DEVICE void probe_copy_body(const Launch &launch) {
  const uint4 *pieces = operand<const uint4>(launch, 0);
  uint4 *copies = operand<uint4>(launch, 1);
  const long long count = probe_pieces(launch), stride = (long long)block_count() * probe_threads;
  for (long long i = (long long)block_index() * probe_threads + thread_index(); i < count; i += probe_loads * stride) {
    uint4 loaded[probe_loads];
    SENNIT_UNROLL
    for (int j = 0; j < probe_loads; ++j)
      if (i + j * stride < count)
        loaded[j] = load_once(pieces + i + j * stride);
    SENNIT_UNROLL
    for (int j = 0; j < probe_loads; ++j)
      if (i + j * stride < count)
        store_global(copies + i + j * stride, loaded[j]);
  }
}

/// Products of a warp that do not wait for each other.
constexpr int probe_products = 8;

/// Each warp does reserved[0] x probe_products products of 16 x 16 times 16 x 8 ones of f16, on registers alone.
/// Operand 0: f32 [blocks x 256]: each thread's sum of its results, 64 x reserved[0] x probe_products.
SENNIT_DEVICE void probe_multiply_body(const Launch &launch) {
  float sums[probe_products][4] = {};
  // Ones, read rather than written here, so that no compiler works it out.
  const unsigned one = pack_f16(float(launch.reserved[1]), float(launch.reserved[1]));
  const unsigned a[4] = {one, one, one, one}, b[2] = {one, one};
  SENNIT_NO_UNROLL
  for (unsigned turn = 0; turn < launch.reserved[0]; ++turn) {
    SENNIT_UNROLL
    for (int i = 0; i < probe_products; ++i)
      multiply_f16(sums[i], a, b);
  }
  float sum = 0;
  SENNIT_UNROLL
  for (int i = 0; i < probe_products; ++i)
    sum += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
  store_global(operand<float>(launch, 0) + block_index() * probe_threads + thread_index(), sum);
}

} // namespace sennit
