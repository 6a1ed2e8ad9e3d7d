// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/weights/Pack.h"

#include "runtime/base/Float16.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace sennit::weights {
namespace {

using schema::Format;

constexpr Format weightFormats[] = {Format::F32,  Format::F16,  Format::BF16,
                                    Format::Q8_0, Format::Q4_0, Format::Q4_1};

std::vector<uint8_t> randomBytes(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> bytes(count);
  for (uint8_t &byte : bytes)
    byte = uint8_t(random());
  return bytes;
}

TEST(Float16, WideningIsExactForEveryHalf) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = widenF16(uint16_t(bits));
    const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
    if (exponent == 31) {
      EXPECT_TRUE(mantissa ? std::isnan(value) : std::isinf(value)) << bits;
      continue;
    }
    const double expected =
        (bits & 0x8000 ? -1.0 : 1.0) *
        (exponent ? std::ldexp(1024.0 + mantissa, exponent - 25) : std::ldexp(double(mantissa), -24));
    ASSERT_EQ(double(value), expected) << bits;
    ASSERT_EQ(std::signbit(value), bool(bits & 0x8000)) << bits;
    ASSERT_EQ(narrowF16(value), bits) << bits;
  }
}

// Between two neighbouring halves the midpoint goes to the even one and everything else to the nearer.
TEST(Float16, NarrowingRoundsToNearestEven) {
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = widenF16(uint16_t(bits)), high = widenF16(uint16_t(bits + 1));
    const float middle = low + (high - low) / 2;
    ASSERT_EQ(narrowF16(middle), bits % 2 ? bits + 1 : bits);
    ASSERT_EQ(narrowF16(std::nextafter(middle, 0.0f)), bits);
    ASSERT_EQ(narrowF16(std::nextafter(middle, 1e9f)), bits + 1);
    ASSERT_EQ(narrowF16(-std::nextafter(middle, 1e9f)), (bits + 1) | 0x8000);
  }
  EXPECT_EQ(narrowF16(65519.99f), 0x7bff);
  EXPECT_EQ(narrowF16(65520.0f), 0x7c00);
  EXPECT_EQ(narrowF16(-std::numeric_limits<float>::infinity()), 0xfc00);
  EXPECT_TRUE(std::isnan(widenF16(narrowF16(std::nanf("")))));
}

TEST(Float16, BrainFloats) {
  EXPECT_EQ(widenBF16(0x3f80), 1.0f);
  EXPECT_EQ(narrowBF16(1.0f), 0x3f80);
  EXPECT_EQ(narrowBF16(std::bit_cast<float>(0x3f808000u)), 0x3f80); // tie, even below
  EXPECT_EQ(narrowBF16(std::bit_cast<float>(0x3f818000u)), 0x3f82); // tie, even above
  EXPECT_EQ(narrowBF16(std::bit_cast<float>(0x3f808001u)), 0x3f81);
  EXPECT_TRUE(std::isnan(widenBF16(narrowBF16(std::bit_cast<float>(0x7f800001u)))));
}

TEST(Pack, SizesOfTheForms) {
  EXPECT_EQ(tileBytes(Format::Q8_0, 32), 544);
  EXPECT_EQ(tileBytes(Format::Q4_0, 32), 288);
  EXPECT_EQ(tileBytes(Format::Q4_1, 32), 320);
  EXPECT_EQ(tileBytes(Format::F16, 3), 96);
  EXPECT_EQ(packedBytes(Format::F32, 17, 5), 2 * 16 * 5 * 4);
  EXPECT_EQ(storedBytes(Format::F32, schema::Layout::Rows, 17, 5), 17 * 5 * 4);
}

// The form is fixed: a change here breaks every package.
TEST(Pack, PlacesOfTheElements) {
  std::vector<uint8_t> rows = randomBytes(16 * 40, 1); // two Q4_1 blocks in each row
  std::array<const uint8_t *, 16> pointers;
  for (int row = 0; row < 16; ++row)
    pointers[row] = rows.data() + row * 40;
  std::vector<uint8_t> tile(640);
  packTile(Format::Q4_1, 64, pointers, tile.data());
  for (int block = 0; block < 2; ++block)
    for (int row = 0; row < 16; ++row) {
      const uint8_t *from = pointers[row] + block * 20, *base = tile.data() + block * 320;
      EXPECT_EQ(std::memcmp(base + row * 2, from, 2), 0);          // d
      EXPECT_EQ(std::memcmp(base + 32 + row * 2, from + 2, 2), 0); // m
      for (int k = 0; k < 16; ++k)
        EXPECT_EQ(base[64 + (k / 4) * 64 + row * 4 + k % 4], from[4 + k]);
    }

  rows = randomBytes(16 * 34, 2);
  for (int row = 0; row < 16; ++row)
    pointers[row] = rows.data() + row * 34;
  packTile(Format::Q8_0, 32, pointers, tile.data());
  for (int row = 0; row < 16; ++row)
    for (int k = 0; k < 32; ++k)
      EXPECT_EQ(tile[32 + (k / 4) * 64 + row * 4 + k % 4], pointers[row][2 + k]);

  rows = randomBytes(16 * 6, 3);
  for (int row = 0; row < 16; ++row)
    pointers[row] = rows.data() + row * 6;
  packTile(Format::BF16, 3, pointers, tile.data());
  for (int row = 0; row < 16; ++row)
    for (int k = 0; k < 3; ++k)
      EXPECT_EQ(std::memcmp(tile.data() + (k * 16 + row) * 2, pointers[row] + k * 2, 2), 0);
}

TEST(Pack, UnpackIsTheInverse) {
  for (Format format : weightFormats)
    for (int64_t blocks : {1, 2, 3, 65, 129}) {
      const int64_t k = blocks * blockElements(format), bytes = rowBytes(format, k);
      for (int present : {1, 15, 16}) {
        const std::vector<uint8_t> rows = randomBytes(size_t(16 * bytes), uint32_t(k));
        std::array<const uint8_t *, 16> pointers{};
        for (int row = 0; row < present; ++row)
          pointers[row] = rows.data() + row * bytes;
        std::vector<uint8_t> tile(size_t(tileBytes(format, k)), 0xaa), back(size_t(bytes), 0x55);
        packTile(format, k, pointers, tile.data());
        for (int row = 0; row < 16; ++row) {
          unpackRow(format, k, tile.data(), row, back.data());
          const std::vector<uint8_t> zero(size_t(bytes), 0);
          ASSERT_EQ(std::memcmp(back.data(), row < present ? pointers[row] : zero.data(), size_t(bytes)), 0)
              << formatName(format) << " k " << k << " row " << row;
        }
      }
    }
}

TEST(Pack, DecodesEveryFormat) {
  const uint8_t q4[20] = {0x00, 0x38, 0x00, 0xbc, 0xf0}; // d = 0.5, m = -1, first byte: low 0, high 15
  float out[32];
  decodeRow(Format::Q4_1, q4, 32, out);
  EXPECT_EQ(out[0], -1.0f);
  EXPECT_EQ(out[16], 6.5f);
  EXPECT_EQ(out[1], -1.0f);
  const uint8_t q40[18] = {0x00, 0x38, 0xf0};
  decodeRow(Format::Q4_0, q40, 32, out);
  EXPECT_EQ(out[0], -4.0f);
  EXPECT_EQ(out[16], 3.5f);
  const uint8_t q8[34] = {0x00, 0x38, 0x80, 0x7f};
  decodeRow(Format::Q8_0, q8, 32, out);
  EXPECT_EQ(out[0], -64.0f);
  EXPECT_EQ(out[1], 63.5f);
  EXPECT_EQ(out[2], 0.0f);
  const uint8_t half[4] = {0x00, 0x3c, 0x00, 0xc0};
  decodeRow(Format::F16, half, 2, out);
  EXPECT_EQ(out[0], 1.0f);
  EXPECT_EQ(out[1], -2.0f);
  const uint8_t brain[2] = {0x80, 0x3f};
  decodeRow(Format::BF16, brain, 1, out);
  EXPECT_EQ(out[0], 1.0f);
}

TEST(Pack, CutsSlices) {
  const std::vector<SliceRange> one = cutSlices(5, 7);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].bytes(Format::F32, schema::Layout::Packed), 16 * 7 * 4);
  const std::vector<SliceRange> many = cutSlices(33, 65, 16, 32);
  ASSERT_EQ(many.size(), 9u);
  EXPECT_EQ(many[1].kBegin, 32);
  EXPECT_EQ(many[8].rowBegin, 32);
  EXPECT_EQ(many[8].rowEnd, 33);
  EXPECT_EQ(many[8].kBegin, 64);
  EXPECT_EQ(many[8].kEnd, 65);
}

} // namespace
} // namespace sennit::weights
