// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/Emulator.h"

#include <boost/context/detail/fcontext.hpp>
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

namespace sennit::emulated {

namespace {

namespace context = boost::context::detail;
constexpr size_t stackBytes = 128 << 10;

/// A set of threads that wait for each other.
struct Meeting {
  int expected = 0, arrived = 0;
  unsigned generation = 0;
};

struct CopyInFlight {
  void *shared;
  const void *global;
  int valid;
};

struct Thread {
  EmulatedThread facts{};
  context::fcontext_t fiber{};
  Meeting *waitsFor = nullptr;
  unsigned waitsGeneration = 0;
  bool done = false;
  std::deque<std::vector<CopyInFlight>> groups; ///< committed, oldest first
  std::vector<CopyInFlight> open;
};

struct Warp {
  Meeting meeting;
  unsigned values[32];
  void *pointers[32];
};

struct Block {
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  Meeting barriers[16];
};

thread_local Thread *current = nullptr;
thread_local Block *block = nullptr;
thread_local context::fcontext_t scheduler{};
thread_local const std::function<void()> *work = nullptr;

void leave() {
  context::transfer_t back = context::jump_fcontext(scheduler, nullptr);
  scheduler = back.fctx;
}

void meet(Meeting &meeting) {
  if (++meeting.arrived >= meeting.expected) {
    meeting.arrived = 0;
    ++meeting.generation;
    return;
  }
  current->waitsFor = &meeting;
  current->waitsGeneration = meeting.generation;
  leave();
}

void startThread(context::transfer_t from) {
  scheduler = from.fctx;
  (*work)();
  current->done = true;
  context::jump_fcontext(scheduler, nullptr);
  std::abort();
}

Warp &ownWarp() {
  return block->warps[size_t(current->facts.thread) / 32];
}

const EmulatedThread *self() {
  return &current->facts;
}
void barrier(int id, int threads) {
  block->barriers[id].expected = threads;
  meet(block->barriers[id]);
}
void warpBarrier() {
  meet(ownWarp().meeting);
}
void fence() {}
unsigned shuffle(unsigned value, int lane) {
  Warp &warp = ownWarp();
  warp.values[current->facts.thread % 32] = value;
  meet(warp.meeting);
  unsigned result = warp.values[lane];
  meet(warp.meeting);
  return result;
}
unsigned ballot(int value) {
  Warp &warp = ownWarp();
  warp.values[current->facts.thread % 32] = value != 0;
  meet(warp.meeting);
  unsigned result = 0;
  for (int i = 0; i < 32; ++i)
    result |= warp.values[i] << i;
  meet(warp.meeting);
  return result;
}
void check(const void *, unsigned, unsigned, int) {}
unsigned add(unsigned *place, unsigned value) {
  return __atomic_fetch_add(place, value, __ATOMIC_RELAXED);
}

void copyAsync(void *shared, const void *global, int valid) {
  std::memset(shared, 0xff, 16); // what is read before the wait is NaN
  current->open.push_back({shared, global, valid});
}
void commitAsync() {
  current->groups.push_back(std::move(current->open));
  current->open.clear();
}
void waitAsync(int left) {
  while (current->groups.size() > size_t(left)) {
    for (const CopyInFlight &copy : current->groups.front()) {
      std::memset(copy.shared, 0, 16);
      std::memcpy(copy.shared, copy.global, size_t(copy.valid));
    }
    current->groups.pop_front();
  }
}

void loadMatrices(unsigned *r, const void *row, int transposed) {
  Warp &warp = ownWarp();
  const int lane = current->facts.thread % 32;
  warp.pointers[lane] = const_cast<void *>(row);
  meet(warp.meeting);
  for (int i = 0; i < 4; ++i) {
    const auto at = [&](int y, int x) {
      return unsigned(static_cast<const uint16_t *>(warp.pointers[8 * i + y])[x]);
    };
    const int g = lane / 4, t = lane % 4 * 2;
    r[i] = transposed ? at(t, g) | at(t + 1, g) << 16 : at(g, t) | at(g, t + 1) << 16;
  }
  meet(warp.meeting);
}

struct Product {
  float *d;
  const unsigned *a, *b;
};

float widen(int kind, unsigned bits) {
  if (kind == 1) {
    const unsigned wide = bits << 16;
    float value;
    std::memcpy(&value, &wide, 4);
    return value;
  }
  const uint16_t half = uint16_t(bits);
  _Float16 value;
  std::memcpy(&value, &half, 2);
  return float(value);
}

void multiply(int kind, float *d, const unsigned *a, const unsigned *b) {
  Warp &warp = ownWarp();
  const int lane = current->facts.thread % 32;
  Product mine{d, a, b};
  warp.pointers[lane] = &mine;
  if (warp.meeting.arrived + 1 >= warp.meeting.expected) {
    float left[16][16], right[16][8], sums[16][8];
    for (int l = 0; l < 32; ++l) {
      const Product &part = *static_cast<const Product *>(warp.pointers[l]);
      const int g = l / 4, t = l % 4 * 2;
      for (int h = 0; h < 2; ++h) {
        const auto half = [&](unsigned word) { return widen(kind, (word >> (16 * h)) & 0xffff); };
        left[g][t + h] = half(part.a[0]);
        left[g + 8][t + h] = half(part.a[1]);
        left[g][t + 8 + h] = half(part.a[2]);
        left[g + 8][t + 8 + h] = half(part.a[3]);
        right[t + h][g] = half(part.b[0]);
        right[t + 8 + h][g] = half(part.b[1]);
        sums[g][t + h] = part.d[h];
        sums[g + 8][t + h] = part.d[2 + h];
      }
    }
    for (int i = 0; i < 16; ++i)
      for (int k = 0; k < 16; ++k)
        for (int j = 0; j < 8; ++j)
          sums[i][j] += left[i][k] * right[k][j];
    for (int l = 0; l < 32; ++l) {
      const Product &part = *static_cast<const Product *>(warp.pointers[l]);
      const int g = l / 4, t = l % 4 * 2;
      for (int h = 0; h < 2; ++h) {
        part.d[h] = sums[g][t + h];
        part.d[2 + h] = sums[g + 8][t + h];
      }
    }
  }
  meet(warp.meeting);
}

void runBlock(const GridShape &shape, int index, uint32_t seed, std::vector<char *> &stacks,
              std::vector<unsigned char> &shared) {
  Block own;
  block = &own;
  own.threads.resize(size_t(shape.threads));
  own.warps.resize(size_t(shape.threads + 31) / 32);
  shared.resize(shape.sharedBytes + 1024);
  unsigned char *base = shared.data() + (1024 - reinterpret_cast<uintptr_t>(shared.data()) % 1024) % 1024;
  std::memset(base, 0xff, shape.sharedBytes); // nothing may rely on what shared memory held before
  while (stacks.size() < own.threads.size())
    stacks.push_back(static_cast<char *>(::mmap(nullptr, stackBytes, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)));
  std::vector<size_t> order(own.threads.size());
  for (size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    own.threads[i].facts = {int(i), shape.threads, index, shape.blocks, base};
    own.threads[i].fiber = context::make_fcontext(stacks[i] + stackBytes, stackBytes, startThread);
    ++own.warps[i / 32].meeting.expected;
  }
  if (seed == 1)
    std::reverse(order.begin(), order.end());
  else if (seed > 1) {
    uint32_t state = seed * 2654435761u + uint32_t(index);
    for (size_t i = order.size() - 1; i > 0; --i) {
      state = state * 1664525u + 1013904223u;
      std::swap(order[i], order[(state >> 8) % (i + 1)]);
    }
  }
  for (size_t left = order.size(); left > 0;) {
    bool progress = false;
    for (size_t i : order) {
      Thread &thread = own.threads[i];
      if (thread.done || (thread.waitsFor && thread.waitsFor->generation == thread.waitsGeneration))
        continue;
      thread.waitsFor = nullptr;
      current = &thread;
      progress = true;
      context::transfer_t from = context::jump_fcontext(thread.fiber, nullptr);
      thread.fiber = from.fctx;
      left -= thread.done;
    }
    if (!progress) {
      std::fprintf(stderr, "emulated device: %zu threads of block %d wait for ever\n", left, index);
      std::abort();
    }
  }
}

} // namespace

const EmulatedMachine *machine() {
  static const EmulatedMachine table{self, barrier,   warpBarrier, fence,     shuffle,      ballot,  check,
                                     add,  copyAsync, commitAsync, waitAsync, loadMatrices, multiply};
  return &table;
}

void runGrid(const GridShape &shape, uint32_t seed, const std::function<void()> &body) {
  work = &body;
  std::vector<char *> stacks;
  std::vector<unsigned char> shared;
  for (int index = 0; index < shape.blocks; ++index)
    runBlock(shape, index, seed, stacks, shared);
  for (char *stack : stacks)
    ::munmap(stack, stackBytes);
}

} // namespace sennit::emulated
