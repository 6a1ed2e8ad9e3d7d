// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Packed weights (runtime/weights/Pack.h) in device memory: one contiguous array of tiles of 16 rows, each
// tile contiguous along k, so that chunks of 16 bytes stream it in any format.
#pragma once

#include "linear_shapes.cuh"
#include "machine.cuh"

namespace sennit {

/// Element (row, k) of packed weights, widened as the CPU does: d q, d (q - 8) or d q + m (two roundings).
template <WeightFormat F, int K>
SENNIT_DEVICE float weight_element(const unsigned char *base, int row, int k) {
  const unsigned char *tile = base + row / 16 * weight_tile_bytes(F, K);
  const int lane = row % 16;
  if constexpr (F == WeightFormat::F32)
    return load_global(reinterpret_cast<const float *>(tile) + k * 16 + lane);
  if constexpr (F == WeightFormat::F16)
    return f16_to_f32(load_global(reinterpret_cast<const unsigned short *>(tile) + k * 16 + lane));
  if constexpr (F == WeightFormat::BF16)
    return bf16_to_f32(load_global(reinterpret_cast<const unsigned short *>(tile) + k * 16 + lane));
  if constexpr (is_block_format(F)) {
    const unsigned char *block = tile + k / 32 * weight_step_bytes(F);
    const unsigned short *scales = reinterpret_cast<const unsigned short *>(block);
    const unsigned char *quants = block + (F == WeightFormat::Q4_1 ? 64 : 32);
    const float d = f16_to_f32(load_global(scales + lane));
    const int j = k % 32;
    if constexpr (F == WeightFormat::Q8_0)
      return d * float((signed char)load_global(quants + j / 4 * 64 + lane * 4 + j % 4));
    const unsigned byte = load_global(quants + j % 16 / 4 * 64 + lane * 4 + j % 4);
    const float q = float(int(j < 16 ? byte & 15 : byte >> 4));
    if constexpr (F == WeightFormat::Q4_0)
      return d * (q - 8.0f);
    const float product = d * q;
    return product + f16_to_f32(load_global(scales + 16 + lane));
  }
}

/// Where chunk q (16 bytes) of a tile's step stands in shared memory: floats are swizzled, so that neither
/// load_matrices_transposed nor 32 loads of words meet in a bank.
template <WeightFormat F> SENNIT_DEVICE int chunk_place(int q) {
  if constexpr (F == WeightFormat::F32)
    return q ^ ((q >> 4 & 3) << 1);
  return is_block_format(F) ? q : q ^ (q >> 3 & 3);
}

/// How `Workers` threads copy `Steps` steps of each of `Tiles` tiles to shared memory, tile after tile: in
/// rounds, each thread a chunk in each. Places in one round follow from those in the first by a constant,
/// except in block formats, whose step is no power of two.
template <WeightFormat F, int K, int Tiles, int Steps, int Workers> struct WeightCopy {
  static constexpr int chunks = Steps * weight_step_bytes(F) / 16, all = Tiles * chunks;
  static constexpr int rounds = (all + Workers - 1) / Workers;
  static constexpr int tile_chunks = int(weight_tile_bytes(F, K) / 16);
  static constexpr bool periodic = F != WeightFormat::F32 || Workers % 64 == 0; ///< the swizzle, in Workers
  static constexpr bool regular = Tiles == 1 || Workers % chunks == 0 || chunks % Workers == 0;

  int worker, place;        ///< in the first round: byte in shared memory
  int source[rounds], from; ///< bytes behind a tile's step in device memory; `from` alone where regular

  SENNIT_MEMBER explicit WeightCopy(int worker) : worker(worker), place(chunk_place<F>(worker) * 16) {
    from = offset(worker);
    if constexpr (!regular) {
      SENNIT_UNROLL
      for (int i = 0; i < rounds; ++i)
        source[i] = offset(worker + i * Workers);
    }
  }
  /// Issues the copies of steps from `step` on, `base` being where that step of the first tile is; what lies
  /// behind K, and tiles from `tiles` on, become zero. The caller ends the group.
  SENNIT_MEMBER void issue(unsigned char *shared, const unsigned char *base, int step, int tiles) const {
    SENNIT_UNROLL
    for (int i = 0; i < rounds; ++i) {
      const int c = worker + i * Workers;
      if (all % Workers != 0 && c >= all)
        continue;
      const bool inside = (Tiles == 1 || c / chunks < tiles) &&
                          (K % block_k == 0 || step * (chunks / Steps) + c % chunks < tile_chunks);
      const int at = periodic ? place + i * (Workers * 16) : chunk_place<F>(c) * 16;
      copy_async(shared + at, base + (regular ? from + round_offset(i) : source[i]), inside ? 16 : 0);
    }
  }

private:
  static SENNIT_MEMBER int offset(int c) { return c / chunks * (tile_chunks * 16) + c % chunks * 16; }
  /// From a thread's chunk of round 0 to that of round i.
  static SENNIT_MEMBER int round_offset(int i) {
    return Tiles == 1 || chunks % Workers == 0
               ? i * Workers / chunks * (tile_chunks * 16) + i * Workers % chunks * 16
               : i * (Workers / chunks) * (tile_chunks * 16);
  }
};

} // namespace sennit
