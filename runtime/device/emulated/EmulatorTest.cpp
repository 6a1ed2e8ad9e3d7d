// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/device/DeviceTesting.h"
#include "runtime/device/emulated/Product.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <random>
#include <set>
#include <vector>

namespace sennit {

namespace {

using device_testing::run;

/// Bits of elements whose products and sums are ordinary numbers.
uint32_t pairOf(std::mt19937 &random, int kind) {
  const auto one = [&] {
    const uint32_t sign = (random() & 1) << 15;
    return kind == 1 ? sign | (0x3e00 + random() % 0x300) : sign | (random() % 0x4800);
  };
  return one() | one() << 16;
}

} // namespace

TEST(Product, VectorsGiveTheBytesOfTheDefinition) {
  std::mt19937 random(1);
  for (int kind : {0, 1})
    for (int round = 0; round < 50; ++round) {
      emulated::ProductOperands operands;
      for (auto &row : operands.a)
        for (uint32_t &word : row)
          word = pairOf(random, kind);
      for (auto &row : operands.b)
        for (uint32_t &word : row)
          word = pairOf(random, kind);
      for (auto &row : operands.d)
        for (float &value : row)
          value = float(int(random() % 2000) - 1000) / 256;
      emulated::ProductOperands plain = operands;
      emulated::multiplyAdd(operands, kind);
      emulated::multiplyAddPlain(plain, kind);
      EXPECT_EQ(std::memcmp(operands.d, plain.d, sizeof plain.d), 0) << "kind " << kind;
    }
}

TEST(Product, FragmentsMultiplyMatrices) {
  // a[i][k] = i + 1 where k == i, b[k][j] = k * 8 + j: d[i][j] = (i + 1) (8 i + j), exact in f16 up to 2048.
  std::vector<float> d(16 * 8, 0);
  run({1, 32, 0}, 3, [&] {
    const int g = lane_index() / 4, t = lane_index() % 4;
    const auto a = [](int i, int k) { return i == k ? float(i + 1) : 0.0f; };
    const auto b = [](int k, int j) { return float(k * 8 + j); };
    const unsigned left[4] = {
        pack_f16(a(g, 2 * t), a(g, 2 * t + 1)), pack_f16(a(g + 8, 2 * t), a(g + 8, 2 * t + 1)),
        pack_f16(a(g, 2 * t + 8), a(g, 2 * t + 9)), pack_f16(a(g + 8, 2 * t + 8), a(g + 8, 2 * t + 9))};
    const unsigned right[2] = {pack_f16(b(2 * t, g), b(2 * t + 1, g)),
                               pack_f16(b(2 * t + 8, g), b(2 * t + 9, g))};
    float sums[4] = {1, 1, 1, 1};
    multiply_f16(sums, left, right);
    for (int h = 0; h < 2; ++h) {
      d[size_t(g * 8 + 2 * t + h)] = sums[h];
      d[size_t((g + 8) * 8 + 2 * t + h)] = sums[2 + h];
    }
  });
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 8; ++j)
      EXPECT_EQ(d[size_t(i * 8 + j)], float((i + 1) * (8 * i + j) + 1)) << i << " " << j;
}

TEST(Matrices, LoadedAsTheyStandAndTransposed) {
  for (uint32_t seed : {0u, 1u, 5u}) {
    run({1, 32, 512}, seed, [&] {
      auto *shared = reinterpret_cast<unsigned short *>(shared_memory());
      for (int i = lane_index(); i < 256; i += 32)
        shared[i] = (unsigned short)i; // matrix m, row y, column x: 64 m + 8 y + x
      warp_barrier();
      const int g = lane_index() / 4, t = lane_index() % 4;
      unsigned r[4], s[4];
      load_matrices(r, shared + 8 * lane_index());
      load_matrices_transposed(s, shared + 8 * lane_index());
      for (int m = 0; m < 4; ++m) {
        const unsigned straight = unsigned(64 * m + 8 * g + 2 * t), across = unsigned(64 * m + 16 * t + g);
        EXPECT_EQ(r[m], straight | (straight + 1) << 16);
        EXPECT_EQ(s[m], across | (across + 8) << 16);
      }
    });
  }
}

TEST(Warp, ShufflesAndBallotsUnderEveryOrder) {
  for (uint32_t seed = 0; seed < 20; ++seed)
    run({2, 96, 0}, seed, [&] {
      const int lane = lane_index();
      EXPECT_EQ(shuffle(lane * 3, 31 - lane), (31 - lane) * 3);
      EXPECT_EQ(shuffle_xor(float(lane), 5), float(lane ^ 5));
      EXPECT_EQ(ballot(lane % 3 == 0), 0x49249249u);
    });
}

TEST(Order, SeedsGiveAscendingDescendingAndOtherOrders) {
  std::set<std::vector<int>> orders;
  for (uint32_t seed = 0; seed < 12; ++seed) {
    std::vector<int> order;
    run({1, 128, 0}, seed, [&] {
      order.push_back(thread_index());
      block_barrier();
      order.push_back(thread_index());
    });
    ASSERT_EQ(order.size(), 256u);
    std::vector<int> ascending(128), again(order.begin() + 128, order.end());
    std::iota(ascending.begin(), ascending.end(), 0);
    order.resize(128);
    if (seed == 0)
      EXPECT_EQ(order, ascending);
    if (seed == 1)
      EXPECT_EQ(order, std::vector<int>(ascending.rbegin(), ascending.rend()));
    EXPECT_EQ(order == again, seed < 2) << seed; // shuffled anew at the barrier
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 12u);
}

TEST(Grid, BlocksOverThreadsGiveTheSameBytesAndTheFirstFault) {
  sennit_machine = emulated::machine();
  for (int osThreads : {1, 3})
    for (uint32_t seed : {0u, 1u, 9u}) {
      std::vector<int> out(1000, -1);
      emulated::LaunchOptions options;
      options.osThreads = osThreads;
      EXPECT_FALSE(emulated::runGrid({7, 64, 256}, seed, options, [&] {
        for (int i = block_index() * 64 + thread_index(); i < 1000; i += block_count() * 64)
          store_global(&out[size_t(i)], i * 7);
      }));
      for (int i = 0; i < 1000; ++i)
        ASSERT_EQ(out[size_t(i)], i * 7);
      const auto fault = emulated::runGrid({50, 32, 0}, seed, options, [&] {
        if (block_index() % 10 == 5 && thread_index() == 3)
          load_global(reinterpret_cast<const int *>(2));
        warp_barrier();
      });
      ASSERT_TRUE(fault);
      EXPECT_EQ(fault->kind, emulated::FaultKind::Misaligned);
      if (seed == 0)
        EXPECT_EQ(fault->sentence,
                  "kernel kernel, block 5, thread 3: reads 4 bytes at 0x2, no multiple of 4");
      if (seed == 1)
        EXPECT_NE(fault->sentence.find("block 45"), std::string::npos);
    }
}

TEST(Grid, CountersAndSizesAtTheEdges) {
  for (int threads : {1, 31, 32, 33, 255, 1024}) {
    unsigned count = 0;
    run({3, threads, 4}, 2, [&] {
      auto *counter = reinterpret_cast<unsigned *>(shared_memory());
      if (thread_index() == 0)
        *counter = 0;
      block_barrier();
      add_shared(counter, 1);
      add_global(&count, 1);
      block_barrier();
      EXPECT_EQ(*counter, unsigned(threads));
    });
    EXPECT_EQ(count, unsigned(3 * threads));
  }
}

} // namespace sennit
