// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/device/DeviceTesting.h"

#include "codegen/cuda/device/step_utilities.cuh"

#include <gtest/gtest.h>

#include <vector>

namespace sennit {

TEST(StepUtilities, CopiesPagesInEveryPool) {
  constexpr int pages = 6;
  for (int blocks : {1, 3, 40}) {
    std::vector<std::vector<uint32_t>> memory, expected;
    std::vector<CachePool> pools;
    for (int words : {4, 1024, 1028, 20}) {
      std::vector<uint32_t> &pool = memory.emplace_back(size_t(words * pages));
      for (size_t i = 0; i < pool.size(); ++i)
        pool[i] = uint32_t(i * 2654435761u);
    }
    for (std::vector<uint32_t> &pool : memory)
      pools.push_back({reinterpret_cast<unsigned char *>(pool.data()), (long long)(pool.size() * 4 / pages)});
    std::vector<int32_t> list{3, 0, 5, 0, 2, 3, 1};
    expected = memory;
    for (std::vector<uint32_t> &pool : expected)
      for (size_t i = 1; i < list.size(); i += 2) {
        const size_t words = pool.size() / pages;
        std::copy_n(pool.begin() + std::ptrdiff_t(size_t(list[i]) * words), words,
                    pool.begin() + std::ptrdiff_t(size_t(list[i + 1]) * words));
      }
    Launch launch{};
    launch.operands[0] = list.data();
    launch.operands[1] = pools.data();
    launch.reserved[0] = unsigned(pools.size());
    device_testing::run({blocks, 256, 0}, uint32_t(blocks), [&] { copy_pages_body(launch); });
    EXPECT_EQ(memory, expected);
    list[0] = 0;
    device_testing::run({blocks, 256, 0}, 0, [&] { copy_pages_body(launch); });
    EXPECT_EQ(memory, expected) << "an empty list";
  }
}

TEST(StepUtilities, ResolvesDrawnTokens) {
  for (int rows : {1, 255, 256, 257})
    for (int blocks : {1, 2}) {
      std::vector<int32_t> tokens(size_t(rows) + 1), drawn{70, 71, 72}, counts { rows, 0, 0, 0, 0, 0, 0, 0 };
      std::vector<int32_t> expected(tokens.size());
      for (int row = 0; row <= rows; ++row) {
        tokens[size_t(row)] = row % 3 ? row : -1 - row % 2;
        expected[size_t(row)] = row == rows || row % 3 ? tokens[size_t(row)] : 70 + row % 2;
      }
      Launch launch{};
      launch.operands[0] = tokens.data();
      launch.operands[1] = drawn.data();
      launch.counts = counts.data();
      device_testing::run({blocks, 256, 0}, 2, [&] { resolve_tokens_body(launch); });
      EXPECT_EQ(tokens, expected);
    }
}

} // namespace sennit
