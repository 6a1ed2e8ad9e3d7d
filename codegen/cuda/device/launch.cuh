// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What every kernel is given. The runtime fills this structure (runtime/device/cuda/LaunchAbi.h has the same
// layout); changing it is a new package format version.
#pragma once

#include "machine.cuh"

namespace sennit {

/// Rows that a launch covers; values as in runtime/schema/types.fbs.
enum class Domain : unsigned { All = 0, Generated = 1, Prompt = 2, Wanted = 3 };

/// Most operands of a kernel.
constexpr int most_operands = 25;

/// The only parameter of every kernel.
struct Launch {
  void *operands[most_operands]; ///< device addresses, in the order of the tile.kernel's views
  const int *counts;             ///< StepField.Counts: rows T, generated rows D, sequences S, wanted rows W
  const int *row_blocks;         ///< StepField.RowBlocks: blocks of keys before each generated row, then all of them
  unsigned char *scratch;        ///< of this lane; a launch's functions share it, in order
  unsigned domain;               ///< Domain
  unsigned row_begin, row_end;   ///< rows of the domain within [row_begin, row_end), of the step (Wanted: of the list)
  unsigned max_rows;             ///< the most rows that this launch can have: the bucket's, within its range
  unsigned reserved[4];
};
static_assert(sizeof(Launch) == 256, "fixed, so that one call fits all kernels");

/// Rows [begin, end) of the step (Wanted: of the list) that a launch covers; known only on the device.
struct Rows {
  int begin, end;
  SENNIT_MEMBER int count() const { return end - begin; }
};

SENNIT_DEVICE Rows rows_of(const Launch &launch) {
  const int total = load_global(launch.counts), generated = load_global(launch.counts + 1);
  int begin = 0, end = total;
  if (launch.domain == unsigned(Domain::Generated))
    end = generated;
  else if (launch.domain == unsigned(Domain::Prompt))
    begin = generated;
  else if (launch.domain == unsigned(Domain::Wanted))
    end = load_global(launch.counts + 3);
  if (launch.row_end < unsigned(end))
    end = int(launch.row_end);
  if (int(launch.row_begin) > begin)
    begin = int(launch.row_begin);
  return {begin < end ? begin : end, end};
}

/// Operand `index` as a pointer to T.
template <typename T> SENNIT_DEVICE T *operand(const Launch &launch, int index) {
  return static_cast<T *>(launch.operands[index]);
}

} // namespace sennit
