// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// All variants of a linear, for the format that SENNIT_TEST_FORMAT names: against sums in double, and a row's
// bytes against each other.
#include "codegen/cuda/device/LinearTesting.h"

#include <gtest/gtest.h>

namespace sennit::linear_testing {

namespace {

constexpr WeightFormat format = WeightFormat::SENNIT_TEST_FORMAT;
constexpr OperandKind kind = operand_of(format);
constexpr bool reduced = device_testing::reduced;
constexpr int mostTokens = reduced ? 66 : 130;

/// The rows that one launch computes, and how it runs.
struct Range {
  int begin, end, blocks;
  uint32_t seed;
};

/// A linear of three sections over the same rows.
template <int K>
class Sections {
public:
  Sections(int rows0, int rows1, int rows2)
      : rows_{rows0, rows1, rows2}, weights_{TestWeight(format, rows0, K, 1), TestWeight(format, rows1, K, 2),
                                             TestWeight(format, rows2, K, 3)} {}

  /// Results of [begin, end), all sections of a row together; others NaN.
  template <typename Kernel>
  std::vector<float> run(const Range &range, size_t shared, Kernel kernel) const {
    std::vector<DeviceBytes> results;
    for (int s = 0; s < 3; ++s)
      results.emplace_back(size_t(mostTokens) * size_t(rows_[s]) * 4);
    DeviceBytes counts(16);
    const int rows[4] = {mostTokens, 0, 1, 0};
    std::memcpy(counts.data(), rows, 16);
    DeviceBytes scratch(size_t(activation_scratch_bytes(kind, K, range.end - range.begin)));
    Launch launch{};
    launch.operands[0] = input_.x.data();
    launch.operands[1] = input_.gains.data();
    for (int s = 0; s < 3; ++s) {
      launch.operands[2 + s] = weights_[s].packed();
      launch.operands[5 + s] = results[size_t(s)].data();
    }
    launch.counts = reinterpret_cast<const int *>(counts.data());
    launch.scratch = scratch.data();
    launch.row_begin = unsigned(range.begin);
    launch.row_end = unsigned(range.end);
    launch.max_rows = unsigned(range.end - range.begin);
    const LinearWeights<3, 1> given{{{weights_[0].packed()}, {weights_[1].packed()}, {weights_[2].packed()}},
                                    {rows_[0], rows_[1], rows_[2]}};
    std::vector<emulated::MemoryRange> ranges{counts.range("counts"), scratch.range("scratch"),
                                              input_.x.range("rows"), input_.gains.range("gains")};
    for (int s = 0; s < 3; ++s) {
      ranges.push_back(weights_[s].range());
      ranges.push_back(results[size_t(s)].range("results"));
    }
    kernel(launch, given, emulated::GridShape{range.blocks, linear_threads, shared}, range.seed,
           emulated::MemoryRanges(ranges));
    std::vector<float> out;
    for (int t = 0; t < mostTokens; ++t)
      for (int s = 0; s < 3; ++s) {
        const float *row =
            reinterpret_cast<float *>(results[size_t(s)].data()) + size_t(t) * size_t(rows_[s]);
        out.insert(out.end(), row, row + rows_[s]);
      }
    return out;
  }
  template <int R>
  std::vector<float> few(const Range &range) const {
    return run(range, size_t(few_shared_bytes(format, K, R, 1)),
               [](const Launch &launch, const LinearWeights<3, 1> &given, const emulated::GridShape &grid,
                  uint32_t seed, const emulated::MemoryRanges &ranges) {
                 runFunction(grid, seed, ranges, [&] { example_few<format, K, R, 3>(launch, given); });
               });
  }
  template <typename Linear>
  std::vector<float> scratch(const Range &range, int shared) const {
    return run(range, size_t(shared),
               [](const Launch &launch, const LinearWeights<3, 1> &given, const emulated::GridShape &grid,
                  uint32_t seed, const emulated::MemoryRanges &ranges) {
                 runFunction({grid.blocks, linear_threads, 512}, seed, ranges,
                             [&] { example_encode<format, K>(launch); });
                 runFunction(grid, seed, ranges, [&] { example_multiply<Linear, 3>(launch, given); });
               });
  }
  template <int N>
  std::vector<float> stream(const Range &range) const {
    return scratch<LinearStream<format, K, N, 3>>(range, stream_shared_bytes(format, K, N, 1));
  }
  template <int N>
  std::vector<float> many(const Range &range) const {
    return scratch<LinearMany<format, K, N, 3>>(range, many_shared_bytes(format, K, N, 1));
  }

  int width() const { return rows_[0] + rows_[1] + rows_[2]; }

  void expectNear(const std::vector<float> &out) const {
    double worst = 0;
    for (int t = 0; t < mostTokens; ++t) {
      const std::vector<double> row = input_.normed(t);
      int column = 0;
      for (int s = 0; s < 3; ++s)
        for (int r = 0; r < rows_[s]; ++r, ++column) {
          const Exact exact = exactSum(row, weights_[s].row(r, K));
          const double error = std::fabs(out[size_t(t * width() + column)] - exact.sum);
          ASSERT_LE(error, tolerance(kind, K) * exact.magnitude)
              << "k " << K << " row " << t << " column " << column;
          worst = std::max(worst, exact.magnitude > 0 ? error / exact.magnitude : 0);
        }
    }
    EXPECT_TRUE(worst > 0 || K == 1) << "the oracle saw nothing";
  }
  /// Rows [begin, end) of `out` are those of `all`; no other row was written.
  void expectSame(const std::vector<float> &all, const std::vector<float> &out, const Range &range,
                  const char *what) const {
    for (int t = 0; t < mostTokens; ++t)
      for (int c = 0; c < width(); ++c) {
        const size_t i = size_t(t * width() + c);
        const uint32_t expected = t >= range.begin && t < range.end ? bits_of_float(all[i]) : 0xffffffffu;
        ASSERT_EQ(bits_of_float(out[i]), expected) << what << " k " << K << " rows " << range.begin << " to "
                                                   << range.end << " row " << t << " column " << c;
      }
  }

private:
  int rows_[3];
  TestWeight weights_[3];
  TestRows input_{K, mostTokens, 7};
};

template <int K>
void checkVariants() {
  for (const auto &rows : {std::array{1, 16, 17}, std::array{48, 200, 1}}) {
    if (reduced && rows[0] > 1)
      continue;
    const Sections<K> linear(rows[0], rows[1], rows[2]);
    const Range all{0, mostTokens, 3, 1};
    const std::vector<float> out = linear.template many<64>(all);
    ASSERT_NO_FATAL_FAILURE(linear.expectNear(out));
    linear.expectSame(out, linear.template stream<16>({0, mostTokens, 2, 0}), all, "stream");
    linear.expectSame(out, linear.template many<128>({0, mostTokens, 1, 5}), all, "many 128");
    linear.expectSame(out, linear.template many<32>({0, mostTokens, 200, 0}), all, "many 32");
    for (const Range &range : {Range{0, 1, 1, 0}, Range{1, 9, 5, 1}, Range{5, 8, 2, 9}, Range{3, 5, 3, 4},
                               Range{mostTokens - 8, mostTokens, 300, 3}})
      linear.expectSame(out, linear.template few<8>(range), range, "few 8");
    for (const Range &range : {Range{7, 8, 4, 1}, Range{5, 6, 1, 2}})
      linear.expectSame(out, linear.template few<1>(range), range, "few 1");
    for (int count : {1, 2, 7, 8, 9, 15, 16, 17, 63, 65}) {
      if (reduced && count % 8 != 1)
        continue;
      const Range range{count % 5, count % 5 + count, 1 + count % 4, uint32_t(count)};
      linear.expectSame(out, linear.template stream<16>(range), range, "stream");
      linear.expectSame(out, linear.template stream<8>(range), range, "stream 8");
      linear.expectSame(out, linear.template many<64>(range), range, "many 64");
      if (count > 16)
        linear.expectSame(out, linear.template many<128>(range), range, "many 128");
    }
  }
}

/// Two weights over the same rows, in each variant.
template <int K>
void checkGated(int columns) {
  constexpr int tokens = 37;
  const TestRows input(K, tokens, 11);
  const TestWeight gate(format, columns, K, 5), up(format, columns, K, 6);
  const LinearWeights<1, 2> given{{{gate.packed(), up.packed()}}, {columns}};
  const auto run = [&](int begin, int end, auto kernel) {
    DeviceBytes counts(16), result(size_t(tokens * columns) * 4);
    DeviceBytes scratch(size_t(activation_scratch_bytes(kind, K, end - begin)));
    const int rows[4] = {tokens, 0, 1, 0};
    std::memcpy(counts.data(), rows, 16);
    Launch launch{};
    launch.operands[0] = input.x.data();
    launch.operands[1] = input.gains.data();
    launch.operands[4] = result.data();
    launch.counts = reinterpret_cast<const int *>(counts.data());
    launch.scratch = scratch.data();
    launch.row_begin = unsigned(begin);
    launch.row_end = unsigned(end);
    const emulated::MemoryRanges ranges({counts.range("counts"), scratch.range("scratch"), gate.range(),
                                         up.range(), input.x.range("rows"), input.gains.range("gains"),
                                         result.range("result")});
    kernel(launch, ranges);
    std::vector<float> out(size_t(tokens * columns));
    std::memcpy(out.data(), result.data(), out.size() * 4);
    return out;
  };
  const auto encoded = [&]<typename Linear>(int shared, uint32_t seed) {
    return run(0, tokens, [&](const Launch &launch, const emulated::MemoryRanges &ranges) {
      runFunction({3, linear_threads, 512}, seed, ranges, [&] { example_encode<format, K>(launch); });
      runFunction({2, linear_threads, size_t(shared)}, seed, ranges,
                  [&] { example_multiply_gated<Linear>(launch, given); });
    });
  };
  const std::vector<float> out =
      encoded.template operator()<LinearMany<format, K, 64, 1, 2>>(many_shared_bytes(format, K, 64, 2), 1);
  EXPECT_EQ(out, (encoded.template operator()<LinearMany<format, K, 128, 1, 2>>(
                     many_shared_bytes(format, K, 128, 2), 0)));
  EXPECT_EQ(out, (encoded.template operator()<LinearStream<format, K, 16, 1, 2>>(
                     stream_shared_bytes(format, K, 16, 2), 4)));
  const std::vector<float> few = run(3, 11, [&](const Launch &launch, const emulated::MemoryRanges &ranges) {
    runFunction({3, linear_threads, size_t(few_shared_bytes(format, K, 8, 2))}, 2, ranges,
                [&] { example_few_gated<format, K, 8>(launch, given); });
  });
  EXPECT_EQ(std::vector<float>(out.begin() + 3 * columns, out.begin() + 11 * columns),
            std::vector<float>(few.begin() + 3 * columns, few.begin() + 11 * columns));
  for (int t = 0; t < tokens; ++t) {
    const std::vector<double> row = input.normed(t);
    for (int c = 0; c < columns; ++c) {
      const Exact g = exactSum(row, gate.row(c, K)), u = exactSum(row, up.row(c, K));
      const double exact = g.sum / (1 + std::exp(-g.sum)) * u.sum, limit = tolerance(kind, K);
      // silu has a slope of at most 1.1.
      const double bound = limit * (1.1 * g.magnitude * (std::fabs(u.sum) + limit * u.magnitude) +
                                    u.magnitude * std::fabs(g.sum));
      ASSERT_NEAR(out[size_t(t * columns + c)], exact, bound + 1e-6 * std::fabs(exact))
          << "k " << K << " row " << t << " column " << c;
    }
  }
}

} // namespace

TEST(Linear, GatedVariantsAgree) {
  checkGated<96>(33);
  if constexpr (!reduced)
    checkGated<1056>(70);
}

TEST(Linear, VariantsAgreeWithSumsInDoubleAndWithEachOther) {
  if constexpr (!is_block_format(format))
    checkVariants<33>();
  if constexpr (!is_block_format(format) && !reduced) {
    checkVariants<1>();
    checkVariants<30>();
  }
  checkVariants<96>();
  if constexpr (!reduced) {
    checkVariants<32>();
    checkVariants<576>();
    checkVariants<1056>();
  }
}

} // namespace sennit::linear_testing
