// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Prefix sums over a block of threads, and searches in them. Whole numbers, so the order does not matter.
#pragma once

#include "likelihood.cuh"

namespace sennit::sampling {

SENNIT_DEVICE Units shuffle_units(Units value, int lane) {
  return Units(shuffle(unsigned(value >> 32), lane)) << 32 | shuffle(unsigned(value), lane);
}

/// What a block of Threads threads shares for its scans.
template <int Threads>
struct ScanMemory {
  Units warps[Threads / 32];
  Units before; ///< of the element that was found
  int index;
};

/// In each thread, the sum of the values of the threads below it; `total` is that of all. All threads call
/// it; what they wrote to memory before is seen by all behind it.
template <int Threads>
SENNIT_DEVICE Units scan_block(ScanMemory<Threads> &memory, Units value, Units &total) {
  Units sum = value;
  SENNIT_UNROLL
  for (int step = 1; step < 32; step *= 2) {
    const Units other = shuffle_units(sum, lane_index() - step);
    sum += lane_index() >= step ? other : 0;
  }
  block_barrier(); // the last scan's numbers were read
  if (lane_index() == 31)
    memory.warps[warp_index()] = sum;
  block_barrier();
  Units before = 0;
  total = 0;
  SENNIT_UNROLL
  for (int warp = 0; warp < Threads / 32; ++warp) {
    before += warp < warp_index() ? memory.warps[warp] : 0;
    total += memory.warps[warp];
  }
  return before + sum - value;
}

template <int Threads>
SENNIT_DEVICE Units sum_block(ScanMemory<Threads> &memory, Units value) {
  Units total;
  scan_block<Threads>(memory, value, total);
  return total;
}

/// The largest value of all threads, in all of them.
template <int Threads>
SENNIT_DEVICE Units maximum_block(ScanMemory<Threads> &memory, Units value) {
  SENNIT_UNROLL
  for (int step = 16; step > 0; step /= 2) {
    const Units other = shuffle_units(value, lane_index() ^ step);
    value = value > other ? value : other;
  }
  block_barrier();
  if (lane_index() == 0)
    memory.warps[warp_index()] = value;
  block_barrier();
  SENNIT_UNROLL
  for (int warp = 0; warp < Threads / 32; ++warp)
    value = memory.warps[warp] > value ? memory.warps[warp] : value;
  return value;
}

/// Where a running sum first reaches what is needed.
struct Crossing {
  int index;    ///< of the element that reaches it; the number of elements where none does
  Units before; ///< the sum of the elements below it
};

/// The first i for which at(0) + ... + at(i) >= needed (at least 1), over [0, count).
template <int Threads, typename F>
SENNIT_DEVICE Crossing find_crossing(ScanMemory<Threads> &memory, int count, Units needed, F at) {
  const int each = (count + Threads - 1) / Threads;
  const int begin = thread_index() * each < count ? thread_index() * each : count;
  const int end = begin + each < count ? begin + each : count;
  Units own = 0, total;
  for (int i = begin; i < end; ++i)
    own += at(i);
  Units before = scan_block<Threads>(memory, own, total);
  needed = needed ? needed : 1;
  if (total < needed)
    return {count, total};
  if (before < needed && before + own >= needed) {
    int i = begin;
    for (Units next = at(i); before + next < needed; next = at(i)) {
      before += next;
      ++i;
    }
    memory.index = i;
    memory.before = before;
  }
  block_barrier();
  return {memory.index, memory.before};
}

} // namespace sennit::sampling
