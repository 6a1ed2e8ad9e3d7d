// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/StepSignal.h"

#include <chrono>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace sennit {
namespace {

TEST(StepSignal, AWaitEndsAtOnceWhereItWasRaised) {
  StepSignal signal;
  signal.raise(1);
  signal.wait(1);
  EXPECT_EQ(signal.waitForOther(0), 1u);
}

TEST(StepSignal, WakesAllWhoSleep) {
  StepSignal signal;
  int payload = 0; // no atomic: the signal orders it
  std::vector<int> seen(3);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      signal.wait(7);
      seen[size_t(i)] = payload;
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(20)); // longer than they spin
  payload = 5;
  signal.raise(7);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(seen, std::vector<int>(3, 5));
}

TEST(StepSignal, TwoThreadsInTurns) {
  StepSignal ping, pong;
  constexpr uint32_t steps = 5000;
  int64_t sum = 0;
  std::thread other([&] {
    for (uint32_t step = 1; step <= steps; ++step) {
      ping.wait(step);
      sum += step;
      pong.raise(step);
    }
  });
  for (uint32_t step = 1; step <= steps; ++step) {
    sum += 1;
    ping.raise(step);
    pong.wait(step);
  }
  other.join();
  EXPECT_EQ(sum, int64_t(steps) * (steps + 1) / 2 + steps);
}

} // namespace
} // namespace sennit
