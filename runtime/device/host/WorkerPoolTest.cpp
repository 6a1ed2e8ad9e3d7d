// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/CpuLevel.h"
#include "runtime/device/host/Processors.h"
#include "runtime/device/host/WorkerPool.h"

#include <chrono>
#include <gtest/gtest.h>
#include <thread>

namespace sennit {
namespace {

/// Counts each chunk once; chunks take `work` turns of arithmetic.
struct Counting {
  std::atomic<int> next{0};
  std::vector<std::atomic<int>> done;
  std::atomic<uint32_t> seenWorkers{0};
  int work = 0;

  explicit Counting(int chunks) : done(size_t(chunks)) {}

  static int64_t run(void *context, int worker) {
    auto &self = *static_cast<Counting *>(context);
    self.seenWorkers |= 1u << worker;
    int64_t count = 0;
    for (int chunk; (chunk = self.next.fetch_add(1)) < int(self.done.size()); ++count) {
      ++self.done[size_t(chunk)];
      for (volatile int i = 0; i < self.work; i = i + 1)
        ;
    }
    return count;
  }
};

TEST(WorkerPool, EveryChunkRunsOnce) {
  for (int threads : {1, 2, 3, 8}) {
    WorkerPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (int round = 0; round < 3000; ++round) {
      Counting counting(round % 13);
      counting.work = round % 7 * 50;
      pool.run(Counting::run, &counting, 1 + round % 9);
      for (const auto &done : counting.done)
        ASSERT_EQ(done, 1);
      if (1 + round % 9 < threads)
        ASSERT_LT(counting.seenWorkers, 1u << (1 + round % 9));
    }
  }
}

// A pool that slept long is woken again.
TEST(WorkerPool, WakesAfterSleep) {
  WorkerPool pool(2);
  bool helped = false;
  for (int round = 0; round < 200 && !helped; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    Counting counting(64);
    counting.work = 20000;
    pool.run(Counting::run, &counting, 2);
    helped = counting.seenWorkers == 3u;
  }
  EXPECT_TRUE(helped);
}

TEST(WorkerPool, EndsWithoutWork) {
  for (int i = 0; i < 20; ++i)
    WorkerPool pool(4);
  SUCCEED();
}

// A worker that does not come back from its chunk (its CPU is busy with something else) is left out afterwards.
TEST(WorkerPool, LeavesOutStallingWorkers) {
  WorkerPool pool(2);
  struct Stalling {
    std::atomic<int> next{0};
    std::atomic<bool> joined{false};
    static int64_t run(void *context, int worker) {
      auto &self = *static_cast<Stalling *>(context);
      if (worker == 1) {
        self.joined = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return 1;
      }
      const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
      while (std::chrono::steady_clock::now() < end)
        ;
      return 100;
    }
  };
  int joined = 0;
  for (int round = 0; round < 200; ++round) {
    Stalling stalling;
    pool.run(Stalling::run, &stalling, 2);
    joined += stalling.joined;
  }
  // 200 jobs of 0.2 ms, each join costs 5 ms and the next ones come 8, 16, 32 ms later.
  EXPECT_GE(joined, 1);
  EXPECT_LE(joined, 12);
  EXPECT_GE(pool.timesLeftOut(), 1);
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
