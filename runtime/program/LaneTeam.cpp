// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/LaneTeam.h"

#include <algorithm>

namespace sennit {

std::optional<schema::Lane> laneOf(const schema::CommandEntry &command) {
  switch (command.command_type()) {
  case schema::Command::Launch:
    return command.command_as_Launch()->lane();
  case schema::Command::Copy:
    return command.command_as_Copy()->lane();
  case schema::Command::Collective:
    return command.command_as_Collective()->lane();
  case schema::Command::Signal:
    return command.command_as_Signal()->lane();
  case schema::Command::Wait:
    return command.command_as_Wait()->lane();
  default:
    return std::nullopt;
  }
}

bool runsLanes(const schema::Program &program, int threads) {
  if (!program.lane_shares() || program.lane_shares()->size() == 0)
    return false;
  std::array<bool, laneCount> works{};
  for (const schema::CommandEntry *command : *program.commands())
    if (command->command_type() != schema::Command::Signal &&
        command->command_type() != schema::Command::Wait)
      if (const std::optional<schema::Lane> lane = laneOf(*command))
        works[size_t(*lane)] = true;
  const auto lanes = std::count(works.begin(), works.end(), true);
  const auto shares = std::count_if(program.lane_shares()->begin(), program.lane_shares()->end(),
                                    [](double share) { return share > 0; });
  return lanes > 1 && threads >= shares;
}

std::array<int, laneCount> divideThreads(const std::array<double, laneCount> &shares, int threads) {
  std::array<int, laneCount> divided{};
  double sum = 0;
  int left = threads;
  for (double share : shares)
    sum += share;
  for (size_t lane = 0; lane < laneCount; ++lane)
    if (shares[lane] > 0) {
      divided[lane] = 1;
      --left;
    }
  // Each further thread goes where it is missed most.
  for (; left > 0; --left) {
    size_t neediest = 0;
    double most = -1e300;
    for (size_t lane = 0; lane < laneCount; ++lane) {
      const double missed = shares[lane] / sum * threads - divided[lane];
      if (shares[lane] > 0 && missed > most) {
        most = missed;
        neediest = lane;
      }
    }
    ++divided[neediest];
  }
  return divided;
}

StatusOr<std::unique_ptr<LaneTeam>> LaneTeam::create(const schema::Package &package,
                                                     const std::array<int, laneCount> &threads) {
  std::unique_ptr<LaneTeam> team(new LaneTeam());
  team->threadsOfLane = threads;
  int firstWorker = 0;
  for (size_t lane = 0; lane < laneCount; ++lane) {
    if (threads[lane] == 0)
      continue;
    Member &member = *team->members.emplace_back(std::make_unique<Member>());
    member.lane.lane = schema::Lane(lane);
    member.lane.pool = std::make_unique<WorkerPool>(threads[lane]);
    SENNIT_ASSIGN_OR_RETURN(member.lane.runner, LaunchRunner::create(package, *member.lane.pool,
                                                                     schema::Lane(lane), firstWorker));
    firstWorker += threads[lane];
  }
  for (size_t i = 1; i < team->members.size(); ++i)
    team->members[i]->front =
        std::thread([&team = *team, &member = *team->members[i]] { team.loop(member); });
  return team;
}

LaneTeam::~LaneTeam() {
  currentJob = nullptr;
  ++serial;
  for (const auto &member : members)
    if (member->front.joinable()) {
      member->begin.raise(serial);
      member->front.join();
    }
}

void LaneTeam::loop(Member &member) {
  for (uint32_t step = 0;;) {
    step = member.begin.waitForOther(step);
    if (!currentJob)
      return;
    currentJob(currentContext, member.lane);
    member.done.raise(step);
  }
}

void LaneTeam::run(Job job, void *context) {
  currentJob = job;
  currentContext = context;
  ++serial;
  for (size_t i = 1; i < members.size(); ++i)
    members[i]->begin.raise(serial);
  job(context, members.front()->lane);
  for (size_t i = 1; i < members.size(); ++i)
    members[i]->done.wait(serial);
}

void LaneTeam::setRecorder(StepRecorder *recorder) {
  for (const auto &member : members)
    member->lane.runner->setRecorder(recorder);
}

} // namespace sennit
