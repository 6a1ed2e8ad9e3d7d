// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Linear kernels, emitted and run on the emulated machine: a norm as prologue, a section of one weight with
// bias and residual, and one of two weights that are multiplied, against host code, for every format and
// variant.
#include "codegen/cpu/LowerTileTesting.h"
#include "codegen/cuda/emit/EmitTesting.h"

#include <cmath>
#include <memory>

using namespace sennit;
using namespace sennit::emit_testing;

namespace {

struct Shape {
  schema::Format format;
  int64_t n, m, k;
  std::string name() const { return std::string(weights::formatName(format)) + "_" + std::to_string(k); }
};

std::vector<Shape> shapes() {
  using schema::Format;
  std::vector<Shape> result;
  for (Format format : {Format::F32, Format::F16, Format::BF16, Format::Q8_0, Format::Q4_0, Format::Q4_1})
    result.push_back({format, 40, 33, 96});
  result.push_back({Format::F32, 17, 5, 41});
  result.push_back({Format::BF16, 65, 16, 300});
  result.push_back({Format::Q4_1, 16, 1, 288});
  return result;
}

std::string linearText(const Shape &shape) {
  bool block = weights::isBlockFormat(shape.format);
  std::string encode =
      block ? "%q = tile.encode %n : !tile.tile<?x$K, f32, reg> -> !tile.tile<?x$K, q8, shared>\n"
              "    tile.yield %q : !tile.tile<?x$K, q8, shared>"
            : "tile.yield %n : !tile.tile<?x$K, f32, shared>";
  std::string text = kernelText("linear");
  text.replace(text.find("@linear("), 7, "@linear_" + shape.name());
  return substitute(text, {{"$ENCODE", encode},
                           {"$N", std::to_string(shape.n)},
                           {"$M", std::to_string(shape.m)},
                           {"$K", std::to_string(shape.k)},
                           {"$E", block ? "q8" : "f32"},
                           {"$L", block ? "reg" : "shared"},
                           {"$F", weights::formatName(shape.format)}});
}

const EmittedModule &kernels() {
  static std::unique_ptr<EmittedModule> module;
  if (!module) {
    std::vector<std::string> texts;
    for (const Shape &shape : shapes())
      texts.push_back(linearText(shape));
    module = std::make_unique<EmittedModule>(texts);
  }
  return *module;
}

/// Operands for up to 270 rows, more than a tile of the widest variant.
class LinearCase {
public:
  static constexpr int64_t rows = 270;

  explicit LinearCase(const Shape &shape)
      : shape(shape), numbers(7), x(numbers.reals(size(rows * shape.k))), g(numbers.reals(size(shape.k))),
        residual(numbers.reals(size(rows * shape.n))), w(shape.format, shape.n, shape.k, numbers),
        u(shape.format, shape.m, shape.k, numbers), v(shape.format, shape.m, shape.k, numbers) {
    for (int64_t i = 0; i < shape.n; ++i)
      bias.push_back(narrowF16(numbers.real()));
    // Rows of one number, large and small: scales are exact.
    std::fill_n(x.begin() + shape.k, shape.k, 0.0f);
    std::fill_n(x.begin() + 2 * shape.k, shape.k, 3.0e30f);
    y.assign(size(rows * shape.n), NAN);
    z.assign(size(rows * shape.m), NAN);
    std::vector<std::vector<float>> dense[3];
    const TestWeight *all[3] = {&w, &u, &v};
    for (int part = 0; part < 3; ++part)
      for (int64_t i = 0; i < all[part]->rows; ++i) {
        auto &row = dense[part].emplace_back(size(shape.k));
        weights::decodeRow(shape.format, all[part]->row(i), shape.k, row.data());
      }
    for (int64_t row = 0; row < rows; ++row) {
      const float *in = &x[size(row * shape.k)];
      double squares = 0;
      for (int64_t i = 0; i < shape.k; ++i)
        squares += static_cast<double>(in[i]) * in[i] / static_cast<double>(shape.k);
      // The kernel squares in f32, where the third row overflows: its norm is 0.
      double inverse = squares > 3.0e38 ? 0.0 : 1.0 / std::sqrt(squares + 1.0e-5);
      auto dot = [&](const std::vector<float> &weight) {
        double sum = 0;
        for (int64_t i = 0; i < shape.k; ++i)
          sum += in[i] * inverse * static_cast<double>(g[size(i)]) * static_cast<double>(weight[size(i)]);
        return sum;
      };
      for (int64_t i = 0; i < shape.n; ++i)
        expectedY.push_back(static_cast<float>(dot(dense[0][size(i)]) +
                                               static_cast<double>(widenF16(bias[size(i)])) +
                                               static_cast<double>(residual[size(row * shape.n + i)])));
      for (int64_t i = 0; i < shape.m; ++i)
        expectedZ.push_back(static_cast<float>(dot(dense[1][size(i)]) * dot(dense[2][size(i)])));
    }
  }

  void run(int64_t begin, int64_t end, uint32_t seed, int blocks) {
    std::fill(y.begin(), y.end(), NAN);
    std::fill(z.begin(), z.end(), NAN);
    LaunchBytes launch;
    launch.rowBegin = static_cast<uint32_t>(begin);
    launch.rowEnd = static_cast<uint32_t>(end);
    auto packed = [&](TestWeight &weight) {
      return Operand{const_cast<uint8_t *>(weight.table.slices[0].data),
                     size(weights::packedBytes(shape.format, weight.rows, shape.k))};
    };
    kernels().launch("linear_" + shape.name(),
                     {Operand::of(x), Operand::of(g), packed(w), Operand::of(bias), Operand::of(residual),
                      packed(u), packed(v), Operand::of(y), Operand::of(z)},
                     Counts::all(rows), static_cast<uint32_t>(end - begin), seed, blocks, launch);
  }

  /// Rows [begin, end) of a result; every other must be as it was.
  static std::vector<float> slice(const std::vector<float> &of, int64_t width, int64_t begin, int64_t end) {
    for (int64_t i = 0; i < rows * width; ++i)
      if (i < begin * width || i >= end * width)
        EXPECT_TRUE(std::isnan(of[size(i)])) << "element " << i << " was written";
    return {of.begin() + begin * width, of.begin() + end * width};
  }

  static size_t size(int64_t value) { return static_cast<size_t>(value); }

  Shape shape;
  Numbers numbers;
  std::vector<float> x, g, residual, y, z, expectedY, expectedZ;
  std::vector<uint16_t> bias;
  TestWeight w, u, v;
};

class Linear : public testing::TestWithParam<Shape> {};

TEST_P(Linear, EveryVariantGivesTheSameBytesNearTheExactOnes) {
  ASSERT_TRUE(kernels().ok());
  Shape shape = GetParam();
  LinearCase data(shape);
  double tolerance = shape.format == schema::Format::F32 ? 1e-4 : 2e-2;
  data.run(0, LinearCase::rows, 0, 0); // the variant for any number of rows
  std::vector<float> y = data.slice(data.y, shape.n, 0, LinearCase::rows),
                     z = data.slice(data.z, shape.m, 0, LinearCase::rows);
  EXPECT_LT(relativeError(y, data.expectedY), tolerance);
  EXPECT_LT(relativeError(z, data.expectedZ), tolerance);
  uint32_t seed = 1;
  for (auto [begin, end] : {std::pair{0, 1}, {1, 4}, {0, 8}, {7, 16}, {3, 19}, {5, 22}, {100, 165}, {9, 265}})
    for (int blocks : {1, 0}) {
      if (blocks == 1 && end - begin > 64)
        continue; // one block is slow, and other cases show that any grid is right
      SCOPED_TRACE(testing::Message() << "rows " << begin << " to " << end << " on " << blocks << " blocks");
      data.run(begin, end, seed++, blocks);
      std::vector<float> partY = data.slice(data.y, shape.n, begin, end),
                         partZ = data.slice(data.z, shape.m, begin, end);
      EXPECT_TRUE(std::equal(partY.begin(), partY.end(), y.begin() + begin * shape.n));
      EXPECT_TRUE(std::equal(partZ.begin(), partZ.end(), z.begin() + begin * shape.m));
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, Linear, testing::ValuesIn(shapes()),
                         [](const auto &info) { return info.param.name(); });

TEST(EmitLinear, HasVariantsFromFewRowsToMany) {
  ASSERT_TRUE(kernels().ok());
  const CudaKernel &kernel = kernels().kernel("linear_q4_0_96");
  std::vector<uint32_t> limits;
  for (const CudaVariant &variant : kernel.variants)
    limits.push_back(variant.maxRows);
  EXPECT_EQ(limits, (std::vector<uint32_t>{8, 16, 256, 0xffffffff}));
  // Two sections that differ in how many weights they have: a group each.
  EXPECT_EQ(kernel.variants[0].functions.size(), 2u);
  EXPECT_EQ(kernel.variants[1].functions.size(), 4u);
  EXPECT_EQ(kernel.variants[0].scratchRowBytes, 0);
  EXPECT_EQ(kernel.variants[1].scratchRowBytes, (8 * 128 * 2 + 32) / 8);
}

} // namespace
