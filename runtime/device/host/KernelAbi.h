// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The calling convention between the executor and compiled CPU kernels. codegen/cpu emits code against these
// offsets; changing one is a new package format version.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sennit {

/// A rectangle of a packed weight in memory. Tiles are 16 rows.
struct WeightSlice {
  const uint8_t *data;
  int64_t tileBegin, tileEnd; ///< rows / 16 that it covers, end exclusive
  int64_t kBegin, kEnd;       ///< columns that it covers, end exclusive, both multiples of 32 (kEnd: or K)
};

/// What a kernel gets for a packed weight operand: its slices, sorted by tileBegin, then kBegin.
struct WeightTable {
  int64_t count;
  const WeightSlice *slices;
};

/// One call of a kernel: rows [rowBegin, rowEnd) of its row domain, output tiles [tileBegin, tileEnd) of its
/// column axis. operands[i]: arena, step, cache and Rows-layout weights give the address of the first byte;
/// Packed weights give a WeightTable. A range of tiles never crosses a row boundary between slices (the
/// executor cuts there). `scratch` is the worker's own, 64-byte aligned; the prologue fills it for rows
/// [rowBegin, rowEnd) and the body reads it.
///
/// A kernel that walks the keys of a sequence may be given one row's keys in `parts` parts: tile t then
/// stands for output tile t / parts and the key blocks of part t % parts. `shared` is memory that all calls
/// of the launch have in common, `sharedStride` bytes for each row and output tile, from that of rowBegin on:
/// a counter that is 0 between launches, and from byte 64 on what each block came to. The call that finishes
/// the last part of a row and tile merges the blocks, in ascending order. Where parts is 1, shared is not
/// read.
struct KernelArgs {
  void *const *operands;
  int64_t rowBegin, rowEnd;
  int64_t tileBegin, tileEnd;
  uint8_t *scratch;
  int64_t parts;
  uint8_t *shared;
  int64_t sharedStride;
};

using KernelFunction = void (*)(const KernelArgs *);

static_assert(offsetof(KernelArgs, rowBegin) == 8 && offsetof(KernelArgs, tileBegin) == 24 &&
              offsetof(KernelArgs, scratch) == 40 && offsetof(KernelArgs, sharedStride) == 64 &&
              sizeof(WeightSlice) == 40 && sizeof(WeightTable) == 16);

/// Positions in one page of the KV cache.
inline constexpr int64_t pagePositions = 32;

/// Keys in one block of attention: partial sums are formed for each block, counted from the segment's start,
/// and merged in ascending order.
inline constexpr int64_t attentionBlock = 256;

} // namespace sennit
