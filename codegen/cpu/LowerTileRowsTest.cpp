// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Row kernels: gathers, norms, rope with the write into the cache, plain maps; on every level of this
// machine.
#include "codegen/cpu/LowerTileTesting.h"

#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace sennit;

namespace {

void expectSame(const std::vector<float> &found, const std::vector<float> &wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_EQ(std::bit_cast<uint32_t>(found[i]), std::bit_cast<uint32_t>(wanted[i]))
        << "element " << i << ": expected " << wanted[i] << ", found " << found[i];
}

class Embedding : public testing::TestWithParam<std::pair<schema::Format, int64_t>> {};

TEST_P(Embedding, DequantisesTheChosenRows) {
  auto [format, k] = GetParam();
  TestKernel kernel(
      substitute(kernelText("embed"), {{"FORMAT", weights::formatName(format)}, {"K", std::to_string(k)}}));
  ASSERT_TRUE(kernel.ok());
  EXPECT_EQ(kernel.facts.columnTiles, 1u);
  EXPECT_FALSE(kernel.facts.hasPrologue);
  Numbers numbers(3);
  TestWeight weight(format, 51, k, numbers);
  std::vector<int32_t> ids{50, 0, 15, 16, 17, 33, 48, 50};
  std::vector<float> expected;
  for (int32_t id : ids) {
    std::vector<float> row(k);
    weights::decodeRow(format, weight.row(id), k, row.data());
    expected.insert(expected.end(), row.begin(), row.end());
  }
  for (bool sliced : {false, true}) {
    if (sliced)
      weight.pack(16, 32);
    for (schema::CpuLevel level : hostLevels()) {
      std::vector<float> y(expected.size() + 16, -1.0f);
      kernel.call(level, {ids.data(), &weight.table, y.data()}, {0, 8, 0, 1});
      for (int i = 0; i < 16; ++i)
        ASSERT_EQ(y[expected.size() + i], -1.0f);
      y.resize(expected.size());
      expectSame(y, expected);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Embedding,
                         testing::Values(std::pair{schema::Format::F32, int64_t(40)},
                                         std::pair{schema::Format::F16, int64_t(37)},
                                         std::pair{schema::Format::BF16, int64_t(64)},
                                         std::pair{schema::Format::Q8_0, int64_t(96)},
                                         std::pair{schema::Format::Q4_0, int64_t(96)},
                                         std::pair{schema::Format::Q4_1, int64_t(64)}),
                         [](const auto &info) {
                           return std::string(weights::formatName(info.param.first)) + "_" +
                                  std::to_string(info.param.second);
                         });

/// Reads and writes every format of a rows view, full and part-full chunks.
class Copying : public testing::TestWithParam<int64_t> {};

TEST_P(Copying, RoundsToNearestAndTouchesNothingElse) {
  int64_t n = GetParam();
  TestKernel kernel(substitute(kernelText("copy"), {{"WIDTH", std::to_string(n)}}));
  ASSERT_TRUE(kernel.ok());
  Numbers numbers(5);
  std::vector<float> x = numbers.reals(4 * n);
  std::vector<int32_t> ids{2, 0, 3, 1, 1};
  for (schema::CpuLevel level : hostLevels()) {
    std::vector<uint16_t> h(6 * n + 32, 0x1234), b(6 * n + 32, 0x1234);
    std::vector<float> y(6 * n + 32, -1.0f);
    kernel.call(level, {ids.data(), x.data(), h.data(), b.data(), y.data()}, {1, 5, 0, 1});
    for (int64_t i = 0; i < 6 * n + 32; ++i) {
      bool written = i >= n && i < 5 * n;
      float value = written ? x[ids[i / n] * n + i % n] : 0.0f;
      ASSERT_EQ(h[i], written ? narrowF16(value) : 0x1234) << i;
      ASSERT_EQ(b[i], written ? narrowBF16(value) : 0x1234) << i;
      ASSERT_EQ(y[i], written ? widenF16(h[i]) + widenBF16(b[i]) : -1.0f) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, Copying, testing::Values(1, 2, 15, 16, 17, 32, 49));

TEST(LowerTileRows, LayerNormFollowsTheCanonicalOrder) {
  for (int64_t n : {1, 16, 40, 67}) {
    SCOPED_TRACE(n);
    TestKernel kernel(substitute(kernelText("layer-norm"), {{"WIDTH", std::to_string(n)}}));
    ASSERT_TRUE(kernel.ok());
    Numbers numbers(9);
    std::vector<float> x = numbers.reals(3 * n), gamma = numbers.reals(n), y(3 * n), expected;
    std::vector<uint16_t> beta;
    for (int64_t i = 0; i < n; ++i)
      beta.push_back(narrowBF16(numbers.real()));
    for (int64_t row = 0; row < 3; ++row) {
      std::vector<float> d(x.begin() + row * n, x.begin() + (row + 1) * n);
      float mean = canonicalSum(d.data(), n) / static_cast<float>(n);
      for (float &value : d)
        value = value - mean;
      float inverse = 1.0f / std::sqrt(canonicalSumSquares(d.data(), n) / static_cast<float>(n) + 1.0e-5f);
      for (int64_t i = 0; i < n; ++i)
        expected.push_back((d[i] * inverse) * gamma[i] + widenBF16(beta[i]));
    }
    for (schema::CpuLevel level : hostLevels()) {
      kernel.call(level, {x.data(), gamma.data(), beta.data(), y.data()}, {0, 3, 0, 1});
      expectSame(y, expected);
    }
  }
}

/// Rope of a key with its write into the cache, as the compiler makes it: halves of a head, tables in
/// scratch.
class RopeAppend : public testing::TestWithParam<std::pair<int64_t, const char *>> {};

TEST_P(RopeAppend, WritesEveryElementOfTheSlot) {
  auto [headDim, format] = GetParam();
  bool half = std::string(format) == "f16";
  int64_t h = headDim / 2, heads = 3, width = heads * headDim, padded = (headDim + 15) / 16 * 16;
  std::vector<float> frequencies;
  std::string list;
  for (int64_t i = 0; i < h; ++i) {
    frequencies.push_back(1.0f / static_cast<float>(1 << (i % 10)));
    char number[32];
    std::snprintf(number, sizeof(number), "%.12f", frequencies.back());
    list += (i ? ", " : "") + std::string(number);
  }
  TestKernel kernel(substitute(kernelText("rope-append"), {{"WIDTH", std::to_string(width)},
                                                           {"DIM", std::to_string(headDim)},
                                                           {"HALF", std::to_string(h)},
                                                           {"LIST", list},
                                                           {"FORMAT", format}}));
  ASSERT_TRUE(kernel.ok());
  Numbers numbers(4);
  std::vector<float> x = numbers.reals(5 * width), v = numbers.reals(5 * width);
  std::vector<int32_t> positions{0, 1, 17, 400, 8191}, slots{0, 15, 16, 33, 95};
  std::vector<std::vector<uint8_t>> pools;
  for (schema::CpuLevel level : hostLevels()) {
    int64_t size = half ? 2 : 4;
    std::vector<uint8_t> keys(3 * heads * headDim * 32 * size, 0xff),
        values(3 * heads * padded * 32 * size, 0xff);
    kernel.call(level, {x.data(), v.data(), positions.data(), slots.data(), keys.data(), values.data()},
                {0, 5, 0, 1});
    int64_t written = 0;
    auto read = [&](const std::vector<uint8_t> &pool, int64_t element) {
      uint16_t bits;
      float value;
      std::memcpy(&bits, &pool[element * size], 2);
      std::memcpy(&value, &pool[element * size], size == 4 ? 4 : 0);
      return half ? widenF16(bits) : value;
    };
    for (size_t i = 0; i < keys.size() / size; ++i)
      written += !std::isnan(read(keys, i));
    EXPECT_EQ(written, 5 * width);
    for (int64_t row = 0; row < 5; ++row)
      for (int64_t head = 0; head < heads; ++head)
        for (int64_t d = 0; d < headDim; ++d) {
          int64_t page = slots[row] / 32, slot = slots[row] % 32, place = page * heads + head;
          double angle = static_cast<float>(positions[row]) * frequencies[d % h];
          const float *in = &x[row * width + head * headDim];
          double wanted = d < h ? in[d] * std::cos(angle) - in[d + h] * std::sin(angle)
                                : in[d] * std::cos(angle) + in[d - h] * std::sin(angle);
          float key = read(keys, ((place * 2 + slot / 16) * headDim + d) * 16 + slot % 16);
          float value = read(values, ((place * (padded / 16) + d / 16) * 32 + slot) * 16 + d % 16);
          double tolerance = half ? 2e-3 : 3e-6;
          ASSERT_NEAR(key, wanted, tolerance) << row << " " << head << " " << d;
          float plain = v[row * width + head * headDim + d];
          ASSERT_EQ(value, half ? widenF16(narrowF16(plain)) : plain) << row << " " << head << " " << d;
        }
    keys.insert(keys.end(), values.begin(), values.end());
    pools.push_back(keys);
  }
  for (const auto &pool : pools)
    EXPECT_EQ(pool, pools[0]);
}

INSTANTIATE_TEST_SUITE_P(Shapes, RopeAppend,
                         testing::Values(std::pair{int64_t(64), "f16"}, std::pair{int64_t(40), "f16"},
                                         std::pair{int64_t(40), "f32"}, std::pair{int64_t(16), "f16"},
                                         std::pair{int64_t(2), "f32"}),
                         [](const auto &info) {
                           return std::string(info.param.second) + "_" + std::to_string(info.param.first);
                         });

TEST(LowerTileRows, SiluIsCloseToTheReference) {
  TestKernel kernel(kernelText("silu"));
  ASSERT_TRUE(kernel.ok());
  std::vector<float> x(100);
  for (int i = 0; i < 100; ++i)
    x[i] = static_cast<float>(i - 50) * 2.0f;
  for (schema::CpuLevel level : hostLevels()) {
    std::vector<float> y(100);
    kernel.call(level, {x.data(), y.data()}, {0, 2, 0, 1});
    for (int i = 0; i < 100; ++i) {
      double wanted = x[i] / (1.0 + std::exp(-static_cast<double>(x[i])));
      EXPECT_NEAR(y[i], wanted, 1e-6 * std::fabs(wanted) + 1e-30) << x[i];
    }
  }
}

TEST(LowerTileRows, RefusesWhatItHasNoFormFor) {
  mlir::DialectRegistry registry;
  registerKernelDialects(registry);
  registry.insert<tile::TileDialect>();
  mlir::MLIRContext context(registry);
  std::vector<std::string> messages;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    messages.push_back(diagnostic.str());
    return mlir::success();
  });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(kernelText("refused"), &context);
  ASSERT_TRUE(module);
  EXPECT_TRUE(mlir::failed(lowerTileToLLVM(*module, schema::CpuLevel::Avx2)));
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_NE(messages[0].find("no contraction of f32 activations with q4_0"), std::string::npos)
      << messages[0];
  EXPECT_NE(messages[1].find("cannot run under the columns of a packed weight"), std::string::npos)
      << messages[1];
}

} // namespace
