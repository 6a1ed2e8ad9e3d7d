// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Whole sessions of the made-up model through the emulated driver, against a plain reference.
#include "runtime/device/cuda/DeviceTestPackage.h"
#include "runtime/device/cuda/EmulatedControls.h"
#include "runtime/program/Session.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sennit {
namespace {

using schema::StepRole;
using testing::driver;
using testing::referenceLogits;
using testing::TestModel;

std::shared_ptr<const Package> openPackage(const TestModel &model) {
  const std::string path = testing::temporaryPath("device-session.sennit");
  const Status written = testing::writeDevicePackage(model, path);
  EXPECT_TRUE(written.ok()) << written.message();
  auto package = Package::open(path, {std::nullopt, /*executable=*/false});
  EXPECT_TRUE(package.ok()) << package.status().message();
  return package.take();
}

StatusOr<std::unique_ptr<Session>> createSession(const TestModel &model, SessionOptions options = {}) {
  options.device = "cuda";
  options.threads = 2;
  return Session::create(openPackage(model), std::move(options));
}

std::unique_ptr<Session> makeSession(const TestModel &model, SessionOptions options = {}) {
  auto session = createSession(model, std::move(options));
  EXPECT_TRUE(session.ok()) << session.status().message();
  return session.take();
}

std::vector<int32_t> randomTokens(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<int32_t> tokens(count);
  for (int32_t &token : tokens)
    token = int32_t(random() % 43);
  return tokens;
}

std::vector<int32_t> firstTokens(const std::vector<int32_t> &tokens, size_t count) {
  return {tokens.begin(), tokens.begin() + std::ptrdiff_t(count)};
}

using Logits = std::map<std::pair<size_t, int32_t>, std::vector<float>>;

Status runStep(Session &session, std::span<const StepItem> items, Logits &out) {
  return session.step(items, [&](size_t item, int32_t token, std::span<const float> logits) {
    EXPECT_TRUE(out.emplace(std::pair(item, token), std::vector<float>(logits.begin(), logits.end())).second);
  });
}

TEST(DeviceSession, EveryPositionOfAPrompt) {
  for (bool sliced : {false, true}) // and lanes
    for (size_t length : {1u, 2u, 4u, 5u, 23u, 24u, 25u, 31u, 33u, 100u, 200u}) {
      TestModel model;
      model.sliceHead = model.lanes = sliced;
      auto session = makeSession(model);
      ASSERT_EQ(session->runner().device().substr(0, 6), "cuda:0");
      const std::vector<int32_t> tokens = randomTokens(length, uint32_t(length));
      const StepItem item{*session->createSequence(), tokens, StepRole::Prompt, Wanted::All};
      Logits logits;
      const Status status = runStep(*session, {&item, 1}, logits);
      ASSERT_TRUE(status.ok()) << status.message();
      ASSERT_EQ(logits.size(), length);
      for (size_t i = 0; i < length; ++i)
        ASSERT_EQ((logits[{0, int32_t(i)}]), referenceLogits(model, firstTokens(tokens, i + 1), length))
            << "length " << length << " position " << i;
    }
  EXPECT_EQ(driver().leftObjects(), 0u);
}

/// Random ragged steps of several sequences: both roles, forks, truncation, freeing, new segments.
void runRagged(const TestModel &model, Overlap overlap, uint32_t seed, int rounds) {
  driver().seed(seed);
  std::mt19937 random(seed);
  SessionOptions options;
  options.overlap = overlap;
  auto session = makeSession(model, options);
  struct Live {
    SequenceId id;
    std::vector<int32_t> history;
    size_t promptLength = 0; // positions from the first generated token on are generated ones
    bool generating = false;
  };
  std::vector<Live> live;
  int compared = 0;
  for (int round = 0; round < rounds; ++round) {
    if (live.size() < 5 && random() % 2 == 0) {
      if (!live.empty() && random() % 2) {
        Live copy = live[random() % live.size()];
        copy.id = *session->forkSequence(copy.id);
        live.push_back(copy);
      } else {
        live.push_back({*session->createSequence(), {}, 0, false});
      }
    }
    if (live.size() > 1 && random() % 8 == 0) {
      ASSERT_TRUE(session->freeSequence(live.back().id).ok());
      live.pop_back();
    }
    if (!live.empty() && random() % 5 == 0) {
      Live &one = live[random() % live.size()];
      const size_t length = random() % (one.history.size() + 1);
      ASSERT_TRUE(session->truncateSequence(one.id, int32_t(length)).ok());
      one.history.resize(length);
      if (length <= one.promptLength)
        one.generating = false, one.promptLength = length;
    }
    if (!live.empty() && random() % 10 == 0)
      ASSERT_TRUE(session->startSegment(live[random() % live.size()].id).ok());

    std::vector<std::vector<int32_t>> tokens;
    std::vector<StepItem> items;
    std::vector<size_t> which;
    for (size_t i = 0; i < live.size(); ++i) {
      if (random() % 4 == 0)
        continue;
      const bool generate = !live[i].history.empty() && (live[i].generating || random() % 2);
      tokens.push_back(randomTokens(generate ? 1 + random() % 2 : 1 + random() % 12, uint32_t(random())));
      items.push_back({live[i].id,
                       {},
                       generate ? StepRole::Generated : StepRole::Prompt,
                       random() % 3 == 0 ? Wanted::All : Wanted::Last});
      which.push_back(i);
    }
    for (size_t i = 0; i < items.size(); ++i)
      items[i].tokens = tokens[i];
    Logits logits;
    const Status status = runStep(*session, items, logits);
    if (!status.ok()) {
      ASSERT_EQ(status.code(), Code::ResourceExhausted) << status.message();
      continue;
    }
    for (size_t i = 0; i < items.size(); ++i) {
      Live &one = live[which[i]];
      one.generating |= items[i].role == StepRole::Generated;
      for (size_t t = 0; t < tokens[i].size(); ++t) {
        one.history.push_back(tokens[i][t]);
        if (!one.generating)
          one.promptLength = one.history.size();
        if (items[i].wanted == Wanted::All || t + 1 == tokens[i].size()) {
          ASSERT_EQ((logits[{i, int32_t(t)}]), referenceLogits(model, one.history, one.promptLength))
              << "seed " << seed << " round " << round << " item " << i << " token " << t;
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, rounds);
}

// Forced splits on one branch, lanes beside each other, and nodes joined again, in many orders of the device.
TEST(DeviceSession, RaggedStepsAgreeWithTheReference) {
  for (uint32_t seed = 0; seed < 8; ++seed) {
    TestModel model;
    model.sliceHead = seed % 2;
    model.lanes = seed % 4 != 3;
    for (Overlap overlap : {Overlap::Planned, Overlap::SplitOnly, Overlap::Sequential})
      runRagged(model, overlap, seed, 20);
  }
  driver().seed(0);
  EXPECT_EQ(driver().leftObjects(), 0u);
}

/// A session, three steps of two sequences with a fork between, and the end of it all.
Status runShort(const TestModel &model, Logits &logits) {
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, createSession(model));
  SENNIT_ASSIGN_OR_RETURN(const SequenceId first, session->createSequence());
  const std::vector<int32_t> prompt = randomTokens(20, 1), next = randomTokens(1, 2);
  const StepItem start{first, prompt, StepRole::Prompt, Wanted::Last};
  Logits ignored;
  SENNIT_RETURN_IF_ERROR(runStep(*session, {&start, 1}, ignored));
  SENNIT_ASSIGN_OR_RETURN(const SequenceId second, session->forkSequence(first));
  const StepItem items[] = {{first, next, StepRole::Generated, Wanted::Last},
                            {second, prompt, StepRole::Prompt, Wanted::Last}};
  return runStep(*session, items, logits);
}

// A fault at any call of the driver ends in one error, or in nothing where something is given back; nothing
// is left on the device, and the next session is as good as the first.
TEST(DeviceSession, AFaultAtAnyCallIsOneCleanError) {
  TestModel model;
  model.lanes = true;
  Logits expected;
  const unsigned long long before = driver().callCount();
  ASSERT_TRUE(runShort(model, expected).ok());
  const auto calls = int(driver().callCount() - before);
  ASSERT_GT(calls, 60);
  ASSERT_EQ(driver().leftObjects(), 0u);
  int failed = 0;
  for (int call = 1; call <= calls; ++call)
    for (int error : {2, 999}) {
      driver().fault(call, error);
      Logits logits;
      const Status status = runShort(model, logits);
      driver().fault(0, 0);
      failed += !status.ok();
      if (!status.ok()) {
        EXPECT_NE(status.code(), Code::Interrupted);
        EXPECT_FALSE(status.message().empty());
        EXPECT_EQ(status.message().find('\n'), std::string::npos);
      } else {
        EXPECT_EQ(logits, expected) << "call " << call;
      }
      ASSERT_EQ(driver().leftObjects(), 0u) << "call " << call << ": " << status.message();
    }
  EXPECT_GT(failed, calls) << "most calls are not about giving back";
  Logits logits;
  ASSERT_TRUE(runShort(model, logits).ok());
  EXPECT_EQ(logits, expected);
}

TEST(DeviceSession, NamesWhatIsMissing) {
  SessionOptions options;
  for (const auto &[device, part] :
       {std::pair("cuda:7", "device cuda:7: expected one of the 1 CUDA devices here"),
        {"cuda:", "device: expected cpu, cuda or cuda:N, found cuda:"},
        {"cuda:x", "found cuda:x"},
        {"gpu", "found gpu"}}) {
    options.device = device;
    const auto session = Session::create(openPackage({}), options);
    ASSERT_FALSE(session.ok()) << device;
    EXPECT_NE(session.status().message().find(part), std::string::npos) << session.status().message();
    EXPECT_EQ(session.status().exitCode(), 1);
  }
  // Code for another device alone.
  TestModel other;
  other.devices = {{schema::DeviceCodeKind::Cubin, 80, false}};
  const std::string path = testing::temporaryPath("other-device.sennit");
  ASSERT_TRUE(testing::writeTestPackage(other, path).ok());
  options.device = "cuda";
  const auto session = Session::create(*Package::open(path, {std::nullopt, /*executable=*/false}), options);
  EXPECT_EQ(session.status().code(), Code::Unsupported);
  EXPECT_NE(session.status().message().find("sm_80"), std::string::npos) << session.status().message();
  EXPECT_EQ(driver().leftObjects(), 0u);
}

// One kernel at a time gives the bytes of a graph, and the kernel that reads where it must not is named.
TEST(DeviceSession, ChecksKernelsOneAtATime) {
  SessionOptions options;
  options.device = "cuda";
  options.checkKernels = true;
  for (bool broken : {false, true}) {
    TestModel model;
    model.lanes = true;
    model.deviceSection = [&](schema::PackageT &package) {
      std::string section = testing::addEmulatedCode(package);
      auto &kernels = package.devices[0]->kernels;
      if (broken) // each is given operands of the other
        std::swap(kernels[1]->variants, kernels[3]->variants);
      return section;
    };
    const std::string path = testing::temporaryPath("check-kernels.sennit");
    ASSERT_TRUE(testing::writeTestPackage(model, path).ok());
    auto package = Package::open(path, {std::nullopt, /*executable=*/false});
    ASSERT_TRUE(package.ok()) << package.status().message();
    auto session = Session::create(*package, options);
    ASSERT_TRUE(session.ok()) << session.status().message();
    const std::vector<int32_t> tokens = randomTokens(20, 1);
    const StepItem item{*(*session)->createSequence(), tokens, StepRole::Prompt, Wanted::Last};
    Logits logits;
    const Status status = runStep(**session, {&item, 1}, logits);
    EXPECT_EQ(status.ok(), !broken) << status.message();
    if (broken)
      EXPECT_NE(status.message().find("kernel attention_prompt"), std::string::npos) << status.message();
    else
      EXPECT_EQ((logits[{0, 19}]), referenceLogits(model, tokens, 20));
  }
}

// Before anything runs, what is asked for is compared with what there is.
TEST(DeviceSession, NamesTheMemoryThatIsMissing) {
  SessionOptions options;
  options.pages = 1 << 26;
  const auto session = createSession({}, options);
  EXPECT_EQ(session.status().code(), Code::ResourceExhausted);
  for (const char *part : {"KV cache ", "weights ", "activations ", "scratch ", "step input ", " free of "})
    EXPECT_NE(session.status().message().find(part), std::string::npos) << session.status().message();
  EXPECT_EQ(driver().leftObjects(), 0u);
}

TEST(DeviceSession, AnInterruptEndsTheUpload) {
  const std::atomic<bool> interrupt{true};
  SessionOptions options;
  options.interrupt = &interrupt;
  EXPECT_EQ(createSession({}, options).status().code(), Code::Interrupted);
  EXPECT_EQ(driver().leftObjects(), 0u);
}

TEST(DeviceSession, TellsHowFarTheUploadIs) {
  SessionOptions options;
  std::vector<uint64_t> seen;
  options.uploadProgress = [&](uint64_t done, uint64_t all) {
    seen.push_back(done);
    EXPECT_LE(done, all);
    if (done == all)
      seen.push_back(0);
  };
  makeSession({}, options);
  ASSERT_GE(seen.size(), 2u);
  EXPECT_EQ(seen.back(), 0u) << "the last report is of all bytes";
}

} // namespace
} // namespace sennit
