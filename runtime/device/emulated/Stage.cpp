// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/Stage.h"

#include "runtime/device/emulated/SharedMemory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace sennit::emulated {

namespace {

constexpr size_t chunkBytes = 33 * emulated_stack_bytes; // 32 stacks, and what aligning them costs
constexpr size_t pageBytes = 4096;
constexpr size_t guardBytes = 4096;
constexpr unsigned char guardByte = 0xa5;
constexpr size_t sharedAlignment = 1024;

} // namespace

Stage::~Stage() {
  for (Thread *thread : threads)
    thread->~Thread();
  for (void *chunk : chunks)
    ::munmap(chunk, chunkBytes);
}

bool Stage::reserve(const GridShape &shape) {
  if (!block)
    block = std::make_unique<Block>();
  while (threads.size() < size_t(shape.threads)) {
    void *chunk = ::mmap(nullptr, chunkBytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (chunk == MAP_FAILED)
      return false;
    chunks.push_back(chunk);
    uintptr_t stack =
        (reinterpret_cast<uintptr_t>(chunk) + emulated_stack_bytes - 1) & ~(emulated_stack_bytes - 1);
    for (int lane = 0; lane < 32; ++lane, stack += emulated_stack_bytes) {
      // A stack that overflows meets this page rather than the next thread.
      if (::mprotect(reinterpret_cast<void *>(stack), pageBytes, PROT_NONE) != 0)
        return false;
      const uintptr_t place = emulated_thread_place(stack);
      Thread *thread = ::new (reinterpret_cast<void *>(place)) Thread;
      thread->fiber.stackBottom = reinterpret_cast<void *>(stack + pageBytes);
      thread->fiber.stackBytes = place - stack - pageBytes;
      threads.push_back(thread);
    }
  }
  shared.resize(std::max(shared.size(), shape.sharedBytes + sharedAlignment + guardBytes));
  return true;
}

unsigned char *Stage::sharedBase() const {
  const auto address = reinterpret_cast<uintptr_t>(shared.data());
  return reinterpret_cast<unsigned char *>((address + sharedAlignment - 1) & ~(sharedAlignment - 1));
}

void Stage::prepare(const Launch &launch, int index) {
  const GridShape &shape = launch.shape;
  Block &own = *block;
  own.launch = &launch;
  own.index = index;
  own.warpCount = (shape.threads + 31) / 32;
  own.unfinished = shape.threads;
  own.shared = sharedBase();
  own.shadow = &shadow;
  own.scheduler = {};
  own.fault.reset();
  own.random =
      (uint64_t(launch.seed) + 1) * 0x9e3779b97f4a7c15ull ^ (uint64_t(index) + 1) * 0xbf58476d1ce4e5b9ull;
  own.ticks = 0;
  std::fill(std::begin(own.recent), std::end(own.recent), nullptr);
  std::fill(std::begin(own.barriers), std::end(own.barriers), Barrier{});
  for (int i = 0; i < shape.threads; ++i) {
    Thread &thread = *threads[size_t(i)];
    Warp &warp = own.warps[i / 32];
    thread.facts = {i, shape.threads, index, shape.blocks, own.shared};
    thread.block = &own;
    thread.warp = &warp;
    thread.lane = i % 32;
    thread.copies.clear();
    thread.fiber.fakeStack = nullptr;
    warp.threads[i % 32] = &thread;
#ifdef SENNIT_ADDRESS_SANITIZER
    if (abandoned) // red zones of frames that never returned
      __asan_unpoison_memory_region(thread.fiber.stackBottom, thread.fiber.stackBytes);
#endif
  }
  for (int w = 0; w < own.warpCount; ++w) {
    Warp &warp = own.warps[w];
    const int lanes = std::min(32, shape.threads - 32 * w);
    warp.index = w;
    warp.full = lanes == 32 ? ~0u : (1u << lanes) - 1;
    warp.arrived = 0;
    std::fill(std::begin(warp.clock), std::end(warp.clock), 0u);
    warp.clock[w] = 1; // so that no other warp has seen what it does before the first barrier
  }
  std::memset(own.shared, 0xff, shape.sharedBytes); // nothing may rely on what it held before
  std::memset(own.shared + shape.sharedBytes, guardByte, guardBytes);
  shadow.begin(shape.sharedBytes);
}

std::optional<Fault> Stage::run(const Launch &launch, int index) {
  if (!reserve(launch.shape))
    return Fault{FaultKind::Failed, "kernel " + launch.options->kernel + ": no memory for the stacks of " +
                                        std::to_string(launch.shape.threads) + " threads"};
  prepare(launch, index);
  runningBlock() = block.get();
  block->run();
  runningBlock() = nullptr;
  abandoned = block->fault.has_value();
  if (block->fault)
    return block->fault;
  const unsigned char *guard = block->shared + launch.shape.sharedBytes;
  const unsigned char *touched =
      std::find_if(guard, guard + guardBytes, [](unsigned char byte) { return byte != guardByte; });
  if (touched != guard + guardBytes)
    return Fault{FaultKind::IllegalAddress,
                 "kernel " + launch.options->kernel + ", block " + std::to_string(index) + ": byte " +
                     std::to_string(touched - block->shared) + " was written of the block's " +
                     std::to_string(launch.shape.sharedBytes) + " bytes of shared memory"};
  return std::nullopt;
}

} // namespace sennit::emulated
