// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The primitives of the device, each called from the thread that uses it.
#include "runtime/device/emulated/Block.h"
#include "runtime/device/emulated/SharedMemory.h"

#include <cstring>

namespace sennit::emulated {

namespace {

std::string hex(const void *place) {
  char text[32];
  std::snprintf(text, sizeof text, "%p", place);
  return text;
}

// --- Waiting for others -----------------------------------------------------------------------------------
void barrier(int id, int threads) {
  Thread &thread = self();
  Block &block = *thread.block;
  block.tick(thread);
  const int all = thread.facts.threads;
  if (id < 0 || id >= mostBarriers)
    block.fail(thread, FaultKind::Failed, "waits at barrier " + std::to_string(id) + ", of 0 to 15");
  if (threads < 1 || threads > all || (threads != all && threads % 32))
    block.fail(thread, FaultKind::Failed,
               "waits at barrier " + std::to_string(id) + " for " + std::to_string(threads) +
                   " threads; expected whole warps of the block's " + std::to_string(all));
  Barrier &own = block.barriers[id];
  if (own.arrived && own.expected != threads)
    block.fail(thread, FaultKind::Failed,
               "waits at barrier " + std::to_string(id) + " for " + std::to_string(threads) +
                   " threads, where others wait for " + std::to_string(own.expected));
  own.expected = threads;
  own.lanes[thread.warp->index] |= 1u << thread.lane;
  thread.barrier = int8_t(id);
  if (++own.arrived < threads)
    return block.wait(thread, Thread::State::AtBarrier);
  block.releaseBarrier(own);
  block.yield(thread);
}

/// Brings the lane to a primitive; the last one calls work() for all. Returns when the results are there.
template <typename F>
void together(Thread &thread, Primitive primitive, int argument, F work) {
  Block &block = *thread.block;
  Warp &warp = *thread.warp;
  block.tick(thread);
  if (!warp.arrived) {
    warp.primitive = primitive;
    warp.argument = argument;
    if (warp.full != ~0u && primitive != Primitive::WarpBarrier)
      block.fail(thread, FaultKind::Failed, "uses a primitive of 32 lanes in a warp that has fewer");
  } else if (warp.primitive != primitive || warp.argument != argument)
    block.fail(thread, FaultKind::Failed,
               "uses another primitive than lanes of its warp that wait for it in one");
  warp.arrived |= 1u << thread.lane;
  if (warp.arrived != warp.full)
    return block.wait(thread, Thread::State::InWarp);
  work(warp);
  block.releaseWarp(warp);
  block.yield(thread);
}

void warpBarrier() {
  together(self(), Primitive::WarpBarrier, 0, [](Warp &warp) { ++warp.clock[warp.index]; });
}

// --- Exchange in a warp -----------------------------------------------------------------------------------
unsigned shuffle(unsigned value, int lane) {
  Thread &thread = self();
  Warp &warp = *thread.warp;
  warp.values[thread.lane] = value;
  warp.sources[thread.lane] = lane;
  together(thread, Primitive::Shuffle, 0, [](Warp &w) {
    for (int i = 0; i < 32; ++i)
      w.results[i] = w.values[w.sources[i]];
  });
  return warp.results[thread.lane];
}

unsigned ballot(int value) {
  Thread &thread = self();
  Warp &warp = *thread.warp;
  warp.values[thread.lane] = value != 0;
  together(thread, Primitive::Ballot, 0, [](Warp &w) {
    unsigned result = 0;
    for (int i = 0; i < 32; ++i)
      result |= w.values[i] << i;
    for (unsigned &each : w.results)
      each = result;
  });
  return warp.results[thread.lane];
}

// --- Global memory ----------------------------------------------------------------------------------------
void check(const void *place, unsigned bytes, unsigned alignment, int write) {
  Thread &thread = self();
  Block &block = *thread.block;
  block.tick(thread);
  const auto address = reinterpret_cast<uintptr_t>(place);
  const auto access = [&] {
    return (write ? "writes " : "reads ") + std::to_string(bytes) + " bytes at " + hex(place);
  };
  if (address & (alignment - 1))
    block.fail(thread, FaultKind::Misaligned, access() + ", no multiple of " + std::to_string(alignment));
  const MemoryRanges *ranges = block.launch->options->ranges;
  if (!ranges)
    return;
  for (const MemoryRange *range : block.recent)
    if (range && address >= range->begin && address < range->end && bytes <= range->end - address)
      return;
  const MemoryRange *range = ranges->find(address, bytes);
  if (!range)
    block.fail(thread, FaultKind::IllegalAddress, access() + ": " + ranges->describe(address, bytes));
  block.recent[block.oldest++ % 4] = range;
}

unsigned add(unsigned *place, unsigned value) {
  return __atomic_fetch_add(place, value, __ATOMIC_SEQ_CST);
}

// --- Shared memory ----------------------------------------------------------------------------------------
unsigned addShared(unsigned *place, unsigned value) {
  Thread &thread = self();
  thread.block->tick(thread);
  sharedOffset(thread, place, 4, 4, "adds");
  const unsigned before = *place;
  *place = before + value;
  return before;
}

void copyAsync(void *shared, const void *global, int valid) {
  Thread &thread = self();
  Block &block = *thread.block;
  const size_t offset = sharedOffset(thread, shared, 16, 16, "copies to 16 bytes");
  if (valid < 0 || valid > 16)
    block.fail(thread, FaultKind::Failed, "copies " + std::to_string(valid) + " of 16 bytes");
  if (reinterpret_cast<uintptr_t>(global) % 16)
    block.fail(thread, FaultKind::Misaligned, "copies from " + hex(global) + ", no multiple of 16");
  if (valid)
    check(global, unsigned(valid), 1, 0);
  noteCopyBegin(thread, offset);
  std::memset(shared, 0xff, 16); // what is read before the wait is NaN
  thread.copies.add(
      {static_cast<unsigned char *>(shared), static_cast<const unsigned char *>(global), valid});
}

void commitAsync() {
  self().copies.commit();
}

void waitAsync(int left) {
  Thread &thread = self();
  Block &block = *thread.block;
  thread.copies.finish(size_t(left), [&](const PendingCopy &copy) {
    std::memset(copy.shared, 0, 16);
    std::memcpy(copy.shared, copy.global, size_t(copy.valid));
    noteCopyEnd(thread, size_t(copy.shared - block.shared));
  });
}

// --- Matrices ---------------------------------------------------------------------------------------------
void loadMatrices(unsigned *r, const void *row, int transposed) {
  Thread &thread = self();
  Warp &warp = *thread.warp;
  const size_t offset = sharedOffset(thread, row, 16, 16, "loads a matrix row of 16 bytes");
  noteRead(thread, offset, 16, wideStep(), true, "loads");
  warp.rows[thread.lane] = static_cast<const unsigned char *>(row);
  together(thread, Primitive::LoadMatrices, transposed, [](Warp &w) {
    for (int lane = 0; lane < 32; ++lane) {
      const int g = lane / 4, t = lane % 4;
      for (int i = 0; i < 4; ++i) {
        uint16_t low, high;
        if (w.argument) {
          std::memcpy(&low, w.rows[8 * i + 2 * t] + 2 * g, 2);
          std::memcpy(&high, w.rows[8 * i + 2 * t + 1] + 2 * g, 2);
          w.matrices[lane][i] = low | uint32_t(high) << 16;
        } else
          std::memcpy(&w.matrices[lane][i], w.rows[8 * i + g] + 4 * t, 4);
      }
    }
  });
  std::memcpy(r, warp.matrices[thread.lane], 16);
}

void multiply(int kind, float *d, const unsigned *a, const unsigned *b) {
  Thread &thread = self();
  ProductOperands &p = thread.warp->product;
  const int g = thread.lane / 4, t = thread.lane % 4;
  p.a[g][t] = a[0];
  p.a[g + 8][t] = a[1];
  p.a[g][t + 4] = a[2];
  p.a[g + 8][t + 4] = a[3];
  p.b[t][g] = b[0];
  p.b[t + 4][g] = b[1];
  std::memcpy(&p.d[g][2 * t], d, 8);
  std::memcpy(&p.d[g + 8][2 * t], d + 2, 8);
  together(thread, Primitive::Multiply, kind, [](Warp &w) { multiplyAdd(w.product, w.argument); });
  std::memcpy(d, &p.d[g][2 * t], 8);
  std::memcpy(d + 2, &p.d[g + 8][2 * t], 8);
}

} // namespace

const EmulatedMachine *machine() {
  static const EmulatedMachine table{barrier,      warpBarrier, shuffle,   ballot,      check,
                                     add,          addShared,   copyAsync, commitAsync, waitAsync,
                                     loadMatrices, multiply,    notePlain};
  return &table;
}

} // namespace sennit::emulated
