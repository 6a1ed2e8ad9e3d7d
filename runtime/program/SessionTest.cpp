// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Steps, splits, pages and forks over the made-up model of TestPackage.h, against a plain reference.
#include "runtime/program/StepsTesting.h"
#include "runtime/program/TestPackage.h"

namespace sennit {
namespace {

using schema::StepRole;
using testing::firstTokens;
using testing::Logits;
using testing::randomTokens;
using testing::referenceLogits;
using testing::runStep;
using testing::takeKernelLog;
using testing::TestModel;

std::unique_ptr<Session> makeSession(const TestModel &model, SessionOptions options = {}) {
  const std::string path = testing::temporaryPath("session.sennit");
  EXPECT_TRUE(testing::writeTestPackage(model, path).ok());
  auto package = Package::open(path, {std::nullopt, /*executable=*/false});
  EXPECT_TRUE(package.ok()) << package.status().message();
  if (!options.threads)
    options.threads = 2;
  options.kernels = testing::testKernels();
  auto session = Session::create(*package, options);
  EXPECT_TRUE(session.ok()) << session.status().message();
  takeKernelLog();
  return session.take();
}

TEST(Session, EveryPositionOfAPrompt) {
  for (int threads : {1, 2, 3, 5})
    for (bool sliced : {false, true}) // and lanes
      for (size_t length : {1u, 2u, 4u, 5u, 23u, 24u, 25u, 31u, 32u, 33u, 100u, 200u}) {
        TestModel model;
        model.sliceHead = model.lanes = sliced;
        SessionOptions options;
        options.threads = threads;
        auto session = makeSession(model, options);
        const std::vector<int32_t> tokens = randomTokens(length, uint32_t(length));
        const StepItem item{*session->createSequence(), tokens, StepRole::Prompt, Wanted::All};
        Logits logits;
        ASSERT_TRUE(runStep(*session, {&item, 1}, logits).ok());
        ASSERT_EQ(logits.size(), length);
        for (size_t i = 0; i < length; ++i)
          ASSERT_EQ((logits[{0, int32_t(i)}]), referenceLogits(model, firstTokens(tokens, i + 1), length))
              << "threads " << threads << " length " << length << " position " << i;
        EXPECT_EQ(session->steps(), int64_t((length + 23) / 24));
        EXPECT_EQ(takeKernelLog().fault, "");
      }
}

// Fewer rows of logits than rows in a step: the step is cut where the logits are full.
TEST(Session, LogitsBufferLimitsAStep) {
  TestModel model;
  model.logitsRows = 3;
  auto session = makeSession(model);
  const std::vector<int32_t> tokens = randomTokens(10, 5), one = randomTokens(1, 6), two = randomTokens(1, 7);
  const StepItem items[] = {{*session->createSequence(), one, StepRole::Prompt, Wanted::Last},
                            {*session->createSequence(), tokens, StepRole::Prompt, Wanted::All},
                            {*session->createSequence(), two, StepRole::Prompt, Wanted::Last}};
  Logits logits;
  ASSERT_TRUE(runStep(*session, items, logits).ok());
  EXPECT_EQ(logits.size(), 12u);
  for (size_t i = 0; i < 10; ++i)
    EXPECT_EQ((logits[{1, int32_t(i)}]), referenceLogits(model, firstTokens(tokens, i + 1), 10));
  EXPECT_EQ((logits[{2, 0}]), referenceLogits(model, two, 1));
}

// Generated rows stop where the blocks of keys of one step would be more than devices have room for: here 40
// pages and 12 segments give 18. Where a step is cut changes no logits.
TEST(Session, KeyBlocksLimitTheGeneratedRowsOfAStep) {
  TestModel model;
  auto session = makeSession(model);
  const std::vector<int32_t> tokens = randomTokens(23, 8), other = randomTokens(2, 9);
  const SequenceId first = *session->createSequence(), second = *session->createSequence();
  Logits logits;
  const StepItem prompts[] = {{first, std::span(tokens).first(1), StepRole::Prompt, Wanted::Last},
                              {second, std::span(other).first(1), StepRole::Prompt, Wanted::Last}};
  ASSERT_TRUE(runStep(*session, prompts, logits).ok());
  const StepItem items[] = {{first, std::span(tokens).subspan(1), StepRole::Generated, Wanted::All},
                            {second, std::span(other).subspan(1), StepRole::Generated, Wanted::Last}};
  logits.clear();
  const int64_t before = session->steps();
  ASSERT_TRUE(runStep(*session, items, logits).ok());
  EXPECT_EQ(session->steps() - before, 2);
  ASSERT_EQ(logits.size(), 23u);
  for (size_t i = 0; i < 22; ++i)
    EXPECT_EQ((logits[{0, int32_t(i)}]), referenceLogits(model, firstTokens(tokens, i + 2), 1));
  EXPECT_EQ((logits[{1, 0}]), referenceLogits(model, other, 1));
}

// Each item's token is what a Sampler draws from its last logits, in one step or several; only asked for are
// logits shown.
TEST(Session, DrawsTheTokenAfterTheLastRow) {
  TestModel model;
  model.logitsRows = 3;
  auto session = makeSession(model);
  std::vector<std::vector<int32_t>> prompts;
  std::vector<SamplingParams> params(6);
  std::vector<StepItem> items;
  std::vector<TokenDraw> draws;
  for (size_t i = 0; i < 6; ++i) {
    prompts.push_back(randomTokens(1 + 7 * i, uint32_t(i)));
    params[i].temperature = i % 2 ? 900.0f : 0.0f; // the made-up logits are thousands apart
    params[i].topP = 0.9f;
    params[i].repeatPenalty = i % 3 ? 1.3f : 1.0f;
    params[i].seed = i;
  }
  for (size_t i = 0; i < 6; ++i) {
    items.push_back(
        {*session->createSequence(), prompts[i], StepRole::Prompt, i == 4 ? Wanted::None : Wanted::Last});
    draws.push_back({&params[i], prompts[i], prompts[i].size(), i == 3});
  }
  Sampler sampler(model.vocab);
  std::vector<int> seen(6);
  ASSERT_TRUE(session
                  ->stepAndSample(items, draws,
                                  [&](size_t item, const DrawnToken &drawn) {
                                    const std::vector<float> logits =
                                        referenceLogits(model, prompts[item], prompts[item].size());
                                    ++seen[item];
                                    EXPECT_EQ(drawn.id, sampler.sample(logits, params[item], prompts[item],
                                                                       prompts[item].size()));
                                    EXPECT_EQ(std::vector<float>(drawn.logits.begin(), drawn.logits.end()),
                                              item == 3 ? logits : std::vector<float>());
                                  })
                  .ok());
  EXPECT_EQ(seen, (std::vector<int>{1, 1, 1, 1, 0, 1}));
  EXPECT_GT(session->steps(), 1);

  EXPECT_EQ(session->stepAndSample(items, std::span(draws).first(5), {}).message(),
            "expected a draw for each of 6 items, found 5");
  items[2].wanted = Wanted::All;
  EXPECT_EQ(session->stepAndSample(items, draws, {}).message(),
            "sequence 2: expected a token to be drawn after the last row, found all logits wanted");
  EXPECT_EQ(*session->length(items[2].sequence), 15) << "what failed appended nothing";
}

// Random ragged steps of many sequences: appends in both roles, forks, truncation, freeing, new segments.
TEST(Session, RaggedStepsAgreeWithTheReference) {
  std::mt19937 random(11);
  for (const auto [threads, lanes] :
       {std::pair(1, false), {2, false}, {3, false}, {1, true}, {2, true}, {5, true}}) {
    TestModel model;
    model.sliceHead = threads == 2;
    model.lanes = lanes;
    SessionOptions options;
    options.threads = threads;
    auto session = makeSession(model, options);
    testing::RandomSteps steps(*session, random, /*mostLive=*/8, /*newEvery=*/3, /*mostPrompt=*/20);
    int compared = 0;
    for (int round = 0; round < 400; ++round) {
      ASSERT_NO_FATAL_FAILURE(steps.next());
      Logits logits;
      const int32_t freeBefore = session->sequences().freePages();
      const Status status = runStep(*session, steps.items, logits);
      if (!status.ok()) {
        ASSERT_EQ(status.code(), Code::ResourceExhausted) << status.message();
        ASSERT_EQ(session->sequences().freePages(), freeBefore);
        for (const auto &one : steps.live)
          ASSERT_EQ(*session->length(one.id), int32_t(one.history.size()));
        ASSERT_TRUE(logits.empty());
        continue;
      }
      steps.grow([&](size_t item, int32_t token, const testing::RandomSteps::Live &one, bool wanted) {
        ASSERT_EQ(logits.count({item, token}), wanted ? 1u : 0u);
        if (wanted) {
          ASSERT_EQ((logits[{item, token}]), referenceLogits(model, one.history, one.promptLength))
              << "round " << round << " item " << item << " token " << token;
          ++compared;
        }
      });
      if (HasFatalFailure())
        return;
      for (const auto &one : steps.live)
        ASSERT_EQ(*session->length(one.id), int32_t(one.history.size()));
      ASSERT_EQ(takeKernelLog().fault, "") << "round " << round;
    }
    EXPECT_GT(compared, 500);
  }
}

TEST(Session, PrologueRunsOncePerWorkerAndRowBlock) {
  SessionOptions options;
  options.threads = 1;
  auto session = makeSession({}, options);
  const std::vector<int32_t> tokens = randomTokens(24, 1);
  const StepItem item{*session->createSequence(), tokens, StepRole::Prompt, Wanted::All};
  Logits logits;
  ASSERT_TRUE(runStep(*session, {&item, 1}, logits).ok());
  EXPECT_EQ(takeKernelLog().prologues, 3); // 24 rows in blocks of 8
}

TEST(Session, RefusesWhatIsWrong) {
  auto session = makeSession({});
  const SequenceId id = *session->createSequence();
  const std::vector<int32_t> good{1}, negative{1, -1}, large{43}, empty, tooLong(201, 1);
  Logits logits;
  const auto message = [&](std::vector<StepItem> items) {
    return runStep(*session, items, logits).message();
  };
  EXPECT_NE(message({{id, negative}}).find("token 1: expected an id of 0 to 42, found -1"),
            std::string::npos);
  EXPECT_NE(message({{id, large}}).find("found 43"), std::string::npos);
  EXPECT_NE(message({{id, empty}}).find("at least one token"), std::string::npos);
  EXPECT_NE(message({{id, good}, {id, good}}).find("named twice"), std::string::npos);
  EXPECT_NE(message({{99, good}}).find("sequence 99 does not exist"), std::string::npos);
  EXPECT_NE(message({{id, good, StepRole::Mixed}}).find("mixed"), std::string::npos);
  EXPECT_NE(message({{id, tooLong}}).find("exceed the context of 200"), std::string::npos);
  EXPECT_TRUE(logits.empty());
  EXPECT_EQ(*session->length(id), 0);
  EXPECT_TRUE(message({}).empty());
}

TEST(Session, PagesRunOutWithoutDamage) {
  SessionOptions options;
  options.pages = 3;
  auto session = makeSession({}, options);
  const SequenceId a = *session->createSequence(), b = *session->createSequence();
  const std::vector<int32_t> tokens = randomTokens(64, 1), more = randomTokens(33, 2),
                             one = randomTokens(1, 3);
  Logits logits;
  const StepItem first{a, tokens};
  ASSERT_TRUE(runStep(*session, {&first, 1}, logits).ok());
  const StepItem second{b, more};
  logits.clear();
  const Status status = runStep(*session, {&second, 1}, logits);
  EXPECT_EQ(status.code(), Code::ResourceExhausted);
  EXPECT_NE(status.message().find("sequence " + std::to_string(b) + " needs 2 more pages"),
            std::string::npos);
  ASSERT_TRUE(session->freeSequence(a).ok());
  ASSERT_TRUE(runStep(*session, {&second, 1}, logits).ok());
  EXPECT_EQ((logits[{0, 32}]), referenceLogits({}, more, 33));
}

TEST(Session, SequencesThatNoStepHolds) {
  TestModel model;
  model.maxPages = 4;
  SessionOptions options;
  options.pages = 20;
  auto session = makeSession(model, options);
  const std::vector<int32_t> tokens = randomTokens(129, 1);
  Logits logits;
  StepItem item{*session->createSequence(), tokens};
  EXPECT_NE(runStep(*session, {&item, 1}, logits).message().find("needs 5 pages"), std::string::npos);
  item.tokens = item.tokens.first(128);
  EXPECT_TRUE(runStep(*session, {&item, 1}, logits).ok());
  // Three sequences of two pages do not fit one step of four pages: it takes more steps.
  std::vector<StepItem> items;
  for (int i = 0; i < 3; ++i)
    items.push_back(
        {*session->createSequence(), std::span(tokens).first(40), StepRole::Prompt, Wanted::Last});
  logits.clear();
  ASSERT_TRUE(runStep(*session, items, logits).ok());
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ((logits[{i, 39}]), referenceLogits(model, firstTokens(tokens, 40), 40));
}

TEST(Session, InterruptLeavesLengthsAsTheyWere) {
  std::atomic<bool> interrupt{false};
  SessionOptions options;
  options.interrupt = &interrupt;
  auto session = makeSession({}, options);
  const SequenceId id = *session->createSequence();
  const std::vector<int32_t> tokens = randomTokens(100, 1);
  const StepItem item{id, tokens, StepRole::Prompt, Wanted::All};
  const Status status = session->step({&item, 1}, [&](size_t, int32_t token, std::span<const float>) {
    if (token == 30)
      interrupt = true;
  });
  EXPECT_EQ(status.code(), Code::Interrupted);
  EXPECT_EQ(*session->length(id), 0);
  interrupt = false;
  Logits logits;
  EXPECT_TRUE(runStep(*session, {&item, 1}, logits).ok());
  EXPECT_EQ((logits[{0, 99}]), referenceLogits({}, tokens, 100));
}

TEST(Session, OptionsOutOfRange) {
  const std::string path = testing::temporaryPath("options.sennit");
  ASSERT_TRUE(testing::writeTestPackage({}, path).ok());
  auto package = Package::open(path);
  ASSERT_TRUE(package.ok());
  SessionOptions options;
  options.threads = -1;
  EXPECT_FALSE(Session::create(*package, options).ok());
  options = {};
  options.pages = 1 << 27;
  EXPECT_FALSE(Session::create(*package, options).ok());
  options = {};
  options.kernels = {{nullptr, nullptr}};
  EXPECT_FALSE(Session::create(*package, options).ok());
  EXPECT_TRUE(Session::create(*package, {}).ok()); // with its native code, which only returns
}

// Every row and tile is covered once, whatever the shape.
TEST(Split, CoversEverything) {
  for (int64_t rows : {1, 2, 3, 4, 5, 7, 16, 63, 64, 65, 100, 511, 512})
    for (int64_t tiles : {1, 2, 3, 4, 5, 36, 96, 3072})
      for (int64_t rowBlock : {1, 4, 64})
        for (bool prologue : {false, true})
          for (int threads : {1, 2, 3, 16}) {
            const LaunchSplit split = splitLaunch(rows, tiles, rowBlock, prologue, threads);
            ASSERT_LE(split.rowsPerBlock, rowBlock);
            ASSERT_GE(split.blocks * split.rowsPerBlock, rows);
            ASSERT_LT((split.blocks - 1) * split.rowsPerBlock, rows);
            ASSERT_GE(split.chunksPerBlock, 1);
            ASSERT_LE(split.chunksPerBlock, tiles);
            if (threads == 1)
              ASSERT_EQ(split.chunksPerBlock, 1);
          }
  // The keys of few rows are divided; many rows are enough work without.
  const LaunchSplit attention = splitLaunch(1, 3, 64, false, 2, 16);
  EXPECT_EQ(attention.parts, 6);
  EXPECT_EQ(attention.chunks(), 18);
  EXPECT_EQ(splitLaunch(2, 1, 64, false, 4, 2).chunks(), 4);
  EXPECT_EQ(splitLaunch(1, 3, 64, false, 1, 16).parts, 1);
  EXPECT_EQ(splitLaunch(16, 3, 64, false, 2, 16).parts, 1);
  EXPECT_EQ(splitLaunch(16, 3, 64, false, 2, 16).chunks(), 9);
  // A decode step's linear: about four chunks for each thread.
  EXPECT_EQ(splitLaunch(1, 96, 64, true, 2).chunksPerBlock, 8);
  EXPECT_EQ(splitLaunch(1, 3, 4, false, 2).chunksPerBlock, 3);
  EXPECT_EQ(splitLaunch(512, 1, 64, false, 2).blocks, 8);
  EXPECT_EQ(splitLaunch(5, 1, 64, false, 2).blocks, 5);
}

} // namespace
} // namespace sennit
