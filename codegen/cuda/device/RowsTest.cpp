// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/device/DeviceTesting.h"

#include "codegen/cuda/device/rows.cuh"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sennit {

namespace {

template <int Columns>
void checkReductions() {
  std::vector<float> values(Columns);
  double exact = 0;
  for (int c = 0; c < Columns; ++c) {
    values[size_t(c)] = std::sin(float(c) * 0.7f) + 0.01f;
    exact += double(values[size_t(c)]) * values[size_t(c)];
  }
  const auto at = [&](int c) { return values[size_t(c)]; };
  std::vector<float> bySum, byMaximum;
  for (uint32_t seed : {0u, 1u, 7u}) {
    device_testing::run({1, 32, 0}, seed, [&] {
      const float sum = WarpRow{}.reduce<SumSquares, Columns>(at);
      const float most = WarpRow{}.reduce<Maximum, Columns>(at);
      bySum.push_back(sum);
      byMaximum.push_back(most);
    });
    device_testing::run({1, 128, 512}, seed, [&] {
      BlockRow row{reinterpret_cast<float *>(shared_memory())};
      const float sum = row.reduce<SumSquares, Columns>(at);
      const float most = row.reduce<Maximum, Columns>(at);
      bySum.push_back(sum);
      byMaximum.push_back(most);
    });
  }
  for (float sum : bySum)
    EXPECT_EQ(sum, bySum[0]);
  EXPECT_NEAR(bySum[0], exact, 1e-5 * exact + 1e-12);
  for (float most : byMaximum)
    EXPECT_EQ(most, *std::max_element(values.begin(), values.end()));
}

} // namespace

TEST(Rows, WarpAndBlockReduceToTheSameBytes) {
  checkReductions<1>();
  checkReductions<31>();
  checkReductions<32>();
  checkReductions<33>();
  checkReductions<127>();
  checkReductions<128>();
  checkReductions<129>();
  checkReductions<576>();
  checkReductions<1000>();
}

} // namespace sennit
