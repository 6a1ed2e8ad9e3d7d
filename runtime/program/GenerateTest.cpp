// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Generate.h"
#include "runtime/program/TestPackage.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <new>
#include <random>

// Sanitizers bring their own operator new.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SENNIT_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef SENNIT_COUNTS_ALLOCATIONS
#define SENNIT_COUNTS_ALLOCATIONS 1
#endif

namespace {
std::atomic<int64_t> allocations{0};
}

#if SENNIT_COUNTS_ALLOCATIONS
// Counts what the program allocates, for the test that steps allocate nothing.
void *operator new(size_t bytes) {
  ++allocations;
  if (void *made = std::malloc(bytes))
    return made;
  throw std::bad_alloc();
}
void operator delete(void *pointer) noexcept {
  std::free(pointer);
}
void operator delete(void *pointer, size_t) noexcept {
  std::free(pointer);
}
#endif

namespace sennit {
namespace {

using testing::referenceLogits;
using testing::TestModel;

std::unique_ptr<Session> makeSession(const TestModel &model, SessionOptions options = {}) {
  const std::string path = testing::temporaryPath("generate.sennit");
  EXPECT_TRUE(testing::writeTestPackage(model, path).ok());
  auto package = Package::open(path, {std::nullopt, /*executable=*/false});
  EXPECT_TRUE(package.ok()) << package.status().message();
  if (!options.threads)
    options.threads = 2;
  options.kernels = testing::testKernels();
  auto session = Session::create(*package, options);
  EXPECT_TRUE(session.ok()) << session.status().message();
  return session.take();
}

/// What a request yields, token by token without batches or pages.
Completion plainCompletion(const TestModel &model, const Request &request) {
  Completion completion;
  Sampler sampler(model.vocab);
  std::vector<int32_t> history = request.prompt;
  for (;;) {
    const std::vector<float> logits = referenceLogits(model, history, request.prompt.size());
    const int32_t token = sampler.sample(logits, request.sampling, history, history.size());
    const size_t appended = history.size();
    history.push_back(token);
    completion.ids.push_back(token);
    if ((token == 2 && !request.ignoreEos) ||
        std::find(request.stopIds.begin(), request.stopIds.end(), token) != request.stopIds.end()) {
      completion.finish = FinishReason::Stop;
      return completion;
    }
    if (int32_t(completion.ids.size()) == request.maxTokens) {
      completion.finish = FinishReason::Length;
      return completion;
    }
    if (appended == model.context) {
      completion.finish = FinishReason::Context;
      return completion;
    }
  }
}

Request makeRequest(std::mt19937 &random, size_t promptLength, int32_t maxTokens) {
  Request request;
  for (size_t i = 0; i < promptLength; ++i)
    request.prompt.push_back(int32_t(random() % 43));
  request.maxTokens = maxTokens;
  request.sampling.temperature = random() % 3 ? 900.0f : 0.0f; // the made-up logits are thousands apart
  request.sampling.topK = random() % 2 ? 10 : 0;
  request.sampling.topP = random() % 2 ? 0.9f : 1.0f;
  request.sampling.repeatPenalty = random() % 2 ? 1.2f : 1.0f;
  request.sampling.seed = random();
  request.ignoreEos = random() % 2;
  return request;
}

// Many requests through a small cache: each gets what it gets alone.
TEST(Generator, BatchesChangeNothing) {
  std::mt19937 random(5);
  for (int32_t pages : {7, 12, 40})
    for (int threads : {1, 2}) {
      TestModel model;
      SessionOptions options;
      options.pages = pages;
      options.threads = threads;
      auto session = makeSession(model, options);
      std::vector<Request> requests;
      for (int i = 0; i < 30; ++i)
        requests.push_back(
            makeRequest(random, 1 + random() % (i % 5 == 0 ? 150 : 20), 1 + int32_t(random() % 60)));
      Generator generator(*session);
      std::vector<Completion> completions;
      const Status status = generator.run(requests, completions);
      ASSERT_TRUE(status.ok()) << status.message();
      for (size_t i = 0; i < requests.size(); ++i) {
        ASSERT_TRUE(completions[i].status.ok()) << completions[i].status.message();
        const Completion plain = plainCompletion(model, requests[i]);
        ASSERT_EQ(completions[i].ids, plain.ids) << "request " << i;
        ASSERT_EQ(completions[i].finish, plain.finish) << "request " << i;
      }
      EXPECT_EQ(session->sequences().freePages(), pages);
      EXPECT_EQ(session->sequences().liveSequences(), 0);
      EXPECT_EQ(testing::takeKernelLog().fault, "");
    }
}

TEST(Generator, FinishReasons) {
  TestModel model;
  auto session = makeSession(model);
  Generator generator(*session);
  std::mt19937 random(1);
  std::vector<Request> requests(5, makeRequest(random, 10, 5));
  for (Request &request : requests)
    request.ignoreEos = true, request.sampling = {};
  const std::vector<int32_t> greedy = plainCompletion(model, requests[0]).ids;
  requests[1].stopIds = {greedy[2]};
  requests[2].prompt.assign(200, 3); // exactly the context
  requests[3].prompt.assign(198, 3);
  requests[3].maxTokens = 100;
  requests[4].maxTokens = 0;
  requests[4].promptLogits = true;
  std::vector<Completion> completions;
  ASSERT_TRUE(generator.run(requests, completions).ok());
  EXPECT_EQ(completions[0].finish, FinishReason::Length);
  EXPECT_EQ(completions[0].ids, greedy);
  EXPECT_EQ(completions[1].finish, FinishReason::Stop);
  EXPECT_LE(completions[1].ids.size(), 3u);
  EXPECT_EQ(completions[1].ids.back(), greedy[2]);
  EXPECT_EQ(completions[2].finish, FinishReason::Context);
  EXPECT_EQ(completions[2].ids.size(), 1u);
  EXPECT_EQ(completions[3].finish, FinishReason::Context);
  EXPECT_EQ(completions[3].ids.size(), 3u);
  EXPECT_TRUE(completions[4].ids.empty());
  EXPECT_EQ(completions[4].promptLogits, referenceLogits(model, requests[4].prompt, 10));
  EXPECT_STREQ(finishReasonName(completions[4].finish), "length");
}

TEST(Generator, ObserverSeesTokensAndMayStop) {
  auto session = makeSession({});
  Generator generator(*session);
  std::mt19937 random(2);
  std::vector<Request> requests(2, makeRequest(random, 4, 50));
  requests[0].ignoreEos = requests[1].ignoreEos = true;
  std::vector<int32_t> seen[2];
  std::vector<Completion> completions;
  ASSERT_TRUE(generator
                  .run(requests, completions,
                       [&](size_t request, int32_t token) {
                         seen[request].push_back(token);
                         return request == 1 || seen[0].size() < 7;
                       })
                  .ok());
  EXPECT_EQ(seen[0], completions[0].ids);
  EXPECT_EQ(seen[1], completions[1].ids);
  EXPECT_EQ(completions[0].ids.size(), 7u);
  EXPECT_EQ(completions[0].finish, FinishReason::Stop);
  EXPECT_EQ(completions[1].ids.size(), 50u);
}

// A bad request does not spoil the others.
TEST(Generator, BadRequestsAreNamed) {
  SessionOptions options;
  options.pages = 4;
  auto session = makeSession({}, options);
  Generator generator(*session);
  std::mt19937 random(3);
  std::vector<Request> requests(6, makeRequest(random, 4, 3));
  requests[0].prompt.clear();
  requests[1].prompt.assign(201, 1);
  requests[2].prompt[3] = 43;
  requests[3].sampling.topP = -1;
  requests[4].maxTokens = 190;
  std::vector<Completion> completions;
  ASSERT_TRUE(generator.run(requests, completions).ok());
  EXPECT_NE(completions[0].status.message().find("empty"), std::string::npos);
  EXPECT_NE(completions[1].status.message().find("201 tokens, more than the context of 200"),
            std::string::npos);
  EXPECT_NE(completions[2].status.message().find("prompt token 3"), std::string::npos);
  EXPECT_NE(completions[3].status.message().find("top-p"), std::string::npos);
  EXPECT_NE(completions[4].status.message().find("pages"), std::string::npos);
  EXPECT_TRUE(completions[5].status.ok());
  EXPECT_FALSE(completions[5].ids.empty());

  // Pages that somebody else holds.
  const SequenceId other = *session->createSequence();
  const std::vector<int32_t> tokens(100, 1);
  const StepItem item{other, tokens};
  ASSERT_TRUE(session->step({&item, 1}, nullptr).ok());
  EXPECT_EQ(session->sequences().freePages(), 0);
  ASSERT_TRUE(generator.run({&requests[5], 1}, completions).ok());
  EXPECT_EQ(completions[0].status.code(), Code::ResourceExhausted);
}

TEST(Generator, InterruptFreesWhatItHeld) {
  std::atomic<bool> interrupt{false};
  SessionOptions options;
  options.interrupt = &interrupt;
  auto session = makeSession({}, options);
  Generator generator(*session);
  std::mt19937 random(4);
  std::vector<Request> requests(3, makeRequest(random, 4, 50));
  for (Request &request : requests)
    request.ignoreEos = true;
  std::vector<Completion> completions;
  const Status status = generator.run(requests, completions, [&](size_t, int32_t) {
    interrupt = true;
    return true;
  });
  EXPECT_EQ(status.code(), Code::Interrupted);
  EXPECT_EQ(session->sequences().liveSequences(), 0);
  EXPECT_EQ(session->sequences().freePages(), session->sequences().pages());
}

TEST(Session, StepsAllocateNothing) {
  if (!SENNIT_COUNTS_ALLOCATIONS)
    GTEST_SKIP() << "a sanitizer counts allocations itself";
  for (bool lanes : {false, true}) {
    testing::TestModel model;
    model.lanes = lanes;
    auto session = makeSession(model);
    const SequenceId a = *session->createSequence(), b = *session->createSequence();
    const std::vector<int32_t> prompt(50, 1), one{2};
    std::vector<float> kept(43);
    const auto both = [&](std::span<const int32_t> tokens, schema::StepRole role) {
      const StepItem items[] = {{a, tokens, role}, {b, tokens, role}};
      return session->step(items, [&](size_t, int32_t, std::span<const float> logits) {
        std::copy(logits.begin(), logits.end(), kept.begin());
      });
    };
    const SequenceId fork = *session->forkSequence(a);
    const int64_t before = allocations;
    bool fine = both(prompt, schema::StepRole::Prompt).ok();
    for (int i = 0; i < 100; ++i)
      fine &= both(one, schema::StepRole::Generated).ok();
    fine &= session->truncateSequence(a, 40).ok();
    EXPECT_EQ(allocations - before, 0);
    EXPECT_TRUE(fine);
    EXPECT_TRUE(session->freeSequence(fork).ok());
  }
}

} // namespace
} // namespace sennit
