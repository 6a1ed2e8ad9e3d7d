// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention against double, and the bytes of a row in all company.
#include "codegen/cuda/device/AttentionTesting.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace sennit::attention_testing {

namespace {

constexpr bool reduced = device_testing::reduced;
constexpr int contexts[] = {1, 15, 16, 17, 31, 33, 255, 256, 257, 520};

/// Sequences of one segment of each length, and some of several; of each the last row, and three more at once
/// where there are as many.
TestStep mixedStep(const AttentionShape &shape, bool generated) {
  TestStep step{shape, {}, {}, 0, -1};
  for (int length : contexts)
    if (!reduced || length < 258)
      step.sequences.push_back({length});
  step.sequences.push_back({256, 1});
  step.sequences.push_back({300, 0, 40});
  step.sequences.push_back({5, 33, 64});
  for (int s = 0; s < int(step.sequences.size()); ++s) {
    const std::vector<int> &segments = step.sequences[size_t(s)];
    int length = 0;
    for (int segment : segments)
      length += segment;
    const int rows = std::min(segments.back(), generated ? s % 2 + 1 : s == 9 ? 70 : 1 + 2 * s);
    for (int i = 0; i < rows; ++i)
      step.rows.push_back({s, length - rows + i});
  }
  step.generated = generated ? int(step.rows.size()) : 0;
  return step;
}

void expectNear(const std::vector<float> &found, const std::vector<double> &expected, double tolerance,
                int row) {
  ASSERT_EQ(found.size(), expected.size());
  double worst = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double error = std::abs(found[i] - expected[i]);
    worst = error <= worst ? worst : error; // NaN is worse than all
  }
  EXPECT_LE(worst, tolerance) << "row " << row;
}

void expectSameBytes(const std::vector<float> &a, const std::vector<float> &b, int row) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * 4), 0) << "row " << row;
}

template <typename A>
void run(TestMemory &memory, bool generated, uint32_t seed, int blocks, int begin = 0, int end = 1 << 30) {
  const Launch launch = memory.launch(generated ? Domain::Generated : Domain::Prompt, begin, end);
  if (generated)
    runGenerated<A>(memory, launch, seed, blocks);
  else
    runPrompt<A>(memory, launch, seed, blocks);
}

/// A step of the row alone: what follows its position is not there, and its memory NaN.
TestStep alone(const TestStep &step, int index, bool generated) {
  const TestRow &row = step.rows[size_t(index)];
  TestStep one{step.shape, {}, {row}, generated, -1};
  // As many sequences before it as before, so that its numbers are the same.
  one.sequences.assign(size_t(row.sequence) + 1, {1});
  std::vector<int> segments = step.sequences[size_t(row.sequence)];
  int before = 0;
  for (size_t i = 0; i + 1 < segments.size(); ++i)
    before += segments[i];
  segments.back() = row.position - before + 1;
  one.sequences.back() = segments;
  return one;
}

template <typename A>
void check(bool generated, double tolerance, uint32_t seed) {
  SCOPED_TRACE(testing::Message() << "head_dim " << A::head_dim << " group " << A::group
                                  << (generated ? " generated" : " prompt"));
  const TestStep step = mixedStep(A::shape, generated);
  TestMemory memory(step);
  run<A>(memory, generated, seed, 5);
  std::vector<std::vector<float>> first;
  for (int row = 0; row < int(step.rows.size()); ++row) {
    first.push_back(memory.output(row));
    expectNear(first.back(), memory.expected(row), tolerance, row);
  }
  // Another grid and order of threads, and the rows in two launches.
  memory.clearOutput();
  run<A>(memory, generated, seed + 1, 1, 0, 7);
  run<A>(memory, generated, seed + 1, 3, 7);
  for (int row = 0; row < int(step.rows.size()); ++row)
    expectSameBytes(memory.output(row), first[size_t(row)], row);
  for (int row = 0; row < int(step.rows.size()); row += 4) {
    TestMemory one(alone(step, row, generated));
    run<A>(one, generated, seed + 2, 1);
    expectSameBytes(one.output(0), first[size_t(row)], row);
  }
}

/// Values that are not finite reach the rows that attend to them and no other, whatever rows and sequences
/// they meet in a tile.
template <typename A>
void checkInfiniteValues(bool generated) {
  SCOPED_TRACE(testing::Message() << "head_dim " << A::head_dim << (generated ? " generated" : " prompt"));
  TestStep step{A::shape, {{90}, {21}, {70, 5}}, {}, 0, -1};
  for (int position = 0; position < 90; position += position == 40 ? 21 : 1)
    step.rows.push_back({0, position});
  for (int position = 16; position < 21; ++position)
    step.rows.push_back({1, position});
  for (int position = 71; position < 75; ++position)
    step.rows.push_back({2, position});
  step.generated = generated ? int(step.rows.size()) : 0;
  TestMemory finite(step);
  run<A>(finite, generated, 1, 2);
  step.infinite_from = 18;
  TestMemory memory(step);
  run<A>(memory, generated, 2, 2);
  for (int row = 0; row < int(step.rows.size()); ++row) {
    const std::vector<float> found = memory.output(row);
    if (step.rows[size_t(row)].position < 18) {
      expectSameBytes(found, finite.output(row), row);
      continue;
    }
    for (float value : found)
      EXPECT_FALSE(std::isfinite(value)) << "row " << row;
    if (row % 6 == 0) {
      TestStep one = alone(step, row, generated);
      one.infinite_from = 18;
      TestMemory other(one);
      run<A>(other, generated, 3, 1);
      expectSameBytes(other.output(0), found, row);
    }
  }
}

} // namespace

TEST(Attention, ValuesThatAreNotFiniteStayWithTheirRows) {
  for (bool generated : {false, true}) {
    checkInfiniteValues<Attention<2, 10, 3, 1>>(generated);
    if constexpr (!reduced) {
      checkInfiniteValues<Attention<2, 64, 4, 1>>(generated);
      checkInfiniteValues<Attention<2, 256, 2, 1>>(generated);
    }
    checkInfiniteValues<Attention<4, 10, 3, 1>>(generated);
  }
}

TEST(Attention, GeneratedRowsOfF16Caches) {
  check<Attention<2, 10, 3, 1>>(true, 2e-3, 1);
  if constexpr (!reduced) {
    check<Attention<2, 2, 1, 1>>(true, 2e-3, 0);
    check<Attention<2, 32, 4, 2>>(true, 2e-3, 7);
    check<Attention<2, 40, 8, 1>>(true, 2e-3, 0);
    check<Attention<2, 64, 3, 3>>(true, 2e-3, 1);
    check<Attention<2, 80, 1, 2>>(true, 2e-3, 2);
    check<Attention<2, 128, 4, 2>>(true, 2e-3, 3);
    check<Attention<2, 256, 8, 1>>(true, 2e-3, 4);
    check<Attention<2, 24, 19, 1>>(true, 2e-3, 5);
  }
}

TEST(Attention, PromptRowsOfF16Caches) {
  check<Attention<2, 10, 3, 1>>(false, 2e-3, 1);
  if constexpr (!reduced) {
    check<Attention<2, 2, 1, 1>>(false, 2e-3, 0);
    check<Attention<2, 32, 4, 2>>(false, 2e-3, 7);
    check<Attention<2, 40, 8, 1>>(false, 2e-3, 0);
    check<Attention<2, 64, 3, 3>>(false, 2e-3, 1);
    check<Attention<2, 80, 1, 2>>(false, 2e-3, 2);
    check<Attention<2, 128, 4, 1>>(false, 2e-3, 3);
    check<Attention<2, 256, 8, 1>>(false, 2e-3, 4);
    check<Attention<2, 24, 67, 1>>(false, 2e-3, 5);
  }
}

TEST(Attention, GeneratedRowsOfF32Caches) {
  check<Attention<4, 10, 3, 1>>(true, 2e-5, 1);
  if constexpr (!reduced) {
    check<Attention<4, 2, 1, 1>>(true, 2e-5, 0);
    check<Attention<4, 64, 4, 2>>(true, 2e-5, 7);
    check<Attention<4, 80, 8, 1>>(true, 2e-5, 2);
    check<Attention<4, 128, 17, 1>>(true, 2e-5, 3);
    check<Attention<4, 256, 2, 1>>(true, 2e-5, 4);
  }
}

TEST(Attention, PromptRowsOfF32Caches) {
  check<Attention<4, 10, 3, 1>>(false, 2e-5, 1);
  if constexpr (!reduced) {
    check<Attention<4, 2, 1, 1>>(false, 2e-5, 0);
    check<Attention<4, 64, 4, 2>>(false, 2e-5, 7);
    check<Attention<4, 80, 8, 1>>(false, 2e-5, 2);
    check<Attention<4, 128, 37, 1>>(false, 2e-5, 3);
    check<Attention<4, 256, 2, 1>>(false, 2e-5, 4);
  }
}

} // namespace sennit::attention_testing
