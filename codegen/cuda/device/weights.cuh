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

/// Copies steps [step, step + Steps) of a tile to shared memory; each of `Workers` threads its chunks,
/// `worker` being its number. What lies behind K becomes zero. The caller commits.
template <WeightFormat F, int K, int Steps, int Workers>
SENNIT_DEVICE void copy_weights(unsigned char *shared, const unsigned char *tile, int step, int worker) {
  constexpr int chunks = weight_step_bytes(F) / 16, total = int(weight_tile_bytes(F, K) / 16);
  SENNIT_UNROLL
  for (int first = 0; first < Steps * chunks; first += Workers) {
    const int q = first + worker;
    if ((Steps * chunks) % Workers != 0 && q >= Steps * chunks)
      continue;
    const bool inside = K % (Steps * step_k) == 0 || step * chunks + q < total;
    copy_async(shared + chunk_place<F>(q) * 16,
               tile + (inside ? (long long)step * (chunks * 16) + q * 16 : 0), inside ? 16 : 0);
  }
}

} // namespace sennit
