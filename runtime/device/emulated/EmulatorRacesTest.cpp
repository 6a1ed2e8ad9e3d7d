// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Plain accesses to shared memory that nothing orders, found under every seed.
#include "codegen/cuda/device/DeviceTesting.h"

#include <gtest/gtest.h>

#include <string>

namespace sennit {

namespace {

using device_testing::tryRun;

template <typename F>
void expectRace(int threads, const std::string &text, const F &body) {
#ifndef SENNIT_EMULATED_RACES
  GTEST_SKIP() << "needs clang, and no sanitizer: they instrument the same accesses";
#endif
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const auto fault = tryRun({1, threads, 1024}, seed, body);
    ASSERT_TRUE(fault) << "seed " << seed;
    EXPECT_NE(fault->sentence.find(text), std::string::npos) << "seed " << seed << ": " << fault->sentence;
  }
}

template <typename F>
void expectNone(int threads, const F &body) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const auto fault = tryRun({2, threads, 1024}, seed, body);
    EXPECT_FALSE(fault) << "seed " << seed << ": " << fault->sentence;
  }
}

float sumOf(int threads, bool barriers) {
  auto *shared = reinterpret_cast<volatile float *>(shared_memory());
  const int i = thread_index();
  shared[i] = 1;
  block_barrier();
  for (int step = threads / 2; step > 0; step /= 2) {
    if (i < step)
      shared[i] = shared[i] + shared[i + step];
    if (barriers)
      block_barrier();
  }
  return shared[0];
}

} // namespace

TEST(Races, AReductionNeedsABarrierInEachStep) {
  expectNone(64, [] { EXPECT_EQ(sumOf(64, true), 64.0f); });
  expectRace(64, "without a barrier since", [] { sumOf(64, false); });
  expectRace(32, "without a barrier since", [] { sumOf(32, false); });
}

TEST(Races, BarriersOrderThoseThatMeetAtThem) {
  const auto exchange = [](int partner, auto barrier) {
    auto *shared = reinterpret_cast<volatile int *>(shared_memory());
    shared[thread_index()] = thread_index();
    barrier();
    const int seen = shared[thread_index() ^ partner];
    EXPECT_EQ(seen, thread_index() ^ partner);
  };
  expectNone(128, [&] { exchange(5, [] { warp_barrier(); }); });
  expectNone(128, [&] { exchange(32, [] { group_barrier(1 + warp_index() / 2, 64); }); });
  expectNone(128, [&] { exchange(64, [] { block_barrier(); }); });
  // Two barriers in a row carry what was written on to those of the second.
  expectNone(96, [&] {
    auto *shared = reinterpret_cast<volatile int *>(shared_memory());
    if (warp_index() == 0)
      shared[lane_index()] = 7;
    if (warp_index() < 2)
      group_barrier(1, 64);
    if (warp_index() > 0)
      group_barrier(2, 64);
    EXPECT_EQ(shared[lane_index()], 7);
  });
}

TEST(Races, AnotherWarpsBarrierOrdersNothing) {
  const auto write = [] { reinterpret_cast<volatile int *>(shared_memory())[lane_index()] = thread_index(); };
  expectRace(64, "wrote without a barrier since", [&] {
    write(); // both warps to the same places
    warp_barrier();
  });
  expectRace(128, "without a barrier since", [&] {
    if (warp_index() % 2 == 0)
      write();
    group_barrier(1 + warp_index() / 2, 64);
    if (warp_index() == 3)
      write();
  });
}

TEST(Races, NeighboursMayWriteTheirOwnHalves) {
  expectNone(64, [] {
    auto *halves = reinterpret_cast<volatile unsigned short *>(shared_memory());
    halves[thread_index()] = (unsigned short)thread_index();
    auto *bytes = shared_memory() + 512;
    bytes[thread_index()] = (unsigned char)thread_index();
    block_barrier();
    EXPECT_EQ(halves[thread_index() ^ 1], thread_index() ^ 1);
    EXPECT_EQ(bytes[thread_index() ^ 1], thread_index() ^ 1);
  });
}

TEST(Races, StoresAndMatrixLoadsAreOrderedToo) {
  const auto store = [](bool before, int other, auto after) {
    auto *words = reinterpret_cast<volatile unsigned *>(shared_memory());
    for (int i = 0; i < 4; ++i)
      words[4 * thread_index() + i] = 0;
    if (before)
      block_barrier();
    unsigned r[4];
    load_matrices(r, shared_memory() + 16 * (thread_index() ^ other));
    after();
    words[4 * thread_index() + 3] = 1;
  };
  // A warp's lanes have all loaded when one of them goes on.
  expectNone(64, [&] { store(true, 1, [] {}); });
  expectNone(64, [&] { store(true, 32, [] { block_barrier(); }); });
  expectRace(64, "loads byte", [&] { store(false, 1, [] { block_barrier(); }); });
  expectRace(64, "without a barrier since", [&] { store(true, 32, [] { warp_barrier(); }); });
}

} // namespace sennit
