// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/sampling/Sampler.h"

#include "runtime/sampling/DeviceSampling.h"
#include "runtime/sampling/Likelihood.h"
#include "runtime/sampling/Philox.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <random>
#include <set>

namespace sennit {
namespace {

// Known answers published with the algorithm.
TEST(Philox, KnownAnswers) {
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const uint32_t ones = ~0u;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UniformNumbersAreSpread) {
  int buckets[10] = {};
  for (uint64_t position = 0; position < 10000; ++position) {
    const double u = uniformAt(42, position);
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    ++buckets[int(u * 10)];
  }
  for (int count : buckets)
    EXPECT_NEAR(count, 1000, 130);
}

TEST(Likelihood, IsTheRoundedExponential) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal(0, 6);
  for (float temperature : {0.01f, 0.7f, 1.0f, 3.0f, 1e10f})
    for (int i = 0; i < 20000; ++i) {
      const float logit = -std::abs(normal(random)) * (i % 3 ? 1.0f : 1e-3f);
      const double exact = std::exp(double(logit) / double(temperature)) * double(greatestLikelihood);
      const uint64_t found = likelihoodOf(logit, 0, likelihoodScale(temperature));
      ASSERT_NEAR(double(found), exact, 0.5 + 3e-14 * exact + (exact < 1.001 ? 0.5 : 0)) << logit;
    }
}

// What is never drawn is cut at one place: never a token below one that is drawn.
TEST(Likelihood, EndsAtTheLeastUnit) {
  const double scale = likelihoodScale(1);
  const float least = -42 * 0.693147180559945f;
  float logit = least - 1e-4f;
  bool positive = false;
  for (int i = 0; i < 200; ++i, logit = std::nextafter(logit, 0.0f)) {
    const uint64_t units = likelihoodOf(logit, 0, scale);
    EXPECT_LE(units, 1u);
    EXPECT_GE(units, uint64_t(positive));
    positive |= units > 0;
  }
  EXPECT_TRUE(positive);
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(likelihoodOf(-inf, 1, scale), 0u);
  EXPECT_EQ(likelihoodOf(1, inf, scale), 0u);
  EXPECT_EQ(likelihoodOf(inf, inf, scale), greatestLikelihood);
  EXPECT_EQ(likelihoodOf(-3e38f, 3e38f, likelihoodScale(3e38f)),
            uint64_t(std::llround(std::exp(-2.0) * 0x1p42)));
  EXPECT_EQ(likelihoodOf(0, 1e-45f, scale), greatestLikelihood);
  EXPECT_EQ(likelihoodOf(0, 1e-45f, likelihoodScale(1e-45f)),
            uint64_t(std::llround(std::exp(-1.0) * 0x1p42)));
}

TEST(Likelihood, SharesAreTheLeastThatReach) {
  EXPECT_EQ(shareOf(0.5f, 4), 2u);
  EXPECT_EQ(shareOf(0.5f, 5), 3u);
  EXPECT_EQ(shareOf(1e-30f, 5), 1u);
  EXPECT_EQ(shareOf(0, 5), 0u);
  EXPECT_EQ(shareOf(1, greatestLikelihood), greatestLikelihood);
  EXPECT_EQ(placeIn(5, 0), 0u);
  EXPECT_EQ(placeIn(5, ~uint64_t(0)), 4u);
  EXPECT_EQ(placeIn(greatestLikelihood, uint64_t(1) << 63), greatestLikelihood / 2);
}

/// The plain meaning: sort everything, cut, draw.
int32_t plainSample(std::vector<float> logits, const SamplingParams &params, std::vector<int32_t> history,
                    uint64_t position) {
  std::set<int32_t> recent;
  for (size_t i = 0; i < history.size(); ++i)
    if (params.repeatWindow < 0 || i + size_t(params.repeatWindow) >= history.size())
      recent.insert(history[i]);
  for (int32_t id : recent)
    logits[size_t(id)] = logits[size_t(id)] > 0 ? logits[size_t(id)] / params.repeatPenalty
                                                : logits[size_t(id)] * params.repeatPenalty;
  std::vector<int32_t> order(logits.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = int32_t(i);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return logits[size_t(a)] != logits[size_t(b)] ? logits[size_t(a)] > logits[size_t(b)] : a < b;
  });
  if (params.temperature == 0)
    return order[0];
  const auto weight = [&](int32_t id) {
    return std::exp((double(logits[size_t(id)]) - double(logits[size_t(order[0])])) /
                    double(params.temperature));
  };
  if (params.topK > 0 && size_t(params.topK) < order.size())
    order.resize(size_t(params.topK));
  if (params.topP < 1) {
    double total = 0, sum = 0;
    std::vector<int32_t> byId = order;
    std::sort(byId.begin(), byId.end());
    for (int32_t id : byId)
      total += weight(id);
    for (size_t i = 0; i < order.size(); ++i)
      if ((sum += weight(order[i])) >= double(params.topP) * total * (1 - 1e-14)) {
        order.resize(i + 1);
        break;
      }
  }
  std::erase_if(order, [&](int32_t id) { return weight(id) < double(params.minP); });
  std::sort(order.begin(), order.end());
  double total = 0, sum = 0;
  for (int32_t id : order)
    total += weight(id);
  for (int32_t id : order)
    if ((sum += weight(id)) > uniformAt(params.seed, position) * total)
      return id;
  return order.back();
}

TEST(Sampler, AgreesWithThePlainMeaning) {
  std::mt19937 random(3);
  for (size_t vocab : {1u, 2u, 7u, 64u, 65u, 513u, 5000u}) {
    Sampler sampler(vocab);
    const int rounds = vocab > 1000 ? 60 : 600;
    for (int round = 0; round < rounds; ++round) {
      std::vector<float> logits(vocab);
      std::normal_distribution<float> normal(0, 3);
      for (float &logit : logits)
        // Sixteenths give many equal logits.
        logit = round % 2 ? normal(random) : std::round(normal(random) * 16) / 16;
      SamplingParams params;
      const float temperatures[] = {0, 0.3f, 1, 2.5f};
      params.temperature = temperatures[random() % 4];
      const int32_t ks[] = {0, 1, 5, 40, 1000};
      params.topK = ks[random() % 5];
      const float ps[] = {1, 0.95f, 0.5f, 0.01f};
      params.topP = ps[random() % 4];
      const float mins[] = {0, 0.05f, 0.5f, 1};
      params.minP = mins[random() % 4];
      params.repeatPenalty = random() % 2 ? 1.0f : 1.3f;
      params.repeatWindow = int32_t(random() % 6) - 1;
      params.seed = random();
      std::vector<int32_t> history(random() % 12);
      for (int32_t &id : history)
        id = int32_t(random() % vocab);
      ASSERT_EQ(sampler.sample(logits, params, history, uint64_t(round)),
                plainSample(logits, params, history, uint64_t(round)))
          << "vocab " << vocab << " round " << round;
    }
  }
}

TEST(Sampler, FrequenciesFollowTheProbabilities) {
  const std::vector<float> logits{0, 1, 2, -1};
  SamplingParams params;
  params.temperature = 1;
  Sampler sampler(4);
  std::map<int32_t, int> counts;
  for (uint64_t position = 0; position < 20000; ++position)
    ++counts[sampler.sample(logits, params, {}, position)];
  const double total = std::exp(0.0) + std::exp(1.0) + std::exp(2.0) + std::exp(-1.0);
  for (int32_t id = 0; id < 4; ++id)
    EXPECT_NEAR(counts[id] / 20000.0, std::exp(double(logits[size_t(id)])) / total, 0.01);
}

TEST(Sampler, GreedyTakesTheFirstOfEquals) {
  for (size_t size = 1; size < 100; ++size)
    for (size_t at = 0; at < size; ++at) {
      std::vector<float> logits(size, -1.0f);
      logits[at] = 2;
      logits.back() = 2;
      ASSERT_EQ(argmax(logits), int32_t(at));
    }
}

// A package whose weights were damaged may give anything; the sampler still answers with an id.
TEST(Sampler, SurvivesNumbersThatAreNone) {
  const float nan = std::nanf(""), inf = std::numeric_limits<float>::infinity();
  const std::vector<std::vector<float>> cases{{nan, nan, nan},    {nan, 1, nan},  {inf, inf, 1},
                                              {-inf, -inf, -inf}, {-inf, 3, nan}, {inf, nan, -inf}};
  for (const std::vector<float> &logits : cases) {
    Sampler sampler(3);
    for (float temperature : {0.0f, 1.0f})
      for (int32_t topK : {0, 2})
        for (float topP : {1.0f, 0.5f}) {
          SamplingParams params;
          params.temperature = temperature;
          params.topK = topK;
          params.topP = topP;
          params.minP = 0.1f;
          params.repeatPenalty = 1.1f;
          const int32_t history[] = {0, 2, 99, -4};
          const int32_t id = sampler.sample(logits, params, history, 0);
          EXPECT_GE(id, 0);
          EXPECT_LT(id, 3);
          if (std::isnan(logits[0]) && logits[1] == 1)
            EXPECT_EQ(id, 1);
        }
  }
}

// A device is given each recent id once; the list is as long as it is.
TEST(DeviceSampling, RecentIdsAreListedOnce) {
  SamplingParams plain, some, all;
  some.repeatPenalty = all.repeatPenalty = 1.5f;
  some.repeatWindow = 3;
  all.repeatWindow = -1;
  const std::vector<int32_t> history{4, 9, 4, -1, 10, 2, 9, 2};
  const TokenDraw draws[] = {{&plain, history, 1}, {&some, history, 2}, {&all, history, 3}};
  std::vector<DeviceSampleRow> rows(3);
  std::vector<int32_t> recent(11);
  // Ids of 10 and more are outside the vocabulary; a window is copied before equals are dropped from it.
  ASSERT_EQ(fillSampleRows(10, draws, rows, recent), std::optional<size_t>(5));
  EXPECT_EQ(std::vector<int32_t>(recent.begin(), recent.begin() + 5), (std::vector<int32_t>{2, 9, 2, 4, 9}));
  EXPECT_EQ(rows[0].recentCount, 0);
  EXPECT_EQ(rows[1].recentFirst, 0);
  EXPECT_EQ(rows[1].recentCount, 2);
  EXPECT_EQ(rows[2].recentFirst, 2);
  EXPECT_EQ(rows[2].recentCount, 3);
  EXPECT_EQ(rows[2].penalty, 1.5f);
  EXPECT_EQ(rows[2].position, 3u);
  EXPECT_EQ(fillSampleRows(10, draws, rows, std::span(recent).first(10)), std::optional<size_t>(5));
  EXPECT_EQ(fillSampleRows(10, draws, rows, std::span(recent).first(9)), std::nullopt);
}

TEST(Sampler, ParametersOutOfRangeAreNamed) {
  SamplingParams params;
  EXPECT_TRUE(checkSampling(params).ok());
  params.topP = 0;
  EXPECT_NE(checkSampling(params).message().find("top-p"), std::string::npos);
  params = {};
  params.temperature = std::nanf("");
  EXPECT_NE(checkSampling(params).message().find("temperature"), std::string::npos);
  params = {};
  params.minP = 1.5f;
  EXPECT_NE(checkSampling(params).message().find("min-p"), std::string::npos);
  params = {};
  params.topK = -1;
  EXPECT_NE(checkSampling(params).message().find("top-k"), std::string::npos);
  params = {};
  params.repeatPenalty = 0;
  EXPECT_NE(checkSampling(params).message().find("repeat penalty"), std::string::npos);
  params = {};
  params.repeatWindow = -2;
  EXPECT_NE(checkSampling(params).message().find("repeat window"), std::string::npos);
}

} // namespace
} // namespace sennit
