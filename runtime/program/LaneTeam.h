// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Worker groups that run the lanes of a program at the same time.
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/device/host/StepSignal.h"
#include "runtime/device/host/WorkerPool.h"
#include "runtime/program/LaunchRunner.h"

#include <array>
#include <memory>
#include <optional>
#include <thread>

namespace sennit {

inline constexpr size_t laneCount = size_t(schema::Lane::MAX) + 1;

/// The lane that a command runs on; none for a branch.
std::optional<schema::Lane> laneOf(const schema::CommandEntry &command);

/// Whether `threads` threads run the lanes of a program beside each other: there is work on several, and a
/// thread for each. Else they run its commands in the order of the text.
bool runsLanes(const schema::Program &program, int threads);

/// Divides `threads` by shares, at least one for each lane that has a share, 0 for one that has none. Their
/// sum is `threads`, which is at least the number of lanes with a share.
std::array<int, laneCount> divideThreads(const std::array<double, laneCount> &shares, int threads);

/// The threads of each lane, for programs that divide a machine alike. The caller of run works on the first
/// lane; the other lanes have a thread of their own in front. Allocates nothing in run. Thread-compatible.
class LaneTeam {
public:
  /// `threads` as divideThreads gives them.
  static StatusOr<std::unique_ptr<LaneTeam>> create(const schema::Package &package,
                                                    const std::array<int, laneCount> &threads);
  ~LaneTeam();
  LaneTeam(const LaneTeam &) = delete;
  LaneTeam &operator=(const LaneTeam &) = delete;

  struct Lane {
    schema::Lane lane;
    std::unique_ptr<WorkerPool> pool;
    std::unique_ptr<LaunchRunner> runner;
  };
  using Job = void (*)(void *context, Lane &lane);

  /// Runs `job` once for each lane, all at the same time; returns when all are done.
  void run(Job job, void *context);

  const std::array<int, laneCount> &threads() const { return threadsOfLane; }
  void setRecorder(StepRecorder *recorder);

private:
  struct Member {
    Lane lane;
    StepSignal begin, done;
    std::thread front; ///< none for the first lane
  };

  LaneTeam() = default;
  void loop(Member &member);

  std::array<int, laneCount> threadsOfLane{};
  std::vector<std::unique_ptr<Member>> members; ///< by lane
  uint32_t serial = 0;                          ///< of the run
  Job currentJob = nullptr;                     ///< null: threads end
  void *currentContext = nullptr;
};

} // namespace sennit
