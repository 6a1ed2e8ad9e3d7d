// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A block that is being run: its threads, who waits for whom, and which thread runs next. One OS thread runs
// a block from begin to end.
#pragma once

#include "codegen/cuda/device/emulated_machine.h"
#include "runtime/device/emulated/CopyQueue.h"
#include "runtime/device/emulated/Emulator.h"
#include "runtime/device/emulated/Fiber.h"
#include "runtime/device/emulated/Product.h"
#include "runtime/device/emulated/SharedShadow.h"

#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sennit::emulated {

constexpr int mostWarps = 32, mostBarriers = 16;

/// What all blocks of a launch have in common. Immutable while they run.
struct Launch {
  GridShape shape;
  uint32_t seed = 0;
  const LaunchOptions *options = nullptr;
  void (*body)(const void *) = nullptr;
  const void *context = nullptr;
  std::chrono::steady_clock::time_point deadline;
};

/// What the lanes of a warp do together.
enum class Primitive : uint8_t { WarpBarrier, Shuffle, Ballot, LoadMatrices, Multiply };

struct Block;
struct Warp;

/// One thread of a block. It lies at the end of the stack that it runs on.
struct Thread {
  enum class State : uint8_t { Running, AtBarrier, InWarp, Done };

  EmulatedThread facts{}; ///< first, since modules look for it here
  Fiber fiber;
  Block *block = nullptr;
  Warp *warp = nullptr;
  int lane = 0;
  State state = State::Running;
  int8_t barrier = 0; ///< where it waits, AtBarrier
  CopyQueue copies;
};
static_assert(sizeof(Thread) <= emulated_thread_bytes);

/// The thread that runs now; only from inside one.
inline Thread &self() {
  return *reinterpret_cast<Thread *>(
      emulated_thread_place(reinterpret_cast<uintptr_t>(__builtin_frame_address(0))));
}

/// 32 threads, fewer in a block's last warp. Lanes have an order, by which the next one to run is found.
struct Warp {
  int index = 0;
  Thread *threads[32];
  uint32_t full = 0;     ///< lanes that there are
  uint32_t runnable = 0; ///< places of the order whose lanes do not wait and are not done
  uint8_t laneAt[32], placeOf[32];

  // The primitive that lanes have come to; each lane writes its own slots, the last one works for all.
  uint32_t arrived = 0; ///< lanes
  Primitive primitive{};
  int argument = 0;
  unsigned values[32], results[32], matrices[32][4];
  int sources[32];
  const unsigned char *rows[32];
  ProductOperands product;

  /// clock[w]: accesses of warp w that carry at most this stamp come before what this warp does now.
  uint32_t clock[mostWarps];
};

struct Barrier {
  int expected = 0, arrived = 0;
  uint32_t lanes[mostWarps] = {}; ///< that wait, of each warp
};

struct Block {
  const Launch *launch = nullptr;
  int index = 0, warpCount = 0, unfinished = 0;
  unsigned char *shared = nullptr;
  SharedShadow *shadow = nullptr;
  Fiber scheduler; ///< where run() waits
  std::optional<Fault> fault;
  uint64_t random = 0, ticks = 0;
  uint32_t ready = 0; ///< places of the order whose warps have a runnable lane
  uint8_t warpAt[mostWarps], placeOf[mostWarps];
  Warp warps[mostWarps];
  Barrier barriers[mostBarriers];
  /// Ranges that were found for earlier accesses, as most accesses are near those.
  const MemoryRange *recent[4] = {};
  unsigned oldest = 0;

  /// Runs all threads, which the caller has put on stacks: facts, fiber, block, warp, lane.
  void run();

  // For primitives, from inside a thread.
  /// Lets `thread` wait, and others run; returns when it may go on.
  void wait(Thread &thread, Thread::State state);
  /// Lets all lanes of `warp` go on after a primitive, in a new order.
  void releaseWarp(Warp &warp);
  /// Lets those who wait at `barrier` go on; what they wrote is seen by all of them.
  void releaseBarrier(Barrier &barrier);
  /// After a release: goes on with whoever is first now.
  void yield(Thread &thread);
  /// Ends the launch; does not return.
  [[noreturn]] void fail(Thread &thread, FaultKind kind, const std::string &what);
  /// Counts a primitive; now and then looks at the clock.
  void tick(Thread &thread) {
    if ((++ticks & 0xffff) == 0)
      checkDeadline(thread);
  }

private:
  static void enter();
  /// The first runnable thread; null where there is none.
  Thread *next() {
    if (!ready)
      return nullptr;
    Warp &warp = warps[warpAt[std::countr_zero(ready)]];
    return warp.threads[warp.laneAt[std::countr_zero(warp.runnable)]];
  }
  void markWaiting(Thread &thread);
  void markReady(Warp &warp, uint32_t lanes);
  void orderWarps();
  void orderLanes(Warp &warp);
  uint32_t draw(uint32_t below);
  void checkDeadline(Thread &thread);
  std::string deadlock() const;
};

} // namespace sennit::emulated
