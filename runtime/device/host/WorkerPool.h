// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace sennit {

/// Threads that divide one piece of work after another. The caller is worker 0 and never waits for a worker
/// that has not begun: a worker joins a job only while it is open, and the job ends when the caller has found
/// nothing left to claim and those who joined have left. A worker that only costs time is left out for a
/// while, longer each time: one whose leaving keeps the caller waiting much longer than a chunk takes
/// (another process has its CPU), or one that finds no CPU but the caller's own. Workers spin briefly between
/// jobs, then sleep. Nothing is allocated after construction. One thread uses a pool at a time.
class WorkerPool {
public:
  /// What each participating worker runs; it claims chunks until none is left and returns how many it did.
  using Job = int64_t (*)(void *context, int worker);

  /// `threads` counts the caller; 1 starts none.
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool &) = delete;
  WorkerPool &operator=(const WorkerPool &) = delete;

  int threads() const { return threadCount; }

  /// Runs `job` on the caller and at most `most - 1` others; returns when all that joined have left.
  void run(Job job, void *context, int most);

  /// Wakes sleeping workers ahead of work that is about to come.
  void wake();

  /// How often a worker was left out.
  int64_t timesLeftOut() const { return timesLeftOutCount; }

private:
  // 64 bytes each, so that workers do not share cache lines.
  struct alignas(64) Worker {
    std::atomic<uint32_t> asleep{0};      ///< futex: 1 while sleeping or about to
    std::atomic<uint32_t> insideEpoch{0}; ///< epoch of the job that it has joined, 0 outside
    std::atomic<bool> leftOut{false};
    std::atomic<bool> onCallersCpu{false}; ///< it did not join for this reason
    // The caller's notes:
    bool late = false;                                ///< inside when the caller's wait had become long
    int64_t retryAt = 0, admittedAt = 0, penalty = 0; ///< nanoseconds
  };

  void loop(int index);
  bool tryJoin(uint64_t seen, int index);
  /// Lets the calling worker run on the caller's CPUs but the one that the caller is on; false where there is
  /// no other.
  bool moveAway() const;
  void wakeWorker(Worker &worker);
  void waitForLeaving(int64_t chunkNanoseconds);
  void leaveOut(Worker &worker, int64_t now);
  void readmit(int64_t now);

  const int threadCount;
  // epoch << 32 | open bit | most << 16 | workers inside. The caller alone changes all but the last part.
  alignas(64) std::atomic<uint64_t> gate{0};
  alignas(64) std::atomic<uint32_t> callerWaits{
      0}; ///< futex: 1 while the caller sleeps until the last one leaves
  std::atomic<int> callerCpu{-1};
  std::atomic<int> callerThread{0}; ///< its kernel id
  Job currentJob = nullptr;
  void *currentContext = nullptr;
  std::atomic<bool> stopping{false};
  int leftOutCount = 0;
  int64_t timesLeftOutCount = 0;
  std::unique_ptr<Worker[]> workers; ///< [threadCount], 0 unused
  std::vector<std::thread> handles;
};

} // namespace sennit
