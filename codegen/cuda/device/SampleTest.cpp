// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The device's sampling functions against the host's Sampler, token by token.
#include "codegen/cuda/device/DeviceTesting.h"

#include "codegen/cuda/Utilities.h"
#include "codegen/cuda/device/utilities.cu"
#include "runtime/sampling/DeviceSampling.h"
#include "runtime/sampling/Likelihood.h"
#include "runtime/sampling/Philox.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace sennit {

using namespace sampling;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

struct Case {
  std::vector<float> logits;
  SamplingParams params;
  std::vector<int32_t> history;
  uint64_t position = 0;
};

/// Draws a token for each case, all in one step; `blocks` 0: as many as the functions ask for.
std::vector<int32_t> sampleOnDevice(int vocabulary, const std::vector<Case> &cases, int blocks,
                                    uint32_t seed) {
  const int rows = int(cases.size()), stride = vocabulary + 3;
  std::vector<float> logits(size_t(rows) * size_t(stride),
                            inf); // between rows, what must not be read as a logit
  std::vector<TokenDraw> draws;
  std::vector<DeviceSampleRow> table(cases.size());
  std::vector<int32_t> recent(size_t(rows) * 300), tokens(size_t(rows) + 1, -7), counts {
    rows + 2,
    1,
    1,
    rows,
    0,
    0,
    0,
    0
  };
  for (int row = 0; row < rows; ++row) {
    const Case &c = cases[size_t(row)];
    std::copy(c.logits.begin(), c.logits.end(), logits.begin() + std::ptrdiff_t(row) * stride);
    draws.push_back({&c.params, c.history, c.position});
  }
  EXPECT_TRUE(fillSampleRows(size_t(vocabulary), draws, table, recent));
  std::vector<uint64_t> scratch(size_t(rows * sampleScratchBytes(vocabulary)) / 8, 0xaaaaaaaaaaaaaaaau);
  Launch launch{};
  launch.operands[0] = logits.data();
  launch.operands[1] = table.data();
  launch.operands[2] = recent.data();
  launch.operands[3] = tokens.data();
  launch.counts = counts.data();
  launch.scratch = reinterpret_cast<unsigned char *>(scratch.data());
  launch.domain = unsigned(Domain::Wanted);
  launch.row_end = launch.max_rows = unsigned(rows);
  launch.reserved[0] = unsigned(vocabulary);
  launch.reserved[1] = unsigned(stride);
  std::vector<emulated::MemoryRange> places;
  const auto allow = [&](const auto &values, size_t count, const char *name) {
    const auto begin = reinterpret_cast<uintptr_t>(values.data());
    places.push_back({begin, begin + count * sizeof values[0], name});
  };
  allow(logits, logits.size() - 3, "logits");
  allow(table, table.size(), "parameters");
  allow(recent, recent.size(), "recent ids");
  allow(tokens, size_t(rows), "tokens");
  allow(counts, counts.size(), "counts");
  allow(scratch, scratch.size(), "scratch");
  const emulated::MemoryRanges ranges(places);
  emulated::LaunchOptions options;
  options.ranges = &ranges;
  void (*const functions[])(Launch) = {sample_slices, sample_weigh, sample_refine, sample_pick};
  for (size_t i = 0; i < 4; ++i) {
    const CudaFunction how = utilityFunctions(vocabulary)[i];
    const emulated::GridShape shape{blocks ? blocks : int(how.tiles) * rows, int(how.threads),
                                    size_t(how.sharedBytes)};
    options.kernel = how.entry;
    const auto fault = device_testing::tryRun(shape, seed, [&] { functions[i](launch); }, options);
    EXPECT_FALSE(fault) << fault->sentence;
  }
  EXPECT_EQ(tokens.back(), -7) << "a token behind the last row";
  tokens.pop_back();
  return tokens;
}

void expectTheHostsTokens(int vocabulary, const std::vector<Case> &cases, int blocks, uint32_t seed) {
  const std::vector<int32_t> found = sampleOnDevice(vocabulary, cases, blocks, seed);
  Sampler sampler{size_t(vocabulary)};
  for (size_t row = 0; row < cases.size(); ++row) {
    const Case &c = cases[row];
    ASSERT_EQ(found[row], sampler.sample(c.logits, c.params, c.history, c.position))
        << "vocabulary " << vocabulary << " row " << row << " seed " << seed << " temperature "
        << c.params.temperature << " top-k " << c.params.topK << " top-p " << c.params.topP << " min-p "
        << c.params.minP << " penalty " << c.params.repeatPenalty;
  }
}

template <typename T>
T oneOf(std::mt19937 &random, std::initializer_list<T> choices) {
  return choices.begin()[random() % choices.size()];
}

Case randomCase(std::mt19937 &random, int vocabulary) {
  Case c;
  c.logits.resize(size_t(vocabulary));
  std::normal_distribution<float> normal(0, oneOf(random, {0.01f, 1.0f, 3.0f, 10.0f}));
  // Rounded logits tie; none: all of them do.
  const float grid = oneOf(random, {0.0f, 0.0f, 16.0f, 1.0f, 0.01f});
  for (float &logit : c.logits)
    logit = grid == 0 ? normal(random) : std::round(normal(random) * grid) / grid;
  if (random() % 4 == 0)
    for (int i = 0; i < 1 + vocabulary / 50; ++i)
      c.logits[random() % size_t(vocabulary)] =
          oneOf(random, {std::nanf(""), -std::nanf(""), -inf, -inf, -0.0f, 3e38f});
  if (random() % 16 == 0)
    c.logits[random() % size_t(vocabulary)] = inf;
  SamplingParams &p = c.params;
  p.temperature = oneOf(random, {0.0f, 1e-3f, 0.3f, 1.0f, 1.0f, 2.5f, 1e6f});
  p.topK = oneOf(random, {0, 1, 2, 5, 40, 256, 300, vocabulary - 1, vocabulary, vocabulary + 1});
  p.topP = oneOf(random, {1.0f, 1.0f, 0.99999994f, 0.95f, 0.5f, 0.01f, 1e-30f});
  p.minP = oneOf(random, {0.0f, 0.0f, 1e-20f, 0.05f, 0.5f, 1.0f});
  p.repeatPenalty = oneOf(random, {1.0f, 1.0f, 1.3f, 0.7f, 1e30f});
  p.repeatWindow = oneOf(random, {-1, 0, 1, 64});
  p.seed = uint64_t(random()) << 32 | random();
  c.position = uint64_t(random()) << (random() % 33);
  c.history.resize(random() % 300);
  for (int32_t &id : c.history)
    id = int32_t(random() % size_t(vocabulary));
  return c;
}

} // namespace

TEST(Sample, ArithmeticIsTheHosts) {
  std::mt19937 random(1);
  const auto any = [&] { return float_of_bits(unsigned(random())); };
  for (int i = 0; i < 200000; ++i) {
    const float logit = i % 2 ? any() : std::ldexp(any(), -100), largest = any();
    if (logit != logit || !(largest >= logit))
      continue;
    const float temperature = i % 3 ? std::fabs(any()) : 1.0f;
    if (!(temperature > 0) || temperature == inf)
      continue;
    EXPECT_EQ(logit_of(key_of(logit)), logit);
    ASSERT_EQ(likelihood_of(Scale(key_of(largest), temperature).power(logit)),
              likelihoodOf(logit, largest, likelihoodScale(temperature)))
        << logit << " of " << largest << " at " << temperature;
  }
  std::normal_distribution<float> normal(0, 8);
  for (int i = 0; i < 200000; ++i) {
    const float logit = -std::fabs(normal(random)), temperature = 0.1f + std::fabs(normal(random)) / 8;
    ASSERT_EQ(likelihood_of(Scale(key_of(0.5f), temperature).power(logit)),
              likelihoodOf(logit, 0.5f, likelihoodScale(temperature)));
    const uint64_t seed = uint64_t(random()) << 32 | random(), position = uint64_t(random()) << (i % 33);
    ASSERT_EQ(random_word(seed, position), randomWordAt(seed, position));
    const float share = float(random() % 1000001) * 1e-6f;
    const uint64_t total = (uint64_t(random()) << 32 | random()) >> (1 + i % 60);
    ASSERT_EQ(share_of(share, total), shareOf(share, total));
    ASSERT_EQ(multiply_high(total, seed), placeIn(total, seed));
  }
}

TEST(Sample, LaunchesFitTheKernels) {
  for (int vocabulary : {1, 1024, 1025, 49152, 262144, 1 << 21}) {
    const std::vector<CudaFunction> functions = utilityFunctions(vocabulary);
    EXPECT_EQ(sample_scratch_bytes(vocabulary), sampleScratchBytes(vocabulary));
    EXPECT_EQ(slices_of(vocabulary), sampleSlices(vocabulary));
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(functions[size_t(i)].threads, slice_threads);
      EXPECT_EQ(functions[size_t(i)].tiles, slices_of(vocabulary));
    }
    EXPECT_EQ(functions[0].sharedBytes, int64_t(sizeof(SlicesMemory)));
    EXPECT_EQ(functions[1].sharedBytes, int64_t(sizeof(WeighMemory)));
    EXPECT_EQ(functions[2].sharedBytes, int64_t(sizeof(BinMemory<slice_threads>)));
    EXPECT_EQ(functions[3].threads, pick_threads);
    EXPECT_EQ(functions[3].sharedBytes, pick_shared_bytes(vocabulary));
  }
  EXPECT_EQ(offsetof(SampleRow, temperature), offsetof(DeviceSampleRow, temperature));
  EXPECT_EQ(offsetof(SampleRow, top_p), offsetof(DeviceSampleRow, topP));
  EXPECT_EQ(offsetof(SampleRow, min_p), offsetof(DeviceSampleRow, minP));
  EXPECT_EQ(offsetof(SampleRow, penalty), offsetof(DeviceSampleRow, penalty));
  EXPECT_EQ(offsetof(SampleRow, top_k), offsetof(DeviceSampleRow, topK));
  EXPECT_EQ(offsetof(SampleRow, recent_first), offsetof(DeviceSampleRow, recentFirst));
  EXPECT_EQ(offsetof(SampleRow, recent_count), offsetof(DeviceSampleRow, recentCount));
}

TEST(Sample, AgreesWithTheHostInSmallVocabularies) {
  std::mt19937 random(2);
  uint32_t seed = 0;
  for (int vocabulary : {1, 2, 31, 32, 33, 1000, 1023, 1024, 1025})
    for (int round = 0; round < (device_testing::reduced ? 1 : 10); ++round) {
      std::vector<Case> cases;
      for (int row = 0; row < 25; ++row)
        cases.push_back(randomCase(random, vocabulary));
      expectTheHostsTokens(vocabulary, cases, round % 3, seed++ % 6);
    }
}

TEST(Sample, AgreesWithTheHostInLargeVocabularies) {
  std::mt19937 random(3);
  uint32_t seed = 0;
  for (int vocabulary : {2049, 5000, 49152}) {
    if (device_testing::reduced && vocabulary > 2049)
      continue;
    for (int round = 0; round < (vocabulary > 10000 ? 3 : 8); ++round) {
      std::vector<Case> cases;
      for (int row = 0; row < 12; ++row)
        cases.push_back(randomCase(random, vocabulary));
      expectTheHostsTokens(vocabulary, cases, round % 3 ? 0 : 5, seed++ % 4);
    }
  }
}

// A cut among equals, within and across slices, and a list longer than what is kept in shared memory.
TEST(Sample, EqualsAreTakenInOrder) {
  for (int vocabulary : {33, 1025, 4100}) {
    std::vector<Case> cases;
    for (int topK : {1, 2, 32, 1024, 1025, 4000})
      for (uint64_t position = 0; position < 4; ++position) {
        Case c;
        c.logits.assign(size_t(vocabulary), 0.25f);
        c.logits[size_t(vocabulary) / 2] = position % 2 ? 0.5f : 0.25f;
        c.params.temperature = 0.8f;
        c.params.topK = topK;
        c.params.topP = position < 2 ? 0.75f : 1.0f;
        c.position = position;
        cases.push_back(c);
      }
    expectTheHostsTokens(vocabulary, cases, 0, 3);
  }
}

TEST(Sample, NumbersThatAreNone) {
  const float nan = std::nanf("");
  std::vector<Case> cases;
  for (const std::vector<float> &logits : {std::vector<float>{nan, nan, nan},
                                           {nan, 1, nan},
                                           {inf, inf, 1},
                                           {-inf, -inf, -inf},
                                           {-inf, 3, nan},
                                           {inf, nan, -inf},
                                           {nan, -inf, nan},
                                           {-0.0f, 0.0f, -1},
                                           {-1, 0.0f, -0.0f}})
    for (float temperature : {0.0f, 1.0f})
      for (int32_t topK : {0, 1, 2})
        for (float topP : {1.0f, 0.5f})
          for (float penalty : {1.0f, 1.1f}) {
            Case c;
            c.logits = logits;
            c.params.temperature = temperature;
            c.params.topK = topK;
            c.params.topP = topP;
            c.params.repeatPenalty = penalty;
            c.params.minP = 0.1f;
            c.history = {0, 2, 99, -4, 2};
            cases.push_back(c);
          }
  expectTheHostsTokens(3, cases, 0, 0);
}

// Only some of the wanted rows: the runtime works through many in parts that share the scratch memory.
TEST(Sample, RowsOfALaunchAreLimited) {
  std::vector<float> logits{0, 3, 1, 9, 2, 2, 4, 1, 1};
  std::vector<DeviceSampleRow> table(3);
  std::vector<int32_t> recent{0}, tokens{-7, -7, -7}, counts{3, 3, 1, 3, 0, 0, 0, 0};
  std::vector<uint64_t> scratch(size_t(sampleScratchBytes(3)) / 8);
  Launch launch{};
  launch.operands[0] = logits.data();
  launch.operands[1] = table.data();
  launch.operands[2] = recent.data();
  launch.operands[3] = tokens.data();
  launch.counts = counts.data();
  launch.scratch = reinterpret_cast<unsigned char *>(scratch.data());
  launch.domain = unsigned(Domain::Wanted);
  launch.row_begin = 1;
  launch.row_end = 2;
  launch.reserved[0] = launch.reserved[1] = 3;
  device_testing::run({2, 128, sizeof(SlicesMemory)}, 0, [&] { sample_slices(launch); });
  device_testing::run({2, 256, size_t(pick_shared_bytes(3))}, 0, [&] { sample_pick(launch); });
  EXPECT_EQ(tokens, (std::vector<int32_t>{-7, 0, -7}));
}

} // namespace sennit
