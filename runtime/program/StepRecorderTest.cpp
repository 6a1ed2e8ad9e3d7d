// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a recorder says about steps of the made-up model of TestPackage.h.
#include "runtime/program/Session.h"
#include "runtime/program/TestPackage.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <map>

namespace sennit {
namespace {

using schema::StepRole;

constexpr RecorderLimits room{16, 256, 4096};

struct Fixture {
  std::shared_ptr<const Package> package;
  std::unique_ptr<Session> session;
  SequenceId sequence = -1;

  explicit Fixture(int threads = 2) {
    const std::string path = testing::temporaryPath("recorder.sennit");
    EXPECT_TRUE(testing::writeTestPackage({}, path).ok());
    package = *Package::open(path, {schema::CpuLevel::Avx2, /*executable=*/true});
    SessionOptions options;
    options.threads = threads;
    options.kernels = testing::testKernels();
    session = Session::create(package, options).take();
    sequence = *session->createSequence();
  }

  void step(size_t rows, StepRole role) {
    const std::vector<int32_t> tokens(rows, 3);
    const StepItem item{sequence, tokens, role, Wanted::Last};
    ASSERT_TRUE(session->step({&item, 1}, nullptr).ok());
  }
};

/// Names of the kernels that a step's commands launched, "copy" for a copy.
std::vector<std::string> namesOf(const Fixture &fixture, const StepRecorder &recorder,
                                 const StepEvent &step) {
  const schema::Package &root = fixture.package->root();
  std::vector<std::string> names;
  for (const CommandEvent &event : recorder.commands().subspan(step.firstCommand, step.commands)) {
    const auto *launch =
        root.programs()->Get(step.program)->commands()->Get(event.command)->command_as_Launch();
    names.push_back(launch ? root.kernels()->Get(launch->kernel())->name()->str() : "copy");
  }
  return names;
}

TEST(StepRecorder, NotesWhatWorks) {
  Fixture fixture;
  StepRecorder recorder(*fixture.package, 2, room);
  fixture.session->runner().setRecorder(&recorder);
  fixture.step(20, StepRole::Prompt);
  fixture.step(1, StepRole::Generated);
  ASSERT_EQ(recorder.steps().size(), 2u);
  EXPECT_EQ(recorder.steps()[0].rows.total, 20);
  EXPECT_EQ(recorder.steps()[1].rows.generated, 1);
  using Names = std::vector<std::string>;
  // Branches, signals and launches without rows are no events.
  EXPECT_EQ(namesOf(fixture, recorder, recorder.steps()[0]),
            (Names{"embed", "cache_store", "attention_prompt", "copy", "head"}));
  EXPECT_EQ(namesOf(fixture, recorder, recorder.steps()[1]),
            (Names{"embed", "cache_store", "attention_generated", "head"}));
  EXPECT_EQ(recorder.stepsDropped(), 0);
}

TEST(StepRecorder, EventsFollowEachOtherAndCoverTheWork) {
  for (int threads : {1, 2, 3}) {
    Fixture fixture(threads);
    StepRecorder recorder(*fixture.package, threads, room);
    fixture.session->runner().setRecorder(&recorder);
    fixture.step(24, StepRole::Prompt);
    for (int i = 0; i < 4; ++i)
      fixture.step(1, StepRole::Generated);
    int64_t stepEnd = 0;
    for (const StepEvent &step : recorder.steps()) {
      ASSERT_GE(step.begin, stepEnd);
      int64_t end = step.begin;
      for (const CommandEvent &event : recorder.commands().subspan(step.firstCommand, step.commands)) {
        ASSERT_GE(event.begin, end);
        ASSERT_GE(event.end, event.begin);
        end = event.end;
      }
      ASSERT_LE(end, step.end);
      stepEnd = step.end;
    }
    std::map<std::pair<uint32_t, uint32_t>, const CommandEvent *> commands;
    for (const CommandEvent &event : recorder.commands())
      commands[{event.step, event.command}] = &event;
    std::map<std::pair<uint32_t, uint32_t>, int64_t> rows; // times tiles
    for (int worker = 0; worker < threads; ++worker) {
      int64_t chunkEnd = 0;
      for (const ChunkEvent &chunk : recorder.chunks(worker)) {
        const CommandEvent *command = commands[{chunk.step, chunk.command}];
        ASSERT_TRUE(command);
        ASSERT_GE(chunk.begin, std::max(chunkEnd, command->begin));
        ASSERT_LE(chunk.begin, chunk.prologueEnd);
        ASSERT_LE(chunk.prologueEnd, chunk.end);
        ASSERT_LE(chunk.end, command->end);
        chunkEnd = chunk.end;
        rows[{chunk.step, chunk.command}] +=
            int64_t(chunk.rowEnd - chunk.rowBegin) * (chunk.tileEnd - chunk.tileBegin);
      }
    }
    const schema::Package &root = fixture.package->root();
    for (const CommandEvent &event : recorder.commands()) {
      const uint32_t program = recorder.steps()[event.step].program;
      if (const auto *launch =
              root.programs()->Get(program)->commands()->Get(event.command)->command_as_Launch())
        EXPECT_EQ((rows[{event.step, event.command}]),
                  event.cost.rows * root.kernels()->Get(launch->kernel())->column_tiles());
    }
  }
}

TEST(StepRecorder, CostsFollowTheContext) {
  Fixture fixture;
  StepRecorder recorder(*fixture.package, 2, room);
  fixture.session->runner().setRecorder(&recorder);
  fixture.step(10, StepRole::Prompt);
  fixture.step(1, StepRole::Generated);
  fixture.step(1, StepRole::Generated);
  const auto attention = [&](size_t step) {
    return recorder.commands()[recorder.steps()[step].firstCommand + 2].cost;
  };
  // A key has 2 heads x 20 f32, a value 2 heads x 32; the output 40 f32, which are written.
  const double perKey = 2 * 20 * 4 + 2 * 32 * 4, output = 40 * 4, fixed = 1e6;
  EXPECT_EQ(attention(0).bytes, fixed + 10 * perKey + 10 * output); // each key once for all rows
  EXPECT_EQ(attention(0).flops, 55 * 4 * 40.0);                     // but a product for each row
  EXPECT_EQ(attention(1).bytes, fixed + 11 * perKey + output);
  EXPECT_EQ(attention(2).bytes, fixed + 12 * perKey + output);
  EXPECT_EQ(attention(2).flops, 12 * 4 * 40.0);
  // Two threads read min(2 * 10, 15) GB/s and do 2 * 100 GFLOP/s.
  EXPECT_DOUBLE_EQ(attention(2).predictedSeconds, (fixed + 12 * perKey + output) / 15e9);
  const CommandCost embed = recorder.commands()[0].cost;
  EXPECT_EQ(embed.bytes, 11e6);
  EXPECT_DOUBLE_EQ(embed.predictedSeconds, 11e6 / 15e9);
}

TEST(StepRecorder, SumsGoByRole) {
  Fixture fixture;
  StepRecorder recorder(*fixture.package, 2); // no events
  fixture.session->runner().setRecorder(&recorder);
  fixture.step(20, StepRole::Prompt);
  for (int i = 0; i < 3; ++i)
    fixture.step(1, StepRole::Generated);
  fixture.session->runner().setRecorder(nullptr);
  fixture.step(1, StepRole::Generated);
  EXPECT_TRUE(recorder.steps().empty());
  EXPECT_TRUE(recorder.commands().empty());
  EXPECT_EQ(recorder.stepSum(StepRole::Prompt).steps, 1);
  EXPECT_EQ(recorder.stepSum(StepRole::Generated).steps, 3);
  EXPECT_EQ(recorder.stepSum(StepRole::Mixed).steps, 0);
  const std::vector<CommandSum> &sums = recorder.commandSums(StepRole::Generated, 0);
  EXPECT_EQ(sums[0].runs, 3);
  EXPECT_EQ(sums[0].bytes, 3 * 2e6);
  int64_t inCommands = 0;
  for (const CommandSum &sum : sums)
    inCommands += sum.nanoseconds;
  EXPECT_LE(inCommands, recorder.stepSum(StepRole::Generated).nanoseconds);
}

TEST(StepRecorder, KeepsWholeStepsAndCountsTheOthers) {
  for (const RecorderLimits &limits :
       {RecorderLimits{2, 256, 4096}, RecorderLimits{16, 10, 4096}, RecorderLimits{16, 256, 10}}) {
    Fixture fixture(1); // one chunk a launch
    StepRecorder recorder(*fixture.package, 1, limits);
    fixture.session->runner().setRecorder(&recorder);
    for (int i = 0; i < 6; ++i)
      fixture.step(1, StepRole::Generated);
    // Four commands a step, five chunks at most.
    ASSERT_EQ(recorder.steps().size(), 2u);
    EXPECT_EQ(recorder.stepsDropped(), 4);
    EXPECT_EQ(recorder.commands().size(), 8u);
    EXPECT_EQ(recorder.commands().back().step, 1u);
    EXPECT_LE(recorder.chunks(0).size(), 10u);
    for (const ChunkEvent &chunk : recorder.chunks(0))
      EXPECT_LT(chunk.step, 2u);
    EXPECT_EQ(recorder.stepSum(StepRole::Generated).steps, 6);
  }
}

TEST(StepRecorder, AllocatesNothingWithinAStep) {
  Fixture fixture(1);
  StepRecorder recorder(*fixture.package, 1, room);
  fixture.session->runner().setRecorder(&recorder);
  const std::vector<int32_t> token{3};
  const StepItem item{fixture.sequence, token, StepRole::Generated, Wanted::Last};
  ASSERT_TRUE(fixture.session->step({&item, 1}, nullptr).ok()); // buffers of the session grow once
  const size_t before = mallinfo2().uordblks;
  for (int i = 0; i < 8; ++i)
    ASSERT_TRUE(fixture.session->step({&item, 1}, nullptr).ok());
  EXPECT_EQ(mallinfo2().uordblks, before);
  EXPECT_EQ(recorder.steps().size(), 9u);
}

} // namespace
} // namespace sennit
