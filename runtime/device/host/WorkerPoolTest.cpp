// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/WorkerPool.h"
#include "runtime/device/host/CpuLevel.h"
#include "runtime/device/host/Processors.h"

#include <chrono>
#include <gtest/gtest.h>
#include <thread>

namespace sennit {
namespace {

/// Counts each chunk once; chunks take `work` turns of arithmetic.
struct Counting {
  std::vector<std::atomic<int>> done;
  std::atomic<uint32_t> seenWorkers{0};
  int work = 0;

  explicit Counting(int chunks) : done(size_t(chunks)) {}

  static void run(void *context, int worker, int64_t chunk) {
    auto &self = *static_cast<Counting *>(context);
    self.seenWorkers |= 1u << worker;
    ++self.done[size_t(chunk)];
    for (volatile int i = 0; i < self.work; i = i + 1)
      ;
  }
};

TEST(WorkerPool, EveryChunkRunsOnce) {
  for (int threads : {1, 2, 3, 8}) {
    WorkerPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (int round = 0; round < 3000; ++round) {
      Counting counting(round % 13);
      counting.work = round % 7 * 50;
      pool.run(Counting::run, &counting, round % 13, 1 + round % 9);
      for (const auto &done : counting.done)
        ASSERT_EQ(done, 1);
      if (1 + round % 9 < threads)
        ASSERT_LT(counting.seenWorkers, 1u << (1 + round % 9));
    }
  }
}

// Many chunks of unequal length: those who are done early take from the others.
TEST(WorkerPool, ManyUnequalChunks) {
  WorkerPool pool(3);
  for (int round = 0; round < 300; ++round) {
    Counting counting(500);
    counting.work = round % 2 * 20;
    pool.run(
        [](void *context, int worker, int64_t chunk) {
          Counting::run(context, worker, chunk);
          for (volatile int64_t i = 0; i < (chunk > 400 ? 2000 : 0); i = i + 1)
            ;
        },
        &counting, 500, 3);
    for (const auto &done : counting.done)
      ASSERT_EQ(done, 1);
  }
}

using Clock = std::chrono::steady_clock;

/// A job of two chunks in which the caller sleeps until a worker has joined, so that even a busy machine lets
/// it come. It waits in its first chunk only.
struct Meeting {
  std::atomic<bool> joined{false};
  std::chrono::milliseconds workerStays{0};

  static void run(void *context, int worker, int64_t) {
    auto &self = *static_cast<Meeting *>(context);
    if (worker != 0) {
      self.joined = true;
      std::this_thread::sleep_for(self.workerStays);
      return;
    }
    for (int i = 0; i < 50 && !self.joined; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

// A pool that slept long is woken again. A worker that comes up on the caller's CPU is left out, so it may
// take a few attempts.
TEST(WorkerPool, WakesAfterSleep) {
  if (usableProcessors() < 2)
    GTEST_SKIP() << "one CPU: a worker would only take it from the caller";
  WorkerPool pool(2);
  const auto deadline = Clock::now() + std::chrono::seconds(30);
  bool met = false;
  while (!met && Clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    Meeting meeting;
    pool.run(Meeting::run, &meeting, 2, 2);
    met = meeting.joined;
  }
  EXPECT_TRUE(met);
}

TEST(WorkerPool, EndsWithoutWork) {
  for (int i = 0; i < 20; ++i)
    WorkerPool pool(4);
  SUCCEED();
}

// A worker that does not come back from its chunk (its CPU is busy with something else) is left out
// afterwards.
TEST(WorkerPool, LeavesOutStallingWorkers) {
  if (usableProcessors() < 2)
    GTEST_SKIP() << "one CPU: a worker would only take it from the caller";
  WorkerPool pool(2);
  const auto deadline = Clock::now() + std::chrono::seconds(30);
  Clock::time_point lastEnd;
  int joined = 0;
  while (joined < 3 && Clock::now() < deadline) {
    Meeting meeting;
    meeting.workerStays = std::chrono::milliseconds(400); // longer than six of the caller's chunks
    const auto begin = Clock::now();
    pool.run(Meeting::run, &meeting, 2, 2);
    if (!meeting.joined)
      continue;
    // The penalty counts from the end of the wait.
    if (joined)
      EXPECT_GE(begin - lastEnd, std::chrono::milliseconds(7));
    ++joined;
    lastEnd = Clock::now();
  }
  EXPECT_EQ(joined, 3);
  EXPECT_GE(pool.timesLeftOut(), 3);
}

TEST(Processors, Quotas) {
  EXPECT_EQ(processorsOfQuota("max 100000"), std::nullopt);
  EXPECT_EQ(processorsOfQuota("150000 100000"), 2);
  EXPECT_EQ(processorsOfQuota("100000 100000"), 1);
  EXPECT_EQ(processorsOfQuota("5000 100000"), 1);
  EXPECT_EQ(processorsOfQuota(""), std::nullopt);
  EXPECT_EQ(processorsOfQuota("0 100000"), std::nullopt);
  EXPECT_EQ(processorsOfQuota("100000"), std::nullopt);
  EXPECT_GE(usableProcessors(), 1);
}

TEST(CpuLevel, NamesAndOrder) {
  EXPECT_STREQ(cpuLevelName(schema::CpuLevel::Avx2), "avx2");
  EXPECT_STREQ(cpuLevelName(schema::CpuLevel::Avx512), "avx512");
  // What lacks avx2 lacks avx512.
  if (!cpuHasLevel(schema::CpuLevel::Avx2))
    EXPECT_FALSE(cpuHasLevel(schema::CpuLevel::Avx512));
}

} // namespace
} // namespace sennit
