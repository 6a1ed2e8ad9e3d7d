// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Lanes of the made-up model of TestPackage.h that run at the same time.
#include "runtime/program/LaneTeam.h"
#include "runtime/program/Session.h"
#include "runtime/program/TestPackage.h"

#include <atomic>
#include <gtest/gtest.h>
#include <map>

namespace sennit {
namespace {

using schema::StepRole;

TEST(DivideThreads, FollowsTheSharesAndLeavesNoLaneWithout) {
  using Threads = std::array<int, laneCount>;
  EXPECT_EQ(divideThreads({1, 0, 0}, 1), (Threads{1, 0, 0}));
  EXPECT_EQ(divideThreads({0, 0, 0.5}, 7), (Threads{0, 0, 7}));
  EXPECT_EQ(divideThreads({0.5, 0.5, 0}, 2), (Threads{1, 1, 0}));
  EXPECT_EQ(divideThreads({0.99, 0.01, 0}, 2), (Threads{1, 1, 0}));
  EXPECT_EQ(divideThreads({0.75, 0.25, 0}, 4), (Threads{3, 1, 0}));
  EXPECT_EQ(divideThreads({0.75, 0.25, 0}, 5), (Threads{4, 1, 0}));
  EXPECT_EQ(divideThreads({0.5, 0.25, 0.25}, 3), (Threads{1, 1, 1}));
  EXPECT_EQ(divideThreads({0.3, 0.1, 0.1}, 10), (Threads{6, 2, 2})); // shares need not sum up to 1
  EXPECT_EQ(divideThreads({0.98, 0.01, 0.01}, 100), (Threads{98, 1, 1}));
  for (int threads = 2; threads < 40; ++threads) {
    const Threads divided = divideThreads({0.613, 0.387, 0}, threads);
    EXPECT_EQ(divided[0] + divided[1], threads);
    EXPECT_LT(std::abs(divided[0] - 0.613 * threads), 1.0);
  }
}

std::shared_ptr<const Package> openPackage(const testing::TestModel &model) {
  const std::string path = testing::temporaryPath("lanes.sennit");
  EXPECT_TRUE(testing::writeTestPackage(model, path).ok());
  return *Package::open(path, {schema::CpuLevel::Avx2, /*executable=*/true});
}

testing::TestModel laneModel() {
  testing::TestModel model;
  model.lanes = true;
  return model;
}

TEST(LaneTeam, RunsEachLaneOnceAndAllAtOneTime) {
  auto package = openPackage(laneModel());
  for (const std::array<int, laneCount> &threads :
       {std::array<int, laneCount>{1, 1, 1}, {2, 0, 3}, {0, 1, 0}}) {
    auto team = LaneTeam::create(package->root(), threads);
    ASSERT_TRUE(team.ok());
    struct Seen {
      std::array<int, laneCount> runs{};
      std::atomic<int> inside{0};
      int lanes;
    } seen;
    seen.lanes = int(std::count_if(threads.begin(), threads.end(), [](int count) { return count > 0; }));
    constexpr int turns = 500;
    for (int turn = 0; turn < turns; ++turn) {
      seen.inside = 0;
      (*team)->run(
          [](void *context, LaneTeam::Lane &lane) {
            auto &own = *static_cast<Seen *>(context);
            ++own.runs[size_t(lane.lane)];
            // Ends only when every lane is here.
            ++own.inside;
            while (own.inside != own.lanes)
              std::this_thread::yield();
          },
          &seen);
    }
    for (size_t lane = 0; lane < laneCount; ++lane)
      EXPECT_EQ(seen.runs[lane], threads[lane] ? turns : 0);
  }
}

TEST(LaneTeam, IsForProgramsWithWorkOnSeveralLanes) {
  auto package = openPackage(laneModel());
  const auto &programs = *package->root().programs();
  EXPECT_FALSE(runsLanes(*programs.Get(0), 8));
  EXPECT_FALSE(runsLanes(*programs.Get(2), 1));
  EXPECT_TRUE(runsLanes(*programs.Get(2), 2));
}

/// Steps of both roles, many times over: what a lane overwrites too early would be seen in the logits.
TEST(LaneTeam, EveryStepGivesTheLogitsOfOneLane) {
  auto package = openPackage(laneModel());
  for (int threads : {1, 2, 3, 6}) {
    SessionOptions options;
    options.threads = threads;
    options.kernels = testing::testKernels();
    auto session = Session::create(package, options).take();
    testing::takeKernelLog();
    struct One {
      SequenceId id;
      std::vector<int32_t> history;
      size_t prompt;
    };
    std::vector<One> all;
    for (int i = 0; i < 5; ++i)
      all.push_back({*session->createSequence(), {}, size_t(1 + 3 * i)});
    for (int round = 0; round < 30; ++round) {
      std::vector<std::vector<int32_t>> tokens;
      for (size_t i = 0; i < all.size(); ++i)
        tokens.emplace_back(all[i].history.empty() ? all[i].prompt : 1,
                            int32_t((round * 7 + int(i) * 5) % 43));
      std::vector<StepItem> items;
      for (size_t i = 0; i < all.size(); ++i) {
        // Prompts begin one after another, so that most steps have rows of both roles.
        if (round < int(i) * 3)
          continue;
        items.push_back({all[i].id, tokens[i],
                         all[i].history.empty() ? StepRole::Prompt : StepRole::Generated, Wanted::Last});
        all[i].history.insert(all[i].history.end(), tokens[i].begin(), tokens[i].end());
      }
      ASSERT_TRUE(session
                      ->step(items,
                             [&](size_t item, int32_t, std::span<const float> logits) {
                               const One &one = all[item];
                               EXPECT_EQ(std::vector<float>(logits.begin(), logits.end()),
                                         testing::referenceLogits(laneModel(), one.history, one.prompt))
                                   << "threads " << threads << " round " << round;
                             })
                      .ok());
    }
    EXPECT_EQ(testing::takeKernelLog().fault, "");
  }
}

TEST(LaneTeam, TheRecorderNotesLanesAndTheirWorkers) {
  auto package = openPackage(laneModel());
  for (int threads : {1, 2, 3}) {
    SessionOptions options;
    options.threads = threads;
    options.kernels = testing::testKernels();
    auto session = Session::create(package, options).take();
    StepRecorder recorder(*package, threads, {8, 128, 4096});
    session->runner().setRecorder(&recorder);
    std::vector<std::vector<int32_t>> tokens;
    std::vector<StepItem> items;
    std::vector<SequenceId> ids;
    for (int i = 0; i < 5; ++i)
      ids.push_back(*session->createSequence());
    const std::vector<int32_t> token{3};
    for (StepRole role : {StepRole::Prompt, StepRole::Generated}) {
      items.clear();
      for (SequenceId id : ids)
        items.push_back({id, token, role, Wanted::Last});
      ASSERT_TRUE(session->step(items, nullptr).ok());
    }
    ASSERT_EQ(recorder.steps().size(), 2u);
    const StepEvent &step = recorder.steps()[1];
    std::vector<std::string> names;
    std::map<uint32_t, const CommandEvent *> byCommand;
    int64_t attention = 0;
    for (const CommandEvent &event : recorder.commands().subspan(step.firstCommand, step.commands)) {
      const auto &launch =
          *package->root().programs()->Get(step.program)->commands()->Get(event.command)->command_as_Launch();
      names.push_back(package->root().kernels()->Get(launch.kernel())->name()->str());
      byCommand[event.command] = &event;
      const bool isAttention = names.back() == "attention_generated";
      EXPECT_EQ(event.lane, isAttention && threads > 1 ? schema::Lane::Memory : schema::Lane::Compute);
      EXPECT_EQ(event.cost.rows, names.back() == "head" ? 5 : launch.row_begin() == 0 ? 3 : 2);
      attention += isAttention ? event.cost.rows : 0;
    }
    EXPECT_EQ(names, (std::vector<std::string>{"embed", "cache_store", "attention_generated", "embed",
                                               "cache_store", "attention_generated", "head"}));
    EXPECT_EQ(attention, 5);
    std::map<uint32_t, int64_t> rows; // times tiles
    for (int worker = 0; worker < threads; ++worker)
      for (const ChunkEvent &chunk : recorder.chunks(worker))
        if (chunk.step == 1) {
          const CommandEvent *event = byCommand[chunk.command];
          ASSERT_TRUE(event);
          EXPECT_GE(chunk.begin, event->begin);
          EXPECT_LE(chunk.end, event->end);
          rows[chunk.command] += int64_t(chunk.rowEnd - chunk.rowBegin) * (chunk.tileEnd - chunk.tileBegin);
        }
    for (const auto &[command, event] : byCommand) {
      const auto &launch =
          *package->root().programs()->Get(step.program)->commands()->Get(command)->command_as_Launch();
      EXPECT_EQ(rows[command],
                event->cost.rows * package->root().kernels()->Get(launch.kernel())->column_tiles());
    }
    // Half of three threads and one thread of two are as much slower as their lane's share says.
    const double share = threads > 1 ? 0.75 : 1;
    EXPECT_DOUBLE_EQ(byCommand.begin()->second->cost.predictedSeconds,
                     (1e6 + 3e6) / (threads > 1 ? 15e9 : 10e9) / share);
  }
}

} // namespace
} // namespace sennit
