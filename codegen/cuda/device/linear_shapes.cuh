// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Numbers of linears that kernels and whoever emits and launches them must agree on: formats, the order of
// sums along K, and bytes of shared memory and scratch. Plain C++ without includes, for the host, too.
#pragma once

#ifdef __CUDACC__
#define SENNIT_SHAPE static __host__ __device__ constexpr
#else
#define SENNIT_SHAPE static constexpr
#endif

namespace sennit {

/// Formats of packed weights (runtime/weights/Pack.h).
enum class WeightFormat { F32, F16, BF16, Q8_0, Q4_0, Q4_1 };
/// d, m and integers for each 32 k.
SENNIT_SHAPE bool is_block_format(WeightFormat format) {
  return format == WeightFormat::Q8_0 || format == WeightFormat::Q4_0 || format == WeightFormat::Q4_1;
}

/// What a contraction multiplies. F16: activations are scaled by a power of two for each row, so that none
/// overflows. Split: each value is a sum of two bf16, high and low, and three of the four products are added:
/// about 16 bits of either operand count, at a third of the rate of bf16; one TF32 product would keep 11.
enum class OperandKind { F16, BF16, Split };

SENNIT_SHAPE OperandKind operand_of(WeightFormat format) {
  return format == WeightFormat::F32    ? OperandKind::Split
         : format == WeightFormat::BF16 ? OperandKind::BF16
                                        : OperandKind::F16;
}
/// Copies of an activation: high and low parts, or one.
SENNIT_SHAPE int operand_planes(OperandKind operand) {
  return operand == OperandKind::Split ? 2 : 1;
}

SENNIT_SHAPE int smaller_of(int a, int b) {
  return a < b ? a : b;
}
SENNIT_SHAPE int larger_of(int a, int b) {
  return a > b ? a : b;
}
SENNIT_SHAPE int round_up(int value, int to) {
  return (value + to - 1) / to * to;
}

// --- K
// ------------------------------------------------------------------------------------------------------ A
// step is 32 k, two products of mma; a block is two steps. Each element of a result is, for each part of K,
// one chain of products, k ascending, from zero; then (part 0 + part 1) + part 2 ... So its bytes depend on K
// alone.
constexpr int step_k = 32, block_k = 64;

/// K with the zeros behind it that all variants multiply, too.
SENNIT_SHAPE int padded_k(int k) {
  return round_up(k, block_k);
}
/// Parts of K that are summed apart, so that a few tiles of weights can keep a device busy: as many as the
/// warps of a block once each has 256 k, of K alone so that no partition of the rows changes a byte.
SENNIT_SHAPE int k_parts(int k) {
  return k >= 1024 ? 4 : k >= 256 ? 2 : 1;
}
/// First block of a part; part k_parts(k) is the end. No part is empty.
SENNIT_SHAPE int part_begin(int k, int part) {
  const int blocks = padded_k(k) / block_k, each = (blocks + k_parts(k) - 1) / k_parts(k);
  return smaller_of(part * each, blocks);
}

/// Bytes of 16 rows of one step.
SENNIT_SHAPE int weight_step_bytes(WeightFormat format) {
  return format == WeightFormat::F32    ? 2048
         : format == WeightFormat::Q8_0 ? 544
         : format == WeightFormat::Q4_0 ? 288
         : format == WeightFormat::Q4_1 ? 320
                                        : 1024;
}
/// Bytes of 16 rows of all k.
SENNIT_SHAPE long long weight_tile_bytes(WeightFormat format, int k) {
  return (long long)k * weight_step_bytes(format) / step_k;
}

// --- Encoded activations
// ------------------------------------------------------------------------------------
/// Bytes of `rows` (1, 2, 4 or 8) encoded rows that stand together (activations.cuh).
SENNIT_SHAPE int activation_tile_bytes(OperandKind operand, int k, int rows) {
  return rows * padded_k(k) * 2 * operand_planes(operand) +
         (operand == OperandKind::F16 ? round_up(rows * 4, 16) : 0);
}
/// Bytes of scratch for the encoded rows of a launch of at most `rows` rows.
SENNIT_SHAPE long long activation_scratch_bytes(OperandKind operand, int k, long long rows) {
  return (rows + 7) / 8 * activation_tile_bytes(operand, k, 8);
}

// --- Few rows: LinearFew and LinearStream of linear_few.cuh
// ---------------------------------------------------
constexpr int linear_threads = 128;

/// Bytes of one slot of a warp's ring: a block of each of `weights` tiles, and of `tokens` streamed rows.
SENNIT_SHAPE int ring_slot_bytes(WeightFormat format, int weights, int tokens) {
  return 2 * weights * weight_step_bytes(format) + tokens * block_k * 2 * operand_planes(operand_of(format));
}
/// Slots of a warp's ring; all but one are being filled. 12 KiB a warp, 3 to 16 slots.
SENNIT_SHAPE int ring_slots(WeightFormat format, int weights, int tokens) {
  return larger_of(3, smaller_of(16, (12 << 10) / ring_slot_bytes(format, weights, tokens)));
}
/// Parts are joined through this: two sets, for each warp, of 4 sums a lane for each weight and 8 tokens.
SENNIT_SHAPE int exchange_bytes(int k, int weights, int tokens) {
  return k_parts(k) == 1 ? 0 : 2 * 4 * 512 * weights * (larger_of(tokens, 8) / 8);
}
/// Shared memory of LinearFew<format, k, rows, weights>: activations, 512 bytes for BlockRow, exchange,
/// rings.
SENNIT_SHAPE int few_shared_bytes(WeightFormat format, int k, int rows, int weights) {
  return activation_tile_bytes(operand_of(format), k, rows) + 512 + exchange_bytes(k, weights, 8) +
         4 * ring_slots(format, weights, 0) * ring_slot_bytes(format, weights, 0);
}
/// Most rows (8, 4, 2, 1) that LinearFew is good for. Each block computes the prologue of all of them again,
/// from the second cache: up to 8192 columns in all that hides behind the first weights; beyond, a function
/// that encodes rows once and LinearStream are faster. 0: one row does not fit the shared memory that blocks
/// of all architectures have; LinearStream has no such limit.
SENNIT_SHAPE int few_rows(WeightFormat format, int k) {
  for (int rows = 8; rows > 0; rows /= 2)
    if ((rows == 1 || rows * k <= 8192) && few_shared_bytes(format, k, rows, 2) <= 163 << 10)
      return rows;
  return 0;
}
/// Shared memory of LinearStream<format, k, tokens, weights>.
SENNIT_SHAPE int stream_shared_bytes(WeightFormat format, int k, int tokens, int weights) {
  return exchange_bytes(k, weights, tokens) +
         4 * ring_slots(format, weights, tokens) * ring_slot_bytes(format, weights, tokens);
}

// --- Many rows: LinearMany of linear_many.cuh
// ----------------------------------------------------------------
/// Weight rows of all weights together in a block's tile: of each of two weights half. Split has twice the
/// operands, for which sums must leave registers.
SENNIT_SHAPE int many_weight_rows(WeightFormat format, int tokens) {
  return tokens >= 128 && operand_of(format) != OperandKind::Split ? 128 : 64;
}
/// Bytes of one slot of the block's ring: a step of the weights and of the tokens.
SENNIT_SHAPE int many_slot_bytes(WeightFormat format, int tokens) {
  return many_weight_rows(format, tokens) / 16 * weight_step_bytes(format) +
         tokens * step_k * 2 * operand_planes(operand_of(format));
}
SENNIT_SHAPE int many_slots(int k) {
  return k_parts(k) > 1 ? 3 : 4;
}
/// Where a warp keeps the sum of the parts so far, and passes its sums to the epilogue.
SENNIT_SHAPE int many_warp_bytes(WeightFormat format, int k, int tokens, int weights) {
  const int sums = many_weight_rows(format, tokens) / 2 * (tokens / 2) * 4;
  const int passed = weights * (tokens / 2) * 20 * 4;
  return k_parts(k) > 1 ? larger_of(sums, passed) : passed;
}
/// Shared memory of LinearMany<format, k, tokens, weights>.
SENNIT_SHAPE int many_shared_bytes(WeightFormat format, int k, int tokens, int weights) {
  return 4 * many_warp_bytes(format, k, tokens, weights) + many_slots(k) * many_slot_bytes(format, tokens);
}

} // namespace sennit
