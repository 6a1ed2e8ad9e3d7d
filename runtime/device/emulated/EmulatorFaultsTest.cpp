// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the emulator finds in wrong kernels, each beside a right one.
#include "codegen/cuda/device/DeviceTesting.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sennit {

namespace {

using device_testing::tryRun;
using emulated::FaultKind;
using emulated::GridShape;

/// The body fails in this way under each of 20 seeds.
template <typename F>
void expectFault(const GridShape &shape, FaultKind kind, const std::string &text, const F &body,
                 emulated::LaunchOptions options = {}) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const auto fault = tryRun(shape, seed, body, options);
    ASSERT_TRUE(fault) << "seed " << seed;
    EXPECT_EQ(fault->kind, kind) << fault->sentence;
    EXPECT_NE(fault->sentence.find(text), std::string::npos) << "seed " << seed << ": " << fault->sentence;
  }
}

template <typename F>
void expectRight(const GridShape &shape, const F &body, emulated::LaunchOptions options = {}) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const auto fault = tryRun(shape, seed, body, options);
    EXPECT_FALSE(fault) << "seed " << seed << ": " << fault->sentence;
  }
}

alignas(16) unsigned source[4096];

} // namespace

TEST(Barriers, ThatNotAllComeToEndTheLaunch) {
  expectFault({1, 96, 0}, FaultKind::Failed, "wait at barrier 0, which has 64 of 96 threads", [] {
    if (warp_index() != 1)
      block_barrier();
  });
  expectFault({1, 64, 0}, FaultKind::Failed, "wait at barrier 1, which has 32 of 64 threads",
              [] { group_barrier(1 + warp_index(), 64); });
  expectFault({1, 32, 0}, FaultKind::Failed, "wait at barrier 0, which has 31 of 32 threads", [] {
    if (lane_index() != 7)
      block_barrier();
  });
}

TEST(Barriers, CountWholeWarpsAndAgree) {
  expectFault({1, 96, 0}, FaultKind::Failed, "threads, where others wait for",
              [] { group_barrier(1, warp_index() == 0 ? 64 : 96); });
  expectFault({1, 96, 0}, FaultKind::Failed, "for 33 threads; expected whole warps",
              [] { group_barrier(1, 33); });
  expectFault({1, 96, 0}, FaultKind::Failed, "for 128 threads; expected whole warps",
              [] { group_barrier(1, 128); });
  expectFault({1, 32, 0}, FaultKind::Failed, "waits at barrier 16, of 0 to 15",
              [] { group_barrier(16, 32); });
  // Warps 0 and 1, and 2 and 3, meet on their own; then all.
  expectRight({2, 128, 512}, [] {
    auto *shared = reinterpret_cast<int *>(shared_memory());
    shared[thread_index()] = thread_index();
    group_barrier(1 + warp_index() / 2, 64);
    EXPECT_EQ(shared[thread_index() ^ 63], thread_index() ^ 63);
    block_barrier();
    EXPECT_EQ(shared[thread_index() ^ 127], thread_index() ^ 127);
  });
}

TEST(WarpPrimitives, AreForAllLanes) {
  expectFault({1, 64, 0}, FaultKind::Failed, "wait for their warp in shuffle", [] {
    if (thread_index() != 40)
      shuffle(1, 0);
  });
  expectFault({1, 32, 0}, FaultKind::Failed, "uses another primitive than lanes of its warp", [] {
    if (lane_index() < 16)
      shuffle(1, 0);
    else
      ballot(true);
  });
  expectFault({1, 32, 0}, FaultKind::Failed, "uses another primitive than lanes of its warp", [] {
    float d[4] = {};
    const unsigned a[4] = {}, b[2] = {};
    if (lane_index() < 16)
      multiply_f16(d, a, b);
    else
      multiply_bf16(d, a, b);
  });
  expectFault({1, 33, 0}, FaultKind::Failed, "of 32 lanes in a warp that has fewer", [] { ballot(true); });
  expectFault({1, 64, 0}, FaultKind::Failed, "wait for their warp in warp_barrier", [] {
    if (lane_index() == 0)
      block_barrier();
    else
      warp_barrier();
  });
}

TEST(SharedMemory, BoundsAndAlignment) {
  expectRight({1, 32, 512}, [] {
    unsigned r[4];
    load_matrices(r, shared_memory() + 16 * lane_index());
    EXPECT_EQ(r[0], ~0u) << "poisoned";
  });
  expectFault({1, 32, 511}, FaultKind::IllegalAddress, "of 16 bytes at byte 496 of the block's 511", [] {
    unsigned r[4];
    load_matrices(r, shared_memory() + 16 * lane_index());
  });
  expectFault({1, 32, 512}, FaultKind::Misaligned, "at byte 8 of shared memory, no multiple of 16", [] {
    unsigned r[4];
    load_matrices(r, shared_memory() + 8);
  });
  expectFault({1, 32, 64}, FaultKind::IllegalAddress, "copies to 16 bytes at byte -16",
              [] { copy_async(shared_memory() - 16, source); });
  expectFault({1, 32, 64}, FaultKind::Misaligned, "copies from 0x",
              [] { copy_async(shared_memory(), source + 1); });
  expectFault({1, 32, 64}, FaultKind::Failed, "copies 17 of 16 bytes",
              [] { copy_async(shared_memory(), source, 17); });
  expectFault({1, 32, 64}, FaultKind::IllegalAddress, "adds at byte 64",
              [] { add_shared(reinterpret_cast<unsigned *>(shared_memory()) + 16, 1); });
  for (size_t bytes : {size_t(0), size_t(1), size_t(1000), size_t(227) << 10}) {
    expectRight({2, 32, bytes}, [&] {
      for (size_t i = size_t(lane_index()); i < bytes; i += 32) {
        EXPECT_EQ(shared_memory()[i], 0xff);
        shared_memory()[i] = 0;
      }
    });
    expectFault({2, 32, bytes}, FaultKind::IllegalAddress, "byte " + std::to_string(bytes) + " was written",
                [&] { shared_memory()[bytes] = 0; });
  }
}

TEST(GlobalMemory, RangesByTheByte) {
  alignas(16) unsigned memory[16] = {}, *words = memory + 4;
  const auto begin = reinterpret_cast<uintptr_t>(words);
  const emulated::MemoryRanges ranges({{begin, begin + 20, "first"}, {begin + 24, begin + 32, "second"}});
  emulated::LaunchOptions options;
  options.ranges = &ranges;
  expectRight(
      {1, 32, 512},
      [&] {
        for (int i : {0, 1, 2, 3, 4, 6, 7})
          load_global(words + i);
        load_once(reinterpret_cast<uint4 *>(words));
        store_global(reinterpret_cast<unsigned char *>(words) + 19, (unsigned char)1);
        add_global(words + 7, 1);
        copy_async(shared_memory() + 16 * lane_index(), words, 0);
        commit_async();
        wait_async<0>();
      },
      options);
  expectFault(
      {1, 32, 0}, FaultKind::IllegalAddress, ": 0 bytes behind the 20 bytes of 'first'",
      [&] { load_global(words + 5); }, options);
  expectFault(
      {1, 32, 0}, FaultKind::IllegalAddress, ": ends 12 bytes behind the 20 bytes of 'first'",
      [&] { load_once(reinterpret_cast<uint4 *>(words + 4)); }, options);
  expectFault(
      {1, 32, 0}, FaultKind::IllegalAddress, ": 4 bytes before the 20 bytes of 'first'",
      [&] { store_global(words - 1, 0u); }, options);
  expectFault(
      {1, 32, 0}, FaultKind::IllegalAddress, ": 0 bytes behind the 8 bytes of 'second'",
      [&] { add_global(words + 8, 1); }, options);
  expectFault(
      {1, 32, 16}, FaultKind::IllegalAddress, "reads 5 bytes at 0x",
      [&] { copy_async(shared_memory(), words + 4, 5); }, options);
}

namespace {

/// Each of 64 threads copies 16 bytes; warps load them as matrices, their own or the other warp's.
void copyAndLoad(bool wait, bool barrier, bool othersBytes) {
  unsigned char *shared = shared_memory();
  copy_async(shared + 16 * thread_index(), source + 4 * thread_index());
  commit_async();
  if (wait)
    wait_async<0>();
  if (barrier)
    block_barrier();
  else
    warp_barrier();
  unsigned r[4];
  load_matrices(r, shared + 16 * (thread_index() ^ (othersBytes ? 32 : 0)));
}

} // namespace

TEST(AsyncCopies, AreOrderedByWaitsAndBarriers) {
  expectRight({1, 64, 1024}, [] { copyAndLoad(true, true, true); });
  expectRight({1, 64, 1024}, [] { copyAndLoad(true, false, false); });
  expectFault({1, 64, 1024}, FaultKind::Failed, "copies and has not waited for",
              [] { copyAndLoad(false, true, true); });
  expectFault({1, 64, 1024}, FaultKind::Failed, "copies and has not waited for",
              [] { copyAndLoad(false, false, false); });
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const auto fault = tryRun({1, 64, 1024}, seed, [] { copyAndLoad(true, false, true); });
    ASSERT_TRUE(fault) << seed; // the other warp has not waited, or has without a barrier since
  }
}

TEST(AsyncCopies, MayNotOverwriteWhatOthersStillRead) {
  const auto ring = [](bool barrier) {
    for (int round = 0; round < 3; ++round) {
      copy_async(shared_memory() + 16 * thread_index(), source + 4 * thread_index());
      commit_async();
      wait_async<0>();
      block_barrier();
      unsigned r[4];
      load_matrices(r, shared_memory() + 16 * (thread_index() ^ 32));
      if (barrier)
        block_barrier();
    }
  };
  expectRight({1, 64, 1024}, [&] { ring(true); });
  expectFault({1, 64, 1024}, FaultKind::Failed, "without a barrier since", [&] { ring(false); });
  expectFault({1, 32, 1024}, FaultKind::Failed, "copies and has not waited for", [] {
    copy_async(shared_memory(), source);
    copy_async(shared_memory(), source);
  });
}

TEST(AsyncCopies, GroupsHappenAtTheirWaitAndNotBefore) {
  for (int i = 0; i < 4096; ++i)
    source[i] = unsigned(i);
  expectRight({1, 32, 4096}, [] {
    auto *own = reinterpret_cast<unsigned *>(shared_memory()) + 32 * lane_index();
    for (int i = 0; i < 4; ++i) {
      copy_async(own + 4 * i, source + 4 * i, 4 * i); // 0, 4, 8 and 12 bytes, and zeroes behind them
      commit_async();
    }
    copy_async(own + 16, source);
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(own[i], ~0u);
    wait_async<2>();
    EXPECT_EQ(own[0], 0u);
    EXPECT_EQ(own[4], 4u);
    EXPECT_EQ(own[5], 0u);
    EXPECT_EQ(own[8], ~0u);
    wait_async<0>();
    EXPECT_EQ(own[9], 9u);
    EXPECT_EQ(own[10], 0u);
    EXPECT_EQ(own[14], 14u);
    EXPECT_EQ(own[16], ~0u) << "belongs to no group yet";
    commit_async();
    wait_async<0>();
    EXPECT_EQ(own[17], 1u);
  });
  // A ring that is never empty, far longer than what is under way.
  expectRight({1, 32, 2048}, [] {
    auto *own = reinterpret_cast<unsigned *>(shared_memory()) + 16 * lane_index();
    for (int i = 0; i < 1000; ++i) {
      copy_async(own + 4 * (i % 4), source + 4 * i);
      commit_async();
      wait_async<2>();
      if (i >= 2)
        EXPECT_EQ(own[4 * ((i - 2) % 4) + 1], unsigned(4 * (i - 2) + 1));
    }
  });
}

TEST(Launches, HaveATimeAndASize) {
  emulated::LaunchOptions options;
  options.kernel = "spin";
  options.seconds = 0.02;
  const auto fault = tryRun(
      {1, 32, 0}, 0,
      [] {
        while (load_global(source) != ~0u)
          ;
      },
      options);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::Timeout);
  EXPECT_NE(fault->sentence.find("kernel spin, block 0, thread 0: still runs after"), std::string::npos);
  for (const GridShape &shape : {GridShape{0, 32, 0}, GridShape{1, 0, 0}, GridShape{1, 1025, 0}}) {
    const auto refused = tryRun(shape, 0, [] {});
    ASSERT_TRUE(refused);
    EXPECT_NE(refused->sentence.find("expected at least 1 of 1 to 1024"), std::string::npos);
  }
}

} // namespace sennit
