// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Whole sessions of the made-up model through the emulated driver, against a plain reference.
#include "runtime/device/cuda/DeviceTestPackage.h"
#include "runtime/device/cuda/EmulatedControls.h"
#include "runtime/program/StepsTesting.h"

namespace sennit {
namespace {

using schema::StepRole;
using testing::driver;
using testing::firstTokens;
using testing::Logits;
using testing::openDevicePackage;
using testing::randomTokens;
using testing::referenceLogits;
using testing::runStep;
using testing::TestModel;

StatusOr<std::unique_ptr<Session>> createSession(const TestModel &model, SessionOptions options = {}) {
  options.device = "cuda";
  options.threads = 2;
  return Session::create(openDevicePackage(model), std::move(options));
}

std::unique_ptr<Session> makeSession(const TestModel &model, SessionOptions options = {}) {
  auto session = createSession(model, std::move(options));
  EXPECT_TRUE(session.ok()) << session.status().message();
  return session.take();
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
  testing::RandomSteps steps(*session, random, /*mostLive=*/5, /*newEvery=*/2, /*mostPrompt=*/12);
  int compared = 0;
  for (int round = 0; round < rounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(steps.next());
    Logits logits;
    const Status status = runStep(*session, steps.items, logits);
    if (!status.ok()) {
      ASSERT_EQ(status.code(), Code::ResourceExhausted) << status.message();
      continue;
    }
    steps.grow([&](size_t item, int32_t token, const testing::RandomSteps::Live &one, bool wanted) {
      if (wanted) {
        ASSERT_EQ((logits[{item, token}]), referenceLogits(model, one.history, one.promptLength))
            << "seed " << seed << " round " << round << " item " << item << " token " << token;
        ++compared;
      }
    });
    if (::testing::Test::HasFatalFailure())
      return;
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
    const auto session = Session::create(openDevicePackage({}), options);
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
