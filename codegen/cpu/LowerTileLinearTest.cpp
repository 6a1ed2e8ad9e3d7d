// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Linear kernels against a scalar form of the canonical arithmetic, bit for bit, on every level of this
// machine.
#include "codegen/cpu/LowerTileTesting.h"

#include <cmath>

using namespace sennit;

namespace {

/// y = norm(x) W^T + bias + residual, and z = (norm(x) U^T) * (norm(x) V^T).
struct Shape {
  schema::Format format;
  int64_t n, m, k;
};

std::string linearText(Shape shape) {
  bool block = weights::isBlockFormat(shape.format);
  std::string encode =
      block ? "%q = tile.encode %n : !tile.tile<?x$K, f32, reg> -> !tile.tile<?x$K, q8, shared>\n"
              "    tile.yield %q : !tile.tile<?x$K, q8, shared>"
            : "tile.yield %n : !tile.tile<?x$K, f32, shared>";
  return substitute(kernelText("linear"), {{"$ENCODE", encode},
                                           {"$N", std::to_string(shape.n)},
                                           {"$M", std::to_string(shape.m)},
                                           {"$K", std::to_string(shape.k)},
                                           {"$E", block ? "q8" : "f32"},
                                           {"$L", block ? "reg" : "shared"},
                                           {"$F", weights::formatName(shape.format)}});
}

/// What a contraction sees of a row: the row itself, or its blocks of 32.
struct Encoded {
  std::vector<float> plain;
  std::vector<float> scale;
  std::vector<int32_t> quants;
};

Encoded encode(std::vector<float> x, bool block) {
  Encoded result{x, {}, {}};
  for (size_t at = 0; block && at < x.size(); at += 32) {
    float largest = 0;
    for (size_t i = 0; i < 32; ++i)
      largest = std::max(largest, std::fabs(x[at + i]));
    result.scale.push_back(largest / 127.0f);
    float inverse = largest > 0 ? 127.0f / largest : 0.0f;
    for (size_t i = 0; i < 32; ++i)
      result.quants.push_back(static_cast<int32_t>(std::nearbyintf(x[at + i] * inverse)));
  }
  return result;
}

float half(const uint8_t *at) {
  uint16_t bits;
  std::memcpy(&bits, at, 2);
  return widenF16(bits);
}

float dot(const TestWeight &weight, int64_t index, const Encoded &x) {
  const uint8_t *row = weight.row(index);
  float sum = 0;
  if (!weights::isBlockFormat(weight.format)) {
    std::vector<float> values(weight.k);
    weights::decodeRow(weight.format, row, weight.k, values.data());
    for (int64_t i = 0; i < weight.k; ++i)
      sum = std::fma(x.plain[i], values[i], sum);
    return sum;
  }
  for (int64_t b = 0; b < weight.k / 32; ++b, row += weights::blockBytes(weight.format)) {
    const int32_t *q = x.quants.data() + 32 * b;
    int32_t products = 0, total = 0;
    int header = weight.format == schema::Format::Q4_1 ? 4 : 2;
    for (int i = 0; i < 32; ++i) {
      uint8_t byte = row[header + (weight.format == schema::Format::Q8_0 ? i : i % 16)];
      int32_t w = weight.format == schema::Format::Q8_0 ? static_cast<int8_t>(byte)
                  : i < 16                              ? byte & 15
                                                        : byte >> 4;
      products += w * q[i];
      total += q[i];
    }
    if (weight.format == schema::Format::Q4_0)
      products -= 8 * total;
    sum = std::fma(static_cast<float>(products) * x.scale[b], half(row), sum);
    if (weight.format == schema::Format::Q4_1)
      sum = std::fma(static_cast<float>(total) * x.scale[b], half(row + 2), sum);
  }
  return sum;
}

/// Operands and expected results for up to 16 rows.
class LinearCase {
public:
  static constexpr int64_t rows = 16;

  explicit LinearCase(Shape shape)
      : shape(shape), numbers(7), x(numbers.reals(rows * shape.k)), g(numbers.reals(shape.k)),
        residual(numbers.reals(rows * shape.n)), w(shape.format, shape.n, shape.k, numbers),
        u(shape.format, shape.m, shape.k, numbers), v(shape.format, shape.m, shape.k, numbers) {
    for (int64_t i = 0; i < shape.n; ++i)
      bias.push_back(narrowF16(numbers.real()));
    std::fill_n(x.begin() + (rows - 1) * shape.k, shape.k, 0.0f);
    y.resize(rows * shape.n);
    z.resize(rows * shape.m);
    for (int64_t row = 0; row < rows; ++row)
      expectRow(row);
  }

  void clear() {
    std::fill(y.begin(), y.end(), NAN);
    std::fill(z.begin(), z.end(), NAN);
  }
  std::vector<const void *> operands() const {
    return {x.data(), g.data(), &w.table, bias.data(), residual.data(),
            &u.table, &v.table, y.data(), z.data()};
  }
  int64_t tiles() const { return (shape.n + 15) / 16 + (shape.m + 15) / 16; }

  /// Rows [begin, end) are as expected and all others untouched.
  void check(int64_t begin, int64_t end) const {
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t i = 0; i < shape.n; ++i)
        checkElement(y[row * shape.n + i], expectedY[row * shape.n + i], row >= begin && row < end, "y", row,
                     i);
      for (int64_t i = 0; i < shape.m; ++i)
        checkElement(z[row * shape.m + i], expectedZ[row * shape.m + i], row >= begin && row < end, "z", row,
                     i);
      if (testing::Test::HasFailure())
        return;
    }
  }

  Shape shape;
  Numbers numbers;
  std::vector<float> x, g, residual, y, z;
  std::vector<uint16_t> bias;
  TestWeight w, u, v;

private:
  void expectRow(int64_t row) {
    const float *in = &x[row * shape.k];
    float mean = canonicalSumSquares(in, shape.k) / static_cast<float>(shape.k);
    float inverse = 1.0f / std::sqrt(mean + 1.0e-5f);
    std::vector<float> normed(shape.k);
    for (int64_t i = 0; i < shape.k; ++i)
      normed[i] = (in[i] * inverse) * g[i];
    Encoded activation = encode(normed, weights::isBlockFormat(shape.format));
    for (int64_t i = 0; i < shape.n; ++i)
      expectedY.push_back((dot(w, i, activation) + widenF16(bias[i])) + residual[row * shape.n + i]);
    for (int64_t i = 0; i < shape.m; ++i)
      expectedZ.push_back(dot(u, i, activation) * dot(v, i, activation));
  }

  void checkElement(float found, float wanted, bool written, const char *name, int64_t row,
                    int64_t column) const {
    if (!written)
      ASSERT_TRUE(std::isnan(found)) << name << " row " << row << " column " << column << " was written";
    else
      ASSERT_EQ(std::bit_cast<uint32_t>(found), std::bit_cast<uint32_t>(wanted))
          << name << " row " << row << " column " << column << ": expected " << wanted << ", found " << found;
  }

  std::vector<float> expectedY, expectedZ;
};

class Linear : public testing::TestWithParam<Shape> {};

TEST_P(Linear, EqualsTheCanonicalArithmetic) {
  LinearCase data(GetParam());
  const TestKernel &kernel = compiledOnce(linearText(GetParam()));
  ASSERT_TRUE(kernel.ok());
  EXPECT_EQ(kernel.facts.columnTiles, data.tiles());
  EXPECT_TRUE(kernel.facts.hasPrologue);
  for (schema::CpuLevel level : hostLevels()) {
    SCOPED_TRACE(schema::EnumNameCpuLevel(level));
    for (int64_t rows : {1, 2, 3, 4, 5, 7, 8, 15}) {
      SCOPED_TRACE(rows);
      data.clear();
      // Rows in the middle, tiles in three calls, as three workers would take them.
      int64_t first = rows == 15 ? 1 : 9 - rows, third = data.tiles() / 3;
      kernel.call(level, data.operands(), {first, first + rows, 0, third});
      kernel.call(level, data.operands(), {first, first + rows, third, third + 1});
      kernel.call(level, data.operands(), {first, first + rows, third + 1, data.tiles()});
      data.check(first, first + rows);
      data.clear();
      kernel.call(level, data.operands(), {LinearCase::rows - rows, LinearCase::rows, 0, data.tiles()});
      data.check(LinearCase::rows - rows, LinearCase::rows);
    }
  }
}

TEST_P(Linear, GivesTheSameForSlicedWeights) {
  Shape shape = GetParam();
  LinearCase data(shape);
  const TestKernel &kernel = compiledOnce(linearText(shape));
  ASSERT_TRUE(kernel.ok());
  data.w.pack(32, 64);
  data.u.pack(32, 32);
  data.v.pack(32, 96);
  // Calls end where slices of rows do.
  int64_t ofY = (shape.n + 15) / 16;
  for (schema::CpuLevel level : hostLevels())
    for (int64_t rows : {1, 6}) {
      data.clear();
      for (int64_t tile = 0; tile < ofY; tile += 2)
        kernel.call(level, data.operands(), {3, 3 + rows, tile, std::min(tile + 2, ofY)});
      for (int64_t tile = ofY; tile < data.tiles(); tile += 2)
        kernel.call(level, data.operands(), {3, 3 + rows, tile, std::min(tile + 2, data.tiles())});
      data.check(3, 3 + rows);
    }
}

std::vector<Shape> shapes() {
  using schema::Format;
  std::vector<Shape> result;
  for (Format format : {Format::F32, Format::F16, Format::BF16, Format::Q8_0, Format::Q4_0, Format::Q4_1}) {
    result.push_back({format, 16, 40, 32});
    result.push_back({format, 131, 64, 96});
    if (!weights::isBlockFormat(format))
      result.push_back({format, 40, 5, 41});
  }
  result.push_back({Format::Q4_1, 144, 131, 576});
  result.push_back({Format::Q8_0, 8, 1, 64});
  return result;
}

INSTANTIATE_TEST_SUITE_P(Formats, Linear, testing::ValuesIn(shapes()), [](const auto &info) {
  const Shape &shape = info.param;
  return std::string(weights::formatName(shape.format)) + "_" + std::to_string(shape.n) + "_" +
         std::to_string(shape.m) + "_" + std::to_string(shape.k);
});

} // namespace
