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
struct KernelArgs {
  void *const *operands;
  int64_t rowBegin, rowEnd;
  int64_t tileBegin, tileEnd;
  uint8_t *scratch;
};

using KernelFunction = void (*)(const KernelArgs *);

static_assert(offsetof(KernelArgs, rowBegin) == 8 && offsetof(KernelArgs, tileBegin) == 24 &&
              offsetof(KernelArgs, scratch) == 40 && sizeof(WeightSlice) == 40 && sizeof(WeightTable) == 16);

/// Positions in one page of the KV cache.
inline constexpr int64_t pagePositions = 32;

/// Keys in one block of attention: partial sums are formed for each block, counted from the segment's start,
/// and merged in ascending order.
inline constexpr int64_t attentionBlock = 256;

} // namespace sennit
