// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/WorkerPool.h"

#include "runtime/device/host/Futex.h"

#include <algorithm>
#include <chrono>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sennit {

namespace {

constexpr uint64_t leftMask = 0xffffffff;
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

pid_t currentThread() {
  static thread_local const pid_t id = pid_t(syscall(SYS_gettid));
  return id;
}

uint32_t serialOf(uint64_t left) {
  return uint32_t(left >> 32);
}

} // namespace

WorkerPool::WorkerPool(int threads)
    : threadCount(std::clamp(threads, 1, mostThreads)), ranges(new Range[size_t(threadCount)]),
      progress(new Progress[size_t(threadCount)]), workers(new Worker[size_t(threadCount)]) {
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

bool WorkerPool::moveAway() const {
  cpu_set_t mask;
  const int cpu = callerCpu.load(std::memory_order_relaxed);
  if (sched_getaffinity(callerThread.load(std::memory_order_relaxed), sizeof mask, &mask) != 0 ||
      cpu >= CPU_SETSIZE)
    return false;
  CPU_CLR(cpu, &mask);
  return CPU_COUNT(&mask) > 0 && sched_setaffinity(0, sizeof mask, &mask) == 0;
}

int64_t WorkerPool::work(int index) {
  uint32_t job = 0;
  int64_t count = 0;
  int from = index, tried = 0;
  // The caller goes through all ranges even where its own was taken from it: what others never begin is its
  // to do. Another worker knows how many there are once it has a chunk.
  for (int most = index == 0 ? currentMost : 1; tried < most; ++tried) {
    Range &range = ranges[from];
    uint64_t seen = range.left.load(std::memory_order_acquire);
    while ((seen & leftMask) != 0 && (count == 0 || serialOf(seen) == job)) {
      if (!range.left.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel,
                                            std::memory_order_acquire))
        continue;
      job = serialOf(seen);
      most = currentMost;
      currentJob(currentContext, index, range.end - int64_t(seen & leftMask));
      ++count;
      seen = range.left.load(std::memory_order_acquire);
    }
    from = from + 1 < most ? from + 1 : 0;
  }
  return count;
}

void WorkerPool::loop(int index) {
  Worker &self = workers[index];
  Progress &own = progress[index];
  const std::atomic<uint64_t> &left = ranges[index].left;
  bool mayNot = false; // the CPU is the caller's
  int64_t idleSince = nanoseconds();
  for (uint32_t turn = 1; !stopping.load(std::memory_order_relaxed); ++turn) {
    if ((left.load(std::memory_order_acquire) & leftMask) != 0 && !mayNot) {
      if (sched_getcpu() == callerCpu.load(std::memory_order_relaxed) && !moveAway()) {
        // Whatever it did here, the caller would wait for this CPU meanwhile: sleep at once.
        self.onCallersCpu.store(true, std::memory_order_relaxed);
        mayNot = true;
        continue;
      }
      // Noted first, so that the caller that waits for this worker always knows its name.
      own.inside.store(true, std::memory_order_relaxed);
      const int64_t count = work(index);
      own.inside.store(false, std::memory_order_relaxed);
      own.finished.store(own.finished.load(std::memory_order_relaxed) +
                         count); // seq_cst, against callerWaits
      if (callerWaits.load() == 1 && callerWaits.exchange(0) == 1)
        futexWake(callerWaits);
      idleSince = nanoseconds();
      continue;
    }
    pauseBriefly();
    // The clock is looked at now and then only, so that work is noticed at once.
    const bool leftOut = mayNot || self.leftOut.load(std::memory_order_relaxed);
    if (!leftOut && (turn % 32 != 0 || nanoseconds() - idleSince < spinNanoseconds))
      continue;
    self.asleep.store(1);
    // Looked at once more: who gave chunks before this store did not see a sleeper to wake.
    const bool jobWaits = !mayNot && (left.load() & leftMask) != 0;
    if (!jobWaits && !stopping.load())
      futexWait(self.asleep, 1);
    self.asleep.store(0);
    mayNot = false;
    idleSince = nanoseconds();
  }
}

void WorkerPool::run(Job job, void *context, int64_t chunks, int most) {
  most = int(std::min<int64_t>({most, threadCount, chunks}));
  const int64_t begin = most > 1 ? nanoseconds() : 0;
  int admitted = 1;
  if (most > 1) {
    if (leftOutCount)
      readmit(begin);
    for (int index = 1; index < most; ++index) {
      Worker &worker = workers[index];
      if (worker.onCallersCpu.load(std::memory_order_relaxed)) {
        worker.onCallersCpu.store(false, std::memory_order_relaxed);
        leaveOut(worker, begin);
      }
      admitted += !worker.leftOut.load(std::memory_order_relaxed);
    }
  }
  if (admitted == 1) {
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      job(context, 0, chunk);
    return;
  }
  if (const int cpu = sched_getcpu(); cpu != callerCpu.load(std::memory_order_relaxed))
    callerCpu.store(cpu, std::memory_order_relaxed);
  if (callerThread.load(std::memory_order_relaxed) != currentThread())
    callerThread.store(currentThread(), std::memory_order_relaxed);
  currentJob = job;
  currentContext = context;
  currentMost = most;
  ++serial;
  // The caller's own range comes last: who finishes early finds it when all others are there.
  int64_t end = chunks;
  for (int index = most - 1, place = admitted - 1; index >= 0; --index) {
    if (index > 0 && workers[index].leftOut.load(std::memory_order_relaxed))
      continue;
    const int64_t from = (place * chunks + admitted - 1) / admitted; // rounded up: the caller begins first
    ranges[index].end = end;
    ranges[index].left.store(uint64_t(serial) << 32 | uint64_t(end - from), std::memory_order_release);
    end = from;
    --place;
  }
  std::atomic_thread_fence(std::memory_order_seq_cst); // chunks first, then who sleeps: see loop
  for (int index = 1; index < most; ++index)
    if (!workers[index].leftOut.load(std::memory_order_relaxed))
      wakeWorker(workers[index]);
  const int64_t mine = work(0);
  expectedOfOthers += chunks - mine;
  if (finishedByOthers() != expectedOfOthers) {
    const int64_t spent = nanoseconds() - begin;
    waitForOthers(mine > 0 ? spent / mine : spent);
  }
}

int64_t WorkerPool::finishedByOthers() const {
  int64_t sum = 0;
  for (int index = 1; index < threadCount; ++index)
    sum += progress[index].finished.load(); // seq_cst, against callerWaits
  return sum;
}

void WorkerPool::waitForOthers(int64_t chunkNanoseconds) {
  const auto unfinished = [&] { return finishedByOthers() != expectedOfOthers; };
  const int64_t begin = nanoseconds();
  const int64_t stall = std::max(stallNanoseconds, stallChunks * chunkNanoseconds);
  int64_t waited = 0;
  bool noted = false;
  while (unfinished()) {
    pauseBriefly();
    waited = nanoseconds() - begin;
    if (waited < joinSpinNanoseconds)
      continue;
    if (!noted) {
      // Who is inside now is whom the caller waits for; afterwards nobody could tell.
      noted = true;
      for (int index = 1; index < threadCount; ++index)
        workers[index].late = progress[index].inside.load(std::memory_order_relaxed);
    }
    if (waited < stall) {
      sched_yield(); // the worker may be waiting for this very CPU
      continue;
    }
    callerWaits.store(1);
    if (unfinished())
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
