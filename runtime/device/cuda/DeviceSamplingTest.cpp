// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Tokens drawn behind a step through the emulated driver, against the host's Sampler.
#include "runtime/sampling/DeviceSampling.h"
#include "runtime/device/cuda/DeviceSampler.h"
#include "runtime/device/cuda/DeviceTestPackage.h"
#include "runtime/device/cuda/EmulatedControls.h"
#include "runtime/program/Generate.h"

#include <gtest/gtest.h>

#include <random>

namespace sennit {
namespace {

using schema::StepRole;
using testing::driver;
using testing::referenceLogits;
using testing::TestModel;

std::unique_ptr<Session> makeSession(const TestModel &model, const char *device) {
  SessionOptions options;
  options.device = device;
  options.threads = 2;
  if (options.device == "cpu")
    options.kernels = testing::testKernels();
  auto session = Session::create(testing::openDevicePackage(model), options);
  EXPECT_TRUE(session.ok()) << session.status().message();
  return session.take();
}

std::vector<int32_t> randomTokens(std::mt19937 &random, size_t count) {
  std::vector<int32_t> tokens(count);
  for (int32_t &token : tokens)
    token = int32_t(random() % 43);
  return tokens;
}

SamplingParams randomParams(std::mt19937 &random) {
  SamplingParams params;
  params.temperature = random() % 3 ? 900.0f : 0.0f; // the made-up logits are thousands apart
  params.topK = random() % 2 ? 10 : 0;
  params.topP = random() % 2 ? 0.9f : 1.0f;
  params.minP = random() % 2 ? 0.01f : 0.0f;
  params.repeatPenalty = random() % 2 ? 1.2f : 1.0f;
  params.seed = random();
  return params;
}

// Mixed, greedy alone, and rows in more parts than one step.
TEST(DeviceSampling, DrawsWhatTheHostDraws) {
  std::mt19937 random(1);
  for (int round = 0; round < 12; ++round) {
    TestModel model;
    model.lanes = round % 2;
    model.logitsRows = round % 3 ? 24 : 3;
    auto session = makeSession(model, "cuda");
    Sampler sampler(model.vocab);
    std::vector<std::vector<int32_t>> prompts;
    std::vector<SamplingParams> params;
    for (int i = 0; i < 5; ++i) {
      prompts.push_back(randomTokens(random, 1 + random() % 9));
      params.push_back(round % 4 == 3 ? SamplingParams() : randomParams(random));
    }
    std::vector<StepItem> items;
    std::vector<TokenDraw> draws;
    for (size_t i = 0; i < prompts.size(); ++i) {
      items.push_back({*session->createSequence(), prompts[i], StepRole::Prompt, Wanted::Last});
      draws.push_back({&params[i], prompts[i], prompts[i].size(), i == 1});
    }
    size_t drawnCount = 0;
    const Status status = session->stepAndSample(items, draws, [&](size_t item, const DrawnToken &drawn) {
      const std::vector<int32_t> &prompt = prompts[item];
      const std::vector<float> logits = referenceLogits(model, prompt, prompt.size());
      EXPECT_EQ(drawn.id, sampler.sample(logits, params[item], prompt, prompt.size()));
      EXPECT_EQ(drawn.seconds, 0) << "the host drew";
      EXPECT_EQ(std::vector<float>(drawn.logits.begin(), drawn.logits.end()),
                item == 1 ? logits : std::vector<float>());
      ++drawnCount;
    });
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(drawnCount, prompts.size());
  }
}

// Rows of logits that there is no scratch memory for at one time are drawn in turns, and a graph that could
// draw more rows than are wanted draws those.
TEST(DeviceSampling, DrawsManyRowsInTurns) {
  TestModel model;
  const auto package = testing::openDevicePackage(model);
  const auto gpu = cuda::Device::open(0).take();
  const cuda::Device::Use use(*gpu);
  const auto kernels = cuda::KernelCode::load(*gpu, *package).take();
  std::mt19937 random(4);
  std::uniform_real_distribution<float> uniform(-1000, 1000);
  for (const auto [rows, bucketRows] : std::vector<std::pair<uint32_t, uint32_t>>{
           {1, 1}, {2, 2}, {3, 3}, {4, 4}, {7, 7}, {1, 9}, {2, 9}, {5, 9}, {5, 99}, {16, 99}, {17, 99}}) {
    // Powers of four, as far as the bucket reaches.
    const uint32_t shapeRows = std::min(bucketRows, rows == 1 ? 1u : rows <= 4 ? 4u : rows <= 16 ? 16u : 64u);
    const uint64_t stride = 45;
    cuda::DeviceMemory memory(*gpu);
    const size_t logitsPart = memory.add("logits", rows * stride * 4), countsPart = memory.add("counts", 32);
    cuda::DeviceSampler sampler(kernels, *package->root().model(), bucketRows, memory,
                                uint64_t(3 * sampleScratchBytes(43)));
    ASSERT_TRUE(memory.allocate().ok());
    const auto table = makePinned(*gpu, sampler.mostTableBytes(), "draws").take();
    ASSERT_TRUE(sampler.reserve(*gpu, memory, table.get()).ok());
    const auto stream = makeStream(*gpu).take();
    const auto pinned = makePinned(*gpu, rows * stride * 4 + 32, "logits").take();
    auto *const counts = static_cast<int32_t *>(pinned.get());
    auto *const logits = reinterpret_cast<float *>(counts + 8);
    std::copy_n((const int32_t[]){int32_t(rows) + 1, 0, 1, int32_t(rows), 0, 0, 0, 0}, 8, counts);
    for (size_t i = 0; i < rows * stride; ++i)
      logits[i] = uniform(random);
    const auto &api = gpu->api();
    ASSERT_EQ(api.memcpyHtoDAsync(memory.at(countsPart), counts, 32, stream.get()), 0);
    ASSERT_EQ(api.memcpyHtoDAsync(memory.at(logitsPart), logits, rows * stride * 4, stream.get()), 0);
    std::vector<SamplingParams> params(rows);
    std::vector<TokenDraw> draws(rows);
    const std::vector<int32_t> history = randomTokens(random, 20);
    for (size_t i = 0; i < rows; ++i) {
      params[i] = randomParams(random);
      draws[i] = {&params[i], history, i};
    }
    const auto shape = sampler.prepare(draws, bucketRows);
    ASSERT_TRUE(shape);
    EXPECT_EQ(shape->rows, shapeRows);
    std::vector<cuda::StepNode> nodes(1); // the copy of the table
    sampler.append(*shape, {memory.at(logitsPart), stride * 4, memory.at(countsPart)}, nodes);
    EXPECT_EQ(nodes.size(), 2 + (shape->greedy ? 2 : 4) * ((shape->rows + 2) / 3));
    const auto graph = cuda::StepGraph::make(*gpu, kernels, nodes, sampler.tableCopy(*shape), false);
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    ASSERT_TRUE(graph->launch(*gpu, stream.get()).ok());
    ASSERT_EQ(api.streamSynchronize(stream.get()), 0);
    const std::span<const int32_t> tokens = sampler.tokens(rows);
    Sampler host(43);
    for (size_t i = 0; i < rows; ++i)
      EXPECT_EQ(tokens[i], host.sample({logits + i * stride, 43}, params[i], history, i))
          << rows << " rows, row " << i;
  }
}

// A step whose recent ids find no room on the device is sampled here.
TEST(DeviceSampling, LeavesLongWindowsToTheHost) {
  std::mt19937 random(2);
  TestModel model;
  auto session = makeSession(model, "cuda");
  SamplingParams params;
  params.repeatPenalty = 3;
  params.repeatWindow = -1;
  for (size_t length : {100u, 20000u}) {
    const std::vector<int32_t> prompt = randomTokens(random, 4), history = randomTokens(random, length);
    const StepItem item{*session->createSequence(), prompt, StepRole::Prompt, Wanted::Last};
    const TokenDraw draw{&params, history, 4};
    Sampler sampler(model.vocab);
    const Status status =
        session->stepAndSample({&item, 1}, {&draw, 1}, [&](size_t, const DrawnToken &drawn) {
          EXPECT_EQ(drawn.id, sampler.sample(referenceLogits(model, prompt, 4), params, history, 4));
          EXPECT_EQ(drawn.seconds > 0, length == 20000);
        });
    ASSERT_TRUE(status.ok()) << status.message();
  }
}

// A fault at any call of the driver while a token is drawn ends in one error, and leaves nothing on the
// device.
TEST(DeviceSampling, AFaultWhileDrawingIsOneCleanError) {
  std::mt19937 random(5);
  const std::vector<int32_t> prompt = randomTokens(random, 3);
  SamplingParams params;
  params.temperature = 900;
  TestModel model;
  int calls = 1;
  for (int call = 0; call <= calls; ++call) {
    auto session = makeSession(model, "cuda");
    const StepItem item{*session->createSequence(), prompt, StepRole::Prompt, Wanted::Last};
    const TokenDraw draw{&params, prompt, 3};
    int drawnCount = 0;
    const auto step = [&] {
      return session->stepAndSample({&item, 1}, {&draw, 1},
                                    [&](size_t, const DrawnToken &) { ++drawnCount; });
    };
    const unsigned long long before = driver().callCount();
    driver().fault(call, 999);
    const Status status = step();
    driver().fault(0, 0);
    if (call == 0) {
      calls = int(driver().callCount() - before);
      ASSERT_TRUE(status.ok()) << status.message();
      ASSERT_GT(calls, 8);
    } else if (!status.ok()) {
      EXPECT_EQ(*session->length(item.sequence), 0) << "call " << call;
      EXPECT_EQ(status.message().find('\n'), std::string::npos);
    }
    EXPECT_EQ(drawnCount, int(status.ok())) << "call " << call;
    session = nullptr;
    ASSERT_EQ(driver().leftObjects(), 0u) << "call " << call;
  }
}

TEST(DeviceSampling, GeneratesWhatTheHostGenerates) {
  std::mt19937 random(3);
  TestModel model;
  std::vector<Request> requests(9);
  for (Request &request : requests) {
    request.prompt = randomTokens(random, 1 + random() % 30);
    request.maxTokens = int32_t(random() % 20);
    request.sampling = randomParams(random);
    request.ignoreEos = random() % 2;
    request.promptLogits = random() % 2;
  }
  std::vector<Completion> here, there;
  auto cpu = makeSession(model, "cpu"), gpu = makeSession(model, "cuda");
  ASSERT_TRUE(Generator(*cpu).run(requests, here).ok());
  Generator generator(*gpu);
  const Status status = generator.run(requests, there);
  ASSERT_TRUE(status.ok()) << status.message();
  for (size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(here[i].ids, there[i].ids) << i;
    EXPECT_EQ(here[i].finish, there[i].finish) << i;
    EXPECT_EQ(here[i].promptLogits, there[i].promptLogits) << i;
  }
  EXPECT_EQ(generator.times().decode.sampleSeconds, 0);
}

} // namespace
} // namespace sennit
