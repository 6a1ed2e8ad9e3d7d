// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "interpreter/StoredFormat.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using namespace sennit;
using namespace sennit::interpreter;

TEST(StoredFormat, HalfPrecision) {
  EXPECT_EQ(halfToFloat(0x3C00), 1.0f);
  EXPECT_EQ(halfToFloat(0xC000), -2.0f);
  EXPECT_EQ(halfToFloat(0x0001), std::ldexp(1.0f, -24)); // smallest subnormal
  EXPECT_EQ(halfToFloat(0x03FF), std::ldexp(1023.0f, -24));
  EXPECT_EQ(halfToFloat(0x0400), std::ldexp(1.0f, -14)); // smallest normal
  EXPECT_EQ(halfToFloat(0x7BFF), 65504.0f);
  EXPECT_EQ(halfToFloat(0xFC00), -HUGE_VALF);
  EXPECT_TRUE(std::isnan(halfToFloat(0x7E00)));
  EXPECT_TRUE(std::signbit(halfToFloat(0x8000)));
}

TEST(StoredFormat, BrainFloat) {
  EXPECT_EQ(bfloatToFloat(0x3F80), 1.0f);
  EXPECT_EQ(bfloatToFloat(0xC040), -3.0f);
}

TEST(StoredFormat, PlainRowsAtAnyAlignment) {
  std::vector<uint8_t> bytes = {0xAA, 0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0};
  std::vector<float> out(2);
  decodeRow(Format::F32, bytes.data() + 1, out);
  EXPECT_EQ(out, (std::vector<float>{1.0f, -2.0f}));
}

TEST(StoredFormat, Q8Block) {
  std::vector<uint8_t> bytes = {0x00, 0x38}; // 0.5
  for (int i = 0; i < 32; ++i)
    bytes.push_back(static_cast<uint8_t>(i == 0 ? -128 : i));
  std::vector<float> out(32);
  decodeRow(Format::Q8_0, bytes.data(), out);
  EXPECT_EQ(out[0], -64.0f);
  EXPECT_EQ(out[1], 0.5f);
  EXPECT_EQ(out[31], 15.5f);
}

TEST(StoredFormat, Q4BlocksHoldTheSecondHalfInTheHighBits) {
  std::vector<uint8_t> quants;
  for (int i = 0; i < 16; ++i)
    quants.push_back(static_cast<uint8_t>(i | (15 - i) << 4));
  std::vector<uint8_t> q40 = {0x00, 0x40}, q41 = {0x00, 0x40, 0x00, 0xBC}; // scale 2, minimum -1
  q40.insert(q40.end(), quants.begin(), quants.end());
  q41.insert(q41.end(), quants.begin(), quants.end());
  std::vector<float> out(32);
  decodeRow(Format::Q4_0, q40.data(), out);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(out[i], 2.0f * (i - 8));
    EXPECT_EQ(out[16 + i], 2.0f * (15 - i - 8));
  }
  decodeRow(Format::Q4_1, q41.data(), out);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(out[i], 2.0f * i - 1);
    EXPECT_EQ(out[16 + i], 2.0f * (15 - i) - 1);
  }
}

TEST(StoredFormat, EncodingRoundsHalvesToEven) {
  std::vector<float> row(64, 0.0f);
  row[0] = 127.0f; // scale 1
  row[1] = 0.5f;
  row[2] = 1.5f;
  row[3] = -2.5f;
  row[4] = -127.0f;
  std::vector<int16_t> quants(64);
  std::vector<float> scales(2);
  std::vector<int32_t> sums(2);
  encodeActivations(row, quants, scales, sums);
  EXPECT_EQ(std::vector<int16_t>(quants.begin(), quants.begin() + 6),
            (std::vector<int16_t>{127, 0, 2, -2, -127, 0}));
  EXPECT_EQ(scales, (std::vector<float>{1.0f, 0.0f})); // the second block is all zero
  EXPECT_EQ(sums, (std::vector<int32_t>{0, 0}));
}

TEST(StoredFormat, EncodingDividesInSinglePrecision) {
  std::vector<float> row(32, 0.0f);
  row[0] = 3.0f;
  row[1] = 1.0f;
  std::vector<int16_t> quants(32);
  float scale;
  int32_t sum;
  encodeActivations(row, quants, {&scale, 1}, {&sum, 1});
  EXPECT_EQ(scale, 3.0f / 127.0f);
  EXPECT_EQ(quants[0], 127);
  EXPECT_EQ(quants[1], 42); // 42.33
  EXPECT_EQ(sum, 169);
}
