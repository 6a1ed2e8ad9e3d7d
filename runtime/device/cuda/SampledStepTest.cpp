// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A step that draws tokens is one graph: what it costs in calls of the driver, and that nothing of an earlier
// step is left in it.
#include "runtime/device/cuda/Device.h"
#include "runtime/device/cuda/DeviceTestPackage.h"
#include "runtime/device/cuda/EmulatedControls.h"
#include "runtime/program/Session.h"

#include <gtest/gtest.h>

#include <random>

namespace sennit {
namespace {

using schema::StepRole;
using testing::driver;
using testing::referenceLogits;
using testing::TestModel;

/// Sequences of the made-up model that grow by drawn tokens, each compared with what the host draws.
struct Steps {
  Steps(const TestModel &model, bool checkKernels) : model(model) {
    SessionOptions options;
    options.device = "cuda";
    options.checkKernels = checkKernels;
    session = Session::create(testing::openDevicePackage(model), options).take();
  }

  void add(std::vector<int32_t> prompt) {
    sequences.push_back(session->createSequence().take());
    promptLengths.push_back(prompt.size());
    texts.push_back(std::move(prompt));
    done.push_back(0);
  }

  /// One step of every sequence; its calls of the driver.
  unsigned long long run(StepRole role, std::span<const SamplingParams> params, bool wantLogits = false) {
    std::vector<StepItem> items;
    std::vector<TokenDraw> draws;
    for (size_t i = 0; i < sequences.size(); ++i) {
      items.push_back({sequences[i], std::span(texts[i]).subspan(done[i]), role, Wanted::Last});
      draws.push_back({&params[i], texts[i], texts[i].size(), wantLogits});
    }
    std::vector<int32_t> drawnIds(sequences.size(), -1);
    const unsigned long long before = driver().callCount();
    const Status status = session->stepAndSample(items, draws, [&](size_t item, const DrawnToken &drawn) {
      drawnIds[item] = drawn.id;
      EXPECT_EQ(drawn.seconds, 0) << "the host drew";
    });
    const unsigned long long calls = driver().callCount() - before;
    EXPECT_TRUE(status.ok()) << status.message();
    Sampler host(model.vocab);
    for (size_t i = 0; i < sequences.size(); ++i) {
      const std::vector<float> logits = referenceLogits(model, texts[i], promptLengths[i]);
      EXPECT_EQ(drawnIds[i], host.sample(logits, params[i], texts[i], texts[i].size())) << "sequence " << i;
      done[i] = texts[i].size();
      texts[i].push_back(drawnIds[i]);
    }
    return calls;
  }

  TestModel model;
  std::unique_ptr<Session> session;
  std::vector<SequenceId> sequences;
  std::vector<std::vector<int32_t>> texts;
  std::vector<size_t> done, promptLengths;
};

SamplingParams warm(uint64_t seed, float penalty = 1) {
  SamplingParams params;
  params.temperature = 900; // the made-up logits are thousands apart
  params.topK = 20;
  params.repeatPenalty = penalty;
  params.seed = seed;
  return params;
}

// With the context current, a step whose graph is there asks for the context, launches, and waits.
TEST(SampledStep, IsOneLaunchAndOneWait) {
  constexpr unsigned long long contextLaunchWait = 3;
  for (size_t count : {1u, 2u, 3u, 5u}) {
    Steps steps(TestModel(), /*checkKernels=*/false);
    const auto gpu = cuda::Device::open(0).take();
    const cuda::Device::Use use(*gpu);
    for (size_t i = 0; i < count; ++i)
      steps.add(std::vector<int32_t>(3 + i, int32_t(i + 7)));
    std::vector<SamplingParams> drawn(count), greedy(count);
    for (size_t i = 0; i < count; ++i)
      drawn[i] = warm(i);
    EXPECT_GT(steps.run(StepRole::Prompt, drawn), contextLaunchWait) << "the graph is made";
    EXPECT_GT(steps.run(StepRole::Generated, drawn), contextLaunchWait);
    EXPECT_EQ(steps.run(StepRole::Generated, drawn), contextLaunchWait);
    EXPECT_GT(steps.run(StepRole::Generated, greedy), contextLaunchWait) << "without two of the functions";
    // Everything that differs is read from memory.
    for (int round = 0; round < 4; ++round) {
      for (size_t i = 0; i < count; ++i)
        drawn[i] = warm(100 * i + size_t(round), round % 2 ? 1.5f : 1.0f);
      EXPECT_EQ(steps.run(StepRole::Generated, drawn), contextLaunchWait);
      EXPECT_EQ(steps.run(StepRole::Generated, greedy), contextLaunchWait);
    }
    // Logits are fetched by one copy and one wait more.
    EXPECT_EQ(steps.run(StepRole::Generated, drawn, /*wantLogits=*/true), contextLaunchWait + 3);
  }
}

// Nodes of independent lanes in any order, and one kernel at a time: the same tokens.
TEST(SampledStep, DrawsTheSameInAnyOrder) {
  for (unsigned seed : {0u, 1u, 2u, 3u, 4u, 5u}) {
    driver().seed(seed);
    TestModel model;
    model.lanes = true;
    Steps steps(model, /*checkKernels=*/seed == 5);
    for (int i = 0; i < 9; ++i)
      steps.add(std::vector<int32_t>(size_t(1 + i % 4), i));
    std::vector<SamplingParams> params;
    for (int i = 0; i < 9; ++i)
      params.push_back(i % 3 ? warm(uint64_t(i), 1.3f) : SamplingParams());
    steps.run(StepRole::Prompt, params);
    for (int i = 0; i < 3; ++i)
      steps.run(StepRole::Generated, params);
  }
  driver().seed(0);
}

// A fault at any call of a step whose graph is there is one error; the sequence keeps what it had.
TEST(SampledStep, AFaultIsOneCleanError) {
  const std::vector<SamplingParams> params{warm(3)};
  for (int call = 1; call <= 3; ++call) {
    Steps steps(TestModel(), /*checkKernels=*/false);
    const auto gpu = cuda::Device::open(0).take();
    {
      const cuda::Device::Use use(*gpu);
      steps.add({1, 2, 3});
      steps.run(StepRole::Prompt, params);
      steps.run(StepRole::Generated, params);
      const auto length = steps.session->length(steps.sequences[0]);
      const StepItem item{steps.sequences[0], std::span(steps.texts[0]).last(1), StepRole::Generated,
                          Wanted::Last};
      const TokenDraw draw{params.data(), steps.texts[0], 5};
      int drawnCount = 0;
      driver().fault(call, 999);
      const Status status = steps.session->stepAndSample({&item, 1}, {&draw, 1},
                                                         [&](size_t, const DrawnToken &) { ++drawnCount; });
      driver().fault(0, 0);
      EXPECT_FALSE(status.ok()) << "call " << call;
      EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
      EXPECT_EQ(*steps.session->length(steps.sequences[0]), *length) << "call " << call;
      EXPECT_EQ(drawnCount, 0) << "call " << call;
      steps.session = nullptr;
    }
  }
  EXPECT_EQ(driver().leftObjects(), 0u);
}

} // namespace
} // namespace sennit
