// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/WorkerPool.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sennit {

namespace {

constexpr uint64_t openBit = uint64_t(1) << 31;
constexpr uint64_t insideMask = 0xffff;
constexpr int mostThreads = 1 << 12;

// A launch of a decode step takes tens of microseconds: workers wait for the next one awake.
constexpr int64_t spinNanoseconds = 60'000;
// The caller spins this long for the last worker, then lets others run on its CPU.
constexpr int64_t joinSpinNanoseconds = 30'000;
// A wait for the last worker that is longer than this and several chunks is a stall. A scheduler's slice is
// some milliseconds, so a lost CPU is well above it.
constexpr int64_t stallNanoseconds = 300'000;
constexpr int64_t stallChunks = 6;
constexpr int64_t firstPenalty = 30'000'000, longestPenalty = 1'280'000'000;
constexpr int64_t forgiveness = 8;

int64_t nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}
void futexWake(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

pid_t currentThread() {
  static thread_local const pid_t id = pid_t(syscall(SYS_gettid));
  return id;
}

void pauseBriefly() {
  for (int i = 0; i < 16; ++i)
    __builtin_ia32_pause();
}

uint32_t epochOf(uint64_t gate) {
  return uint32_t(gate >> 32);
}
int mostOf(uint64_t gate) {
  return int((gate >> 16) & 0x7fff);
}

} // namespace

WorkerPool::WorkerPool(int threads)
    : threadCount(std::clamp(threads, 1, mostThreads)), workers(new Worker[size_t(threadCount)]) {
  handles.reserve(size_t(threadCount));
  for (int index = 1; index < threadCount; ++index)
    handles.emplace_back([this, index] { loop(index); });
}

WorkerPool::~WorkerPool() {
  stopping.store(true);
  for (int index = 1; index < threadCount; ++index)
    wakeWorker(workers[index]);
  for (std::thread &handle : handles)
    handle.join();
}

void WorkerPool::wakeWorker(Worker &worker) {
  if (worker.asleep.load() == 1 && worker.asleep.exchange(0) == 1)
    futexWake(worker.asleep);
}

void WorkerPool::wake() {
  if (leftOutCount)
    readmit(nanoseconds());
  for (int index = 1; index < threadCount; ++index)
    if (!workers[index].leftOut.load(std::memory_order_relaxed))
      wakeWorker(workers[index]);
}

bool WorkerPool::tryJoin(uint64_t seen, int index) {
  // insideEpoch is set first, so that the caller that waits for this worker always knows its name.
  Worker &self = workers[index];
  self.insideEpoch.store(epochOf(seen), std::memory_order_relaxed);
  while (epochOf(seen) == self.insideEpoch.load(std::memory_order_relaxed) && (seen & openBit)) {
    if (gate.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel, std::memory_order_acquire))
      return true;
  }
  self.insideEpoch.store(0, std::memory_order_relaxed);
  return false;
}

bool WorkerPool::moveAway() const {
  cpu_set_t mask;
  const int cpu = callerCpu.load(std::memory_order_relaxed);
  if (sched_getaffinity(callerThread.load(std::memory_order_relaxed), sizeof mask, &mask) != 0 ||
      cpu >= CPU_SETSIZE)
    return false;
  CPU_CLR(cpu, &mask);
  return CPU_COUNT(&mask) > 0 && sched_setaffinity(0, sizeof mask, &mask) == 0;
}

void WorkerPool::loop(int index) {
  Worker &self = workers[index];
  uint32_t lastEpoch = 0;
  int64_t idleSince = nanoseconds();
  while (!stopping.load(std::memory_order_relaxed)) {
    const uint64_t seen = gate.load(std::memory_order_acquire);
    const bool leftOut = self.leftOut.load(std::memory_order_relaxed);
    if (epochOf(seen) != lastEpoch && (seen & openBit) && index < mostOf(seen) && !leftOut) {
      lastEpoch = epochOf(seen);
      if (sched_getcpu() == callerCpu.load(std::memory_order_relaxed) && !moveAway()) {
        // Whatever it did here, the caller would wait for this CPU meanwhile: sleep at once.
        self.onCallersCpu.store(true, std::memory_order_relaxed);
        idleSince = 0;
      } else if (tryJoin(seen, index)) {
        currentJob(currentContext, index);
        self.insideEpoch.store(0, std::memory_order_relaxed);
        const uint64_t before = gate.fetch_sub(1); // seq_cst, against the caller's callerWaits
        if ((before & insideMask) == 1 && callerWaits.load() == 1 && callerWaits.exchange(0) == 1)
          futexWake(callerWaits);
        idleSince = nanoseconds();
      }
      continue;
    }
    pauseBriefly();
    if (!leftOut && nanoseconds() - idleSince < spinNanoseconds)
      continue;
    self.asleep.store(1);
    // The gate is looked at once more: a job opened before this store did not see a sleeper to wake.
    const uint64_t again = gate.load();
    const bool jobWaits =
        epochOf(again) != lastEpoch && (again & openBit) && index < mostOf(again) && !self.leftOut.load();
    if (!jobWaits && !stopping.load())
      futexWait(self.asleep, 1);
    self.asleep.store(0);
    idleSince = nanoseconds();
  }
}

void WorkerPool::run(Job job, void *context, int most) {
  most = std::min(most, threadCount);
  if (most <= 1) {
    job(context, 0);
    return;
  }
  const int64_t begin = nanoseconds();
  if (leftOutCount)
    readmit(begin);
  if (leftOutCount == threadCount - 1) {
    job(context, 0);
    return;
  }
  for (int index = 1; index < most; ++index)
    if (Worker &worker = workers[index]; worker.onCallersCpu.load(std::memory_order_relaxed)) {
      worker.onCallersCpu.store(false, std::memory_order_relaxed);
      leaveOut(worker, begin);
    }
  callerCpu.store(sched_getcpu(), std::memory_order_relaxed);
  callerThread.store(currentThread(), std::memory_order_relaxed);
  currentJob = job;
  currentContext = context;
  uint32_t epoch = epochOf(gate.load(std::memory_order_relaxed)) + 1;
  epoch += epoch == 0; // 0 means outside
  gate.store(uint64_t(epoch) << 32 | openBit | uint64_t(most) << 16);
  for (int index = 1; index < most; ++index)
    if (!workers[index].leftOut.load(std::memory_order_relaxed))
      wakeWorker(workers[index]);
  const int64_t chunks = job(context, 0);
  const uint64_t closed = gate.fetch_and(~openBit);
  if (closed & insideMask) {
    const int64_t own = nanoseconds() - begin;
    waitForLeaving(chunks > 0 ? own / chunks : own);
  }
}

void WorkerPool::waitForLeaving(int64_t chunkNanoseconds) {
  const auto someInside = [&] { return (gate.load(std::memory_order_acquire) & insideMask) != 0; };
  const int64_t begin = nanoseconds();
  const int64_t stall = std::max(stallNanoseconds, stallChunks * chunkNanoseconds);
  const uint32_t epoch = epochOf(gate.load(std::memory_order_relaxed));
  int64_t waited = 0;
  bool noted = false;
  while (someInside()) {
    pauseBriefly();
    waited = nanoseconds() - begin;
    if (waited < joinSpinNanoseconds)
      continue;
    if (!noted) {
      // Who is inside now is whom the caller waits for; afterwards nobody could tell.
      noted = true;
      for (int index = 1; index < threadCount; ++index)
        workers[index].late = workers[index].insideEpoch.load(std::memory_order_relaxed) == epoch;
    }
    if (waited < stall) {
      sched_yield(); // the worker may be waiting for this very CPU
      continue;
    }
    callerWaits.store(1);
    if ((gate.load() & insideMask) != 0)
      futexWait(callerWaits, 1);
    callerWaits.store(0);
  }
  const int64_t end = nanoseconds();
  if (noted && end - begin >= stall)
    for (int index = 1; index < threadCount; ++index)
      if (workers[index].late)
        leaveOut(workers[index], end);
}

void WorkerPool::leaveOut(Worker &worker, int64_t now) {
  if (worker.leftOut.load(std::memory_order_relaxed))
    return;
  // Long good service after the last time forgives it.
  const bool again = worker.penalty && now - worker.admittedAt < forgiveness * worker.penalty;
  worker.penalty = again ? std::min(2 * worker.penalty, longestPenalty) : firstPenalty;
  worker.retryAt = now + worker.penalty;
  worker.leftOut.store(true, std::memory_order_relaxed);
  ++leftOutCount;
  ++timesLeftOutCount;
}

void WorkerPool::readmit(int64_t now) {
  for (int index = 1; index < threadCount; ++index) {
    Worker &worker = workers[index];
    if (!worker.leftOut.load(std::memory_order_relaxed) || now < worker.retryAt)
      continue;
    worker.leftOut.store(false);
    worker.admittedAt = now;
    --leftOutCount;
  }
}

} // namespace sennit
