// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/device/host/WorkerPool.h"
#include "runtime/program/LaneTeam.h"
#include "runtime/program/LaunchRunner.h"
#include "runtime/program/Load.h"
#include "runtime/program/StepInput.h"
#include "runtime/program/StepRecorder.h"
#include "runtime/program/StepRunner.h"
#include "runtime/sequence/CacheMemory.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sennit {

/// Runs programs of a package on this machine's CPU: walks a program's commands in order and divides each
/// launch among the pool's workers. The lanes of a program that has several run at the same time, each with
/// workers of its own, as many in all as the pool has; where there are fewer threads than lanes, its commands
/// run in the order of the text. Owns the arena; everything else is borrowed and outlives it.
/// Allocates nothing in run. Thread-compatible.
class Executor final : public StepRunner {
public:
  /// `kernels` replaces the package's native code, one entry for each of its kernels; empty: the native code
  /// is used.
  static StatusOr<std::unique_ptr<Executor>> create(const Package &package, std::vector<KernelEntry> kernels,
                                                    const StepInput &input, CacheMemory &cache,
                                                    WorkerPool &pool);
  ~Executor() override;
  Executor(const Executor &) = delete;
  Executor &operator=(const Executor &) = delete;

  std::string device() const override { return "cpu"; }
  uint32_t programFor(const StepRows &rows) const override;
  Status run(const StepRows &rows) override;
  /// Valid until the next run.
  StatusOr<std::span<const float>> logits(int32_t index) override;
  /// Null costs a comparison for each chunk.
  void setRecorder(StepRecorder *listener) override {
    recorder = listener;
    runner->setRecorder(listener);
    for (const auto &team : teams)
      team->setRecorder(listener);
  }
  void copyPage(int32_t from, int32_t to) override { cache.copyPage(from, to); }

private:
  /// What a command of a program needs besides its table: operand addresses of launches, places where ranges
  /// of output tiles are cut.
  struct Prepared {
    std::vector<void *> operands;           ///< of all launches, one after another
    std::vector<uint32_t> firstOperand;     ///< by command
    std::vector<std::vector<int64_t>> cuts; ///< by command; ascending tile numbers, mostly none
    std::vector<bool> readsCache;           ///< by command: a launch that reads keys or values
    LaneTeam *team = nullptr;               ///< runs its lanes; null: in the order of the text
  };
  Executor(const Package &package, const StepInput &input, CacheMemory &cache, WorkerPool &pool)
      : package(package), input(input), cache(cache), pool(pool) {}

  Status prepare(uint32_t program);
  void runProgram(const schema::Program &program, const Prepared &prepared, const StepRows &rows);
  StatusOr<void *> address(const schema::Program &program, const schema::Slot &slot) const;
  Status findCuts(const schema::Program &program, const schema::Launch &launch, uint32_t command,
                  std::vector<int64_t> &cuts) const;
  Status makeMemory();
  StatusOr<LaneTeam *> teamFor(const schema::Program &program);
  void runLane(const schema::Program &program, const Prepared &prepared, const StepRows &rows,
               LaneTeam::Lane &lane);
  /// How many commands after a branch are skipped.
  static uint32_t skipped(const schema::Branch &branch, const StepRows &rows);
  void launch(const schema::Launch &launch, const Prepared &prepared, uint32_t command, const StepRows &rows,
              LaunchRunner &by, int threads);
  double estimate(const schema::Launch &launch, const LaunchWork &work, int64_t keys) const;
  void copy(const schema::Program &program, const schema::Copy &copy, const StepRows &rows) const;

  const Package &package;
  const StepInput &input;
  CacheMemory &cache;
  WorkerPool &pool;
  const schema::Entry *entry = nullptr;
  std::vector<KernelEntry> kernels;
  std::vector<WeightSlice> slices;  ///< of all packed weights, one after another
  std::vector<WeightTable> weights; ///< by weight; count 0 for those in Rows layout
  std::vector<Prepared> programs;
  uint8_t *arena = nullptr;
  uint64_t arenaBytes = 0;
  std::unique_ptr<LaunchRunner> runner;
  std::vector<std::unique_ptr<LaneTeam>> teams; ///< one for each division of the machine
  std::unique_ptr<StepSignal[]> signals;        ///< of programs that run on lanes, by number
  uint32_t signalCount = 0;
  uint32_t lastProgram = 0; ///< that ran
  uint32_t laneStep = 0;    ///< counts steps on lanes
  StepRecorder *recorder = nullptr;
};

} // namespace sennit
