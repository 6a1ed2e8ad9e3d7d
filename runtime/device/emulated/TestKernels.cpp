// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A module for tests of the emulated driver: right kernels, and the same with a planted fault each.
#define SENNIT_EMULATED
#define SENNIT_EMULATED_MODULE
#include "codegen/cuda/device/launch.cuh"

namespace sennit {

namespace {

/// operands[0][i] = operands[1][i] * 3 + i, for i < max_rows.
void scaleRows(const Launch &launch, int extra) {
  const int end = int(launch.max_rows) + extra;
  for (int i = block_index() * 64 + thread_index(); i < end; i += block_count() * 64) {
    const unsigned value =
        load_global(operand<const unsigned>(launch, 1) + (i < int(launch.max_rows) ? i : 0));
    store_global(operand<unsigned>(launch, 0) + i, value * 3 + unsigned(i));
  }
}

/// The sum of 64 values by one block, through shared memory.
void sumBlock(const Launch &launch, bool barrier) {
  auto *shared = reinterpret_cast<unsigned *>(shared_memory());
  const int i = thread_index();
  shared[i] = load_global(operand<const unsigned>(launch, 1) + i);
  for (int step = 32; step > 0; step /= 2) {
    if (barrier)
      block_barrier();
    if (i < step)
      shared[i] += shared[i + step];
  }
  if (i == 0)
    store_global(operand<unsigned>(launch, 0), shared[0]);
}

/// Copies 64 x 4 words through shared memory, each thread the words of another one's copy.
void copyTiles(const Launch &launch, bool wait) {
  auto *shared = reinterpret_cast<unsigned *>(shared_memory());
  const int i = thread_index(), other = 63 - i;
  copy_async(shared + 4 * i, operand<const unsigned>(launch, 1) + 4 * i);
  commit_async();
  if (wait)
    wait_async<0>();
  block_barrier();
  for (int j = 0; j < 4; ++j)
    store_global(operand<unsigned>(launch, 0) + 4 * other + j, shared[4 * other + j]);
}

} // namespace

SENNIT_KERNEL(64, 1) scale(SENNIT_PARAMETER Launch launch) {
  scaleRows(launch, 0);
}
SENNIT_KERNEL(64, 1) scale_out_of_range(SENNIT_PARAMETER Launch launch) {
  scaleRows(launch, 1);
}
SENNIT_KERNEL(64, 1) sum(SENNIT_PARAMETER Launch launch) {
  sumBlock(launch, true);
}
SENNIT_KERNEL(64, 1) sum_without_barrier(SENNIT_PARAMETER Launch launch) {
  sumBlock(launch, false);
}
SENNIT_KERNEL(64, 1) copy_tiles(SENNIT_PARAMETER Launch launch) {
  copyTiles(launch, true);
}
SENNIT_KERNEL(64, 1) copy_without_wait(SENNIT_PARAMETER Launch launch) {
  copyTiles(launch, false);
}
/// Adds 1 to each of max_rows words, so that the order of two launches shows.
SENNIT_KERNEL(64, 1) increment(SENNIT_PARAMETER Launch launch) {
  for (int i = thread_index(); i < int(launch.max_rows); i += 64) {
    unsigned *place = operand<unsigned>(launch, 0) + i;
    store_global(place, load_global(place) + 1);
  }
}
SENNIT_KERNEL(64, 1) misaligned(SENNIT_PARAMETER Launch launch) {
  if (thread_index() == 9)
    load_once(reinterpret_cast<const uint4 *>(operand<const unsigned>(launch, 1) + 1));
}
SENNIT_KERNEL(64, 1) deadlock(SENNIT_PARAMETER Launch launch) {
  if (thread_index() < 32)
    block_barrier();
}
SENNIT_KERNEL(64, 1) endless(SENNIT_PARAMETER Launch launch) {
  while (load_global(operand<const unsigned>(launch, 1)) != 12345)
    ;
}
SENNIT_KERNEL(64, 1) touch_shared(SENNIT_PARAMETER Launch launch) {
  shared_memory()[launch.max_rows] = 1;
}

} // namespace sennit
