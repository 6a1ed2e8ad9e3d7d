// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/host/KernelAbi.h"
#include "runtime/program/CostModel.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sennit {

// Times are nanoseconds since the recorder was made.

struct StepEvent {
  int64_t begin = 0, end = 0;
  uint32_t program = 0;
  StepRows rows;
  size_t firstCommand = 0, commands = 0; ///< its events in StepRecorder::commands
};

struct CommandEvent {
  int64_t begin = 0, end = 0;
  uint32_t step = 0, command = 0; ///< index of the step's event, and of the command in its program
  CommandCost cost;
  schema::Lane lane = schema::Lane::Compute;
};

/// What a worker ran at one go.
struct ChunkEvent {
  int64_t begin = 0, prologueEnd = 0, end = 0; ///< prologueEnd = begin: it ran no prologue
  uint32_t step = 0, command = 0;
  int32_t rowBegin = 0, rowEnd = 0, tileBegin = 0, tileEnd = 0, parts = 1; ///< as in KernelArgs
};

/// How many events are kept; none by default: then there are sums alone.
struct RecorderLimits {
  size_t steps = 0, commands = 0, chunksPerWorker = 0;
};

/// One command, summed over the steps of a role.
struct CommandSum {
  int64_t runs = 0, nanoseconds = 0;
  double bytes = 0, flops = 0,
         predictedSeconds = 0; ///< predictedSeconds is negative where there are no rates
};

struct StepSum {
  int64_t steps = 0, nanoseconds = 0;
};

/// Told by a StepRunner what runs and when: sums by command and role, and events of commands and of workers'
/// chunks while there is room. Steps are kept whole: the first one that does not fit is dropped, and so are
/// all after it. Allocates at construction only. The executor's caller begins and ends steps; a lane begins
/// and ends its commands, one at a time, beside other lanes; workers use ChunkTimer, each for itself. Read it
/// between steps.
class StepRecorder {
public:
  /// `package` is borrowed; `workers` are those of the executor's pool.
  StepRecorder(const Package &package, int workers, const RecorderLimits &limits = {});

  void beginStep(uint32_t program, const StepRows &rows, const StepInput &input);
  void beginCommand(uint32_t command, schema::Lane lane = schema::Lane::Compute);
  void endCommand(schema::Lane lane = schema::Lane::Compute);
  /// A command whose times a device measured, in nanoseconds since the step began. In the step's thread.
  void addCommand(uint32_t command, schema::Lane lane, int64_t begin, int64_t end);
  void endStep();

  /// Measures one chunk from its construction to its destruction, where chunks are kept.
  class ChunkTimer {
  public:
    /// `lane`: whose command the chunk is part of.
    ChunkTimer(StepRecorder *owner, schema::Lane lane, int worker, const KernelArgs &args)
        : recorder(owner && owner->keeping ? owner : nullptr), lane(lane), worker(worker), args(args) {
      if (recorder)
        begin = prologueEnd = recorder->now();
    }
    ~ChunkTimer() {
      if (recorder)
        recorder->addChunk(lane, worker, args, begin, prologueEnd);
    }
    ChunkTimer(const ChunkTimer &) = delete;
    ChunkTimer &operator=(const ChunkTimer &) = delete;
    void endPrologue() {
      if (recorder)
        prologueEnd = recorder->now();
    }

  private:
    StepRecorder *recorder;
    schema::Lane lane;
    int worker;
    const KernelArgs &args;
    int64_t begin = 0, prologueEnd = 0;
  };

  std::span<const StepEvent> steps() const { return {stepEvents.get(), stepCount}; }
  /// Those of a step in the order of the program.
  std::span<const CommandEvent> commands() const {
    return {commandEvents.get(), commandCount.load(std::memory_order_relaxed)};
  }
  std::span<const ChunkEvent> chunks(int worker) const;
  int workers() const { return workerCount; }
  int64_t stepsDropped() const { return dropped; }

  const StepSum &stepSum(schema::StepRole role) const { return stepSums[size_t(role)]; }
  /// By command of the program.
  const std::vector<CommandSum> &commandSums(schema::StepRole role, uint32_t program) const {
    return commandSumsOf[size_t(role)][program];
  }

private:
  using Clock = std::chrono::steady_clock;
  struct alignas(64) WorkerEvents {
    std::unique_ptr<ChunkEvent[]> events;
    size_t count = 0, countBefore = 0; ///< now, and when the step began
    bool overflowed = false;
  };

  int64_t now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
  }
  void keep(uint32_t command, schema::Lane lane, int64_t begin, int64_t end);
  void addChunk(schema::Lane lane, int worker, const KernelArgs &args, int64_t begin, int64_t prologueEnd);

  const Clock::time_point start = Clock::now();
  const RecorderLimits limits;
  const int workerCount;
  CostModel costs;
  std::unique_ptr<StepEvent[]> stepEvents;
  std::unique_ptr<CommandEvent[]> commandEvents;
  std::unique_ptr<WorkerEvents[]> workerEvents;
  size_t stepCount = 0;
  std::atomic<size_t> commandCount{0}; ///< lanes add beside each other; past the room: what found none
  int64_t dropped = 0;
  bool keeping = false; ///< events of the current step are kept
  bool full = false;
  // The step and the commands that run.
  StepEvent step;
  struct alignas(64) Running {
    uint32_t command = 0;
    int64_t begin = 0;
  };
  std::array<Running, size_t(schema::Lane::MAX) + 1> running;        ///< by lane
  std::array<StepSum, 3> stepSums{};                                 ///< by role
  std::array<std::vector<std::vector<CommandSum>>, 3> commandSumsOf; ///< by role, program, command
};

} // namespace sennit
