// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Row kernels, emitted and run on the emulated machine: the same kernels as codegen/cpu/LowerTileRowsTest.cpp
// has, against plain host code.
#include "codegen/cpu/LowerTileTesting.h"
#include "codegen/cuda/emit/EmitTesting.h"

#include <cmath>
#include <memory>

using namespace sennit;
using namespace sennit::emit_testing;

namespace {

constexpr int64_t widths[] = {1, 31, 32, 33, 128, 255, 256, 257, 600};
constexpr std::pair<schema::Format, int64_t> embeddings[] = {
    {schema::Format::F32, 40},  {schema::Format::F16, 37},   {schema::Format::BF16, 64},
    {schema::Format::Q8_0, 96}, {schema::Format::Q4_0, 288}, {schema::Format::Q4_1, 64}};
constexpr int64_t headDims[] = {2, 16, 30, 128};

/// A kernel of test/data/kernels under a name of its own.
std::string namedText(const std::string &file, const std::string &from, const std::string &to,
                      std::vector<std::pair<std::string, std::string>> values) {
  std::string text = kernelText(file);
  text.replace(text.find("@" + from + "("), from.size() + 1, "@" + to);
  return substitute(text, values);
}

/// All kernels of the tests, in one module.
const EmittedModule &kernels() {
  static std::unique_ptr<EmittedModule> module;
  if (module)
    return *module;
  std::vector<std::string> texts;
  for (int64_t width : widths) {
    std::string number = std::to_string(width);
    texts.push_back(namedText("copy", "copy", "copy_" + number, {{"WIDTH", number}}));
    texts.push_back(namedText("layer-norm", "layer_norm", "layer_norm_" + number, {{"WIDTH", number}}));
  }
  for (auto [format, k] : embeddings)
    texts.push_back(namedText("embed", "embed", "embed_" + std::string(weights::formatName(format)),
                              {{"FORMAT", weights::formatName(format)}, {"K", std::to_string(k)}}));
  texts.push_back(kernelText("silu"));
  for (int64_t headDim : headDims)
    for (const char *format : {"f16", "f32"}) {
      std::string list;
      for (int64_t i = 0; i < headDim / 2; ++i) {
        char number[32];
        std::snprintf(number, sizeof(number), "%s%.12f", i ? ", " : "",
                      1.0 / static_cast<double>(1 << (i % 10)));
        list += number;
      }
      texts.push_back(namedText("rope-append", "rope", "rope_" + std::to_string(headDim) + format,
                                {{"WIDTH", std::to_string(3 * headDim)},
                                 {"DIM", std::to_string(headDim)},
                                 {"HALF", std::to_string(headDim / 2)},
                                 {"LIST", list},
                                 {"FORMAT", format}}));
    }
  module = std::make_unique<EmittedModule>(texts);
  return *module;
}

class Embedding : public testing::TestWithParam<std::pair<schema::Format, int64_t>> {};

TEST_P(Embedding, DequantisesTheChosenRows) {
  auto [format, k] = GetParam();
  ASSERT_TRUE(kernels().ok());
  Numbers numbers(3);
  TestWeight weight(format, 51, k, numbers);
  std::vector<int32_t> ids{50, 0, 15, 16, 17, 33, 48, 50};
  std::vector<float> expected;
  for (int32_t id : ids) {
    std::vector<float> row(static_cast<size_t>(k));
    weights::decodeRow(format, weight.row(id), k, row.data());
    expected.insert(expected.end(), row.begin(), row.end());
  }
  for (uint32_t seed : {0u, 1u, 5u})
    for (int blocks : {1, 0}) {
      std::vector<float> y(expected.size(), NAN);
      kernels().launch("embed_" + std::string(weights::formatName(format)),
                       {Operand::of(ids),
                        {const_cast<uint8_t *>(weight.table.slices[0].data),
                         static_cast<size_t>(weights::packedBytes(format, 51, k))},
                        Operand::of(y)},
                       Counts::all(8), 8, seed, blocks);
      EXPECT_EQ(y, expected);
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, Embedding, testing::ValuesIn(embeddings),
                         [](const auto &info) { return std::string(weights::formatName(info.param.first)); });

class Widths : public testing::TestWithParam<int64_t> {};

/// Each store is read again behind a barrier; rows outside of the launch stay as they are.
TEST_P(Widths, CopyRoundsToNearestAndTouchesNothingElse) {
  int64_t n = GetParam();
  ASSERT_TRUE(kernels().ok());
  Numbers numbers(5);
  std::vector<float> x = numbers.reals(static_cast<size_t>(4 * n));
  std::vector<int32_t> ids{2, 0, 3, 1, 1, 0};
  for (uint32_t seed : {0u, 1u, 9u}) {
    std::vector<uint16_t> h(static_cast<size_t>(6 * n), 0x1234), b = h;
    std::vector<float> y(static_cast<size_t>(6 * n), -1.0f);
    LaunchBytes launch;
    launch.rowBegin = 1;
    launch.rowEnd = 5;
    kernels().launch("copy_" + std::to_string(n),
                     {Operand::of(ids), Operand::of(x), Operand::of(h), Operand::of(b), Operand::of(y)},
                     Counts::all(6), 4, seed, 0, launch);
    for (int64_t i = 0; i < 6 * n; ++i) {
      auto at = static_cast<size_t>(i);
      bool written = i >= n && i < 5 * n;
      float value = written ? x[static_cast<size_t>(ids[static_cast<size_t>(i / n)] * n + i % n)] : 0.0f;
      ASSERT_EQ(h[at], written ? narrowF16(value) : 0x1234) << i;
      ASSERT_EQ(b[at], written ? narrowBF16(value) : 0x1234) << i;
      ASSERT_EQ(y[at], written ? widenF16(h[at]) + widenBF16(b[at]) : -1.0f) << i;
    }
  }
}

TEST_P(Widths, LayerNormIsTheSameForAnyGridAndOrder) {
  int64_t n = GetParam(), rows = 6;
  ASSERT_TRUE(kernels().ok());
  Numbers numbers(9);
  std::vector<float> x = numbers.reals(static_cast<size_t>(rows * n)),
                     gamma = numbers.reals(static_cast<size_t>(n));
  std::vector<uint16_t> beta;
  for (int64_t i = 0; i < n; ++i)
    beta.push_back(narrowBF16(numbers.real()));
  std::vector<float> expected, first;
  for (int64_t row = 0; row < rows; ++row) {
    double mean = 0, squares = 0;
    const float *in = &x[static_cast<size_t>(row * n)];
    for (int64_t i = 0; i < n; ++i)
      mean += static_cast<double>(in[i]) / static_cast<double>(n);
    for (int64_t i = 0; i < n; ++i)
      squares += (in[i] - mean) * (in[i] - mean) / static_cast<double>(n);
    for (int64_t i = 0; i < n; ++i)
      expected.push_back(static_cast<float>((in[i] - mean) / std::sqrt(squares + 1.0e-5) *
                                                static_cast<double>(gamma[static_cast<size_t>(i)]) +
                                            static_cast<double>(widenBF16(beta[static_cast<size_t>(i)]))));
  }
  for (uint32_t seed : {0u, 1u, 3u})
    for (int blocks : {1, 2, 0}) {
      std::vector<float> y(expected.size(), NAN);
      kernels().launch("layer_norm_" + std::to_string(n),
                       {Operand::of(x), Operand::of(gamma), Operand::of(beta), Operand::of(y)},
                       Counts::all(rows), static_cast<uint32_t>(rows), seed, blocks);
      EXPECT_LT(relativeError(y, expected), 2e-5);
      if (first.empty())
        first = y;
      EXPECT_EQ(y, first);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Widths, testing::ValuesIn(widths));

TEST(EmitRows, SiluIsExactWhereItMustBe) {
  ASSERT_TRUE(kernels().ok());
  std::vector<float> x(50), y(50, NAN), expected;
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = (static_cast<float>(i) - 25.0f) * 3.0f;
  x[0] = -INFINITY;
  x[49] = INFINITY;
  for (float value : x)
    expected.push_back(value / (1.0f + std::exp(-value)));
  kernels().launch("silu", {Operand::of(x), Operand::of(y)}, Counts::all(1), 1, 0);
  EXPECT_TRUE(std::isnan(y[0])); // -inf / inf
  for (size_t i = 1; i < x.size(); ++i)
    EXPECT_FLOAT_EQ(y[i], expected[i]) << i;
}

class Rope : public testing::TestWithParam<std::pair<int64_t, const char *>> {};

TEST_P(Rope, WritesEveryElementOfTheSlot) {
  auto [headDim, format] = GetParam();
  ASSERT_TRUE(kernels().ok());
  bool halves = std::string(format) == "f16";
  int64_t width = 3 * headDim, half = headDim / 2, padded = (headDim + 15) / 16 * 16, rows = 5;
  Numbers numbers(4);
  auto count = static_cast<size_t>(rows * width);
  std::vector<float> x = numbers.reals(count), v = numbers.reals(count);
  std::vector<int32_t> positions{0, 7, 2, 100, 31}, slots{40, 0, 95, 63, 16};
  auto size = static_cast<size_t>(halves ? 2 : 4);
  std::vector<uint8_t> keys(static_cast<size_t>(3 * 3 * 32 * headDim) * size, 0xff),
      values(static_cast<size_t>(3 * 3 * 32 * padded) * size, 0xff);
  for (uint32_t seed : {0u, 1u, 2u}) {
    kernels().launch("rope_" + std::to_string(headDim) + format,
                     {Operand::of(x), Operand::of(v), Operand::of(positions), Operand::of(slots),
                      Operand::of(keys), Operand::of(values)},
                     Counts::all(rows), static_cast<uint32_t>(rows), seed);
    auto read = [&](const std::vector<uint8_t> &pool, int64_t element) {
      if (!halves) {
        float value;
        std::memcpy(&value, &pool[static_cast<size_t>(element) * 4], 4);
        return value;
      }
      uint16_t bits;
      std::memcpy(&bits, &pool[static_cast<size_t>(element) * 2], 2);
      return widenF16(bits);
    };
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t head = 0; head < 3; ++head)
        for (int64_t d = 0; d < headDim; ++d) {
          int64_t slot = slots[static_cast<size_t>(row)], page = slot / 32, position = slot % 32;
          const float *in = &x[static_cast<size_t>(row * width + head * headDim)];
          double angle =
              static_cast<double>(static_cast<float>(positions[static_cast<size_t>(row)]) *
                                  static_cast<float>(1.0 / static_cast<double>(1 << (d % half % 10))));
          double low = in[d % half], high = in[d % half + half];
          double turned = d < half ? low * std::cos(angle) - high * std::sin(angle)
                                   : high * std::cos(angle) + low * std::sin(angle);
          int64_t keyAt = ((page * 3 + head) * 2 + position / 16) * headDim * 16 + d * 16 + position % 16;
          int64_t valueAt = (((page * 3 + head) * (padded / 16) + d / 16) * 32 + position) * 16 + d % 16;
          double tolerance = halves ? 2e-3 : 2e-5;
          ASSERT_NEAR(read(keys, keyAt), turned, tolerance) << row << " " << head << " " << d;
          ASSERT_NEAR(read(values, valueAt),
                      static_cast<double>(v[static_cast<size_t>(row * width + head * headDim + d)]),
                      tolerance);
        }
  }
}

std::vector<std::pair<int64_t, const char *>> ropes() {
  std::vector<std::pair<int64_t, const char *>> result;
  for (int64_t headDim : headDims)
    for (const char *format : {"f16", "f32"})
      result.emplace_back(headDim, format);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Shapes, Rope, testing::ValuesIn(ropes()), [](const auto &info) {
  return std::to_string(info.param.first) + "_" + info.param.second;
});

} // namespace
