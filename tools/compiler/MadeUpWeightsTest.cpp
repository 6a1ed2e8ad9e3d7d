// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/MadeUpWeights.h"

#include "runtime/weights/Pack.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sennit::compiler {
namespace {

using schema::Format;

std::vector<uint8_t> row(Format format, uint64_t weight, int64_t index, int64_t k) {
  std::vector<uint8_t> bytes(size_t(weights::rowBytes(format, k)) + 1, 0xee);
  makeUpRow(format, weight, index, k, bytes.data());
  EXPECT_EQ(bytes.back(), 0xee) << "wrote past the row";
  bytes.pop_back();
  return bytes;
}

TEST(MadeUpWeights, AreHarmlessNumbersOfEitherSign) {
  for (Format format : {Format::F32, Format::F16, Format::BF16, Format::Q8_0, Format::Q4_0, Format::Q4_1})
    for (int64_t k :
         weights::isBlockFormat(format) ? std::vector<int64_t>{32, 96} : std::vector<int64_t>{33, 95}) {
      std::vector<float> values(static_cast<size_t>(k));
      weights::decodeRow(format, row(format, 3, 5, k).data(), k, values.data());
      bool below = false, above = false;
      for (float value : values) {
        EXPECT_TRUE(value == 0 || std::fpclassify(value) == FP_NORMAL) << weights::formatName(format);
        EXPECT_LE(std::abs(value), 1) << weights::formatName(format);
        below |= value < 0;
        above |= value > 0;
      }
      EXPECT_TRUE(below && above) << weights::formatName(format);
    }
}

TEST(MadeUpWeights, DifferByRowAndWeightAndRepeat) {
  for (Format format : {Format::F32, Format::BF16, Format::Q4_1}) {
    EXPECT_EQ(row(format, 1, 1, 64), row(format, 1, 1, 64));
    EXPECT_NE(row(format, 1, 1, 64), row(format, 1, 2, 64));
    EXPECT_NE(row(format, 1, 1, 64), row(format, 2, 1, 64));
  }
  makeUpRow(Format::F32, 0, 0, 0, nullptr); // no elements, no bytes
}

} // namespace
} // namespace sennit::compiler
