// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/device/DeviceTesting.h"

#include "codegen/cuda/device/copy_pages.cuh"

#include <gtest/gtest.h>

#include <vector>

namespace sennit {

TEST(CopyPages, InEveryPool) {
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

} // namespace sennit
