// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace sennit {

/// Threads that divide one piece of work after another, in chunks. Each worker begins with a range of
/// neighbouring chunks (memory is then read in one sweep) and helps the others when it has finished. The
/// caller is worker 0 and never waits for a worker that has not begun: it takes that one's chunks itself. A
/// worker that only costs time is left out for a while, longer each time: one whose last chunk keeps the
/// caller waiting much longer than a chunk takes (another process has its CPU), or one that finds no CPU but
/// the caller's own. Workers spin briefly between jobs, then sleep. Nothing is allocated after construction.
/// One thread uses a pool at a time.
class WorkerPool {
public:
  /// Does one chunk.
  using Job = void (*)(void *context, int worker, int64_t chunk);

  /// `threads` counts the caller; 1 starts none.
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool &) = delete;
  WorkerPool &operator=(const WorkerPool &) = delete;

  int threads() const { return threadCount; }

  /// Runs `job` once for each chunk of [0, chunks), fewer than 2^32, on the caller and at most `most - 1`
  /// others.
  void run(Job job, void *context, int64_t chunks, int most);

  /// Wakes sleeping workers ahead of work that is about to come.
  void wake();

  /// How often a worker was left out.
  int64_t timesLeftOut() const { return timesLeftOutCount; }

private:
  // What different threads write lies in different cache lines: a line that changes hands costs as much as a
  // thousand instructions.

  /// The chunks that a worker begins with. Whoever has taken one may read everything about its job, which
  /// does not change before the last chunk is finished.
  struct alignas(64) Range {
    std::atomic<uint64_t> left{0}; ///< serial of the job << 32 | chunks not yet taken
    int64_t end = 0;               ///< last chunk of the range + 1
  };
  /// Written by the worker.
  struct alignas(64) Progress {
    std::atomic<int64_t> finished{0}; ///< chunks, of all jobs so far
    std::atomic<bool> inside{false};  ///< may hold a chunk
  };
  struct alignas(64) Worker {
    std::atomic<uint32_t> asleep{0}; ///< futex: 1 while sleeping or about to
    std::atomic<bool> leftOut{false};
    std::atomic<bool> onCallersCpu{false}; ///< it did not begin for this reason
    // The caller's notes:
    bool late = false;                                ///< inside when the caller's wait had become long
    int64_t retryAt = 0, admittedAt = 0, penalty = 0; ///< nanoseconds
  };

  void loop(int index);
  /// Takes chunks of one job until none is left, its own first; returns how many.
  int64_t work(int index);
  /// Lets the calling worker run on the caller's CPUs but the one that the caller is on; false where there is
  /// no other.
  bool moveAway() const;
  void wakeWorker(Worker &worker);
  int64_t finishedByOthers() const;
  void waitForOthers(int64_t chunkNanoseconds);
  void leaveOut(Worker &worker, int64_t now);
  void readmit(int64_t now);

  const int threadCount;
  std::unique_ptr<Range[]> ranges;      ///< [threadCount]
  std::unique_ptr<Progress[]> progress; ///< [threadCount], 0 unused
  std::unique_ptr<Worker[]> workers;    ///< [threadCount], 0 unused
  alignas(64) std::atomic<uint32_t> callerWaits{
      0}; ///< futex: 1 while the caller sleeps until all is finished
  // Read by workers, written by the caller:
  alignas(64) Job currentJob = nullptr;
  void *currentContext = nullptr;
  int currentMost = 0; ///< workers that have ranges
  std::atomic<int> callerCpu{-1};
  std::atomic<int> callerThread{0}; ///< its kernel id
  std::atomic<bool> stopping{false};
  // The caller's own:
  alignas(64) uint32_t serial = 0;
  int64_t expectedOfOthers = 0; ///< chunks that others have been left with, of all jobs so far
  int leftOutCount = 0;
  int64_t timesLeftOutCount = 0;
  std::vector<std::thread> handles;
};

} // namespace sennit
