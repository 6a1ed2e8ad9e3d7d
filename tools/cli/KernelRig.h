// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Single launches of a package's kernels outside a session, to be timed.
#pragma once

#include "runtime/device/host/WorkerPool.h"
#include "runtime/program/CostModel.h"
#include "runtime/program/LaunchRunner.h"
#include "runtime/program/Load.h"
#include "runtime/program/StepInput.h"
#include "runtime/sequence/CacheMemory.h"
#include "runtime/sequence/SequenceTable.h"

#include <memory>
#include <vector>

namespace sennit::cli {

/// The step that launches are taken from: `sequences` of `context` positions each, which this step extends by
/// `rowsEach`.
struct RigStep {
  int sequences = 1;
  int rowsEach = 1;
  int context = 4;
  bool generated = true; ///< generated rows; then rowsEach is 1. Otherwise prompt rows.
};

/// One launch, ready to run.
struct RigLaunch {
  uint32_t kernel = 0;
  std::vector<void *> operands;
  RowRange rows;
  CommandCost cost;                       ///< by the cost model
  const schema::Weight *packed = nullptr; ///< its packed weight, the last where it has several
  bool readsCache = false;                ///< attention: reads keys and does not append
};

/// Everything that launches of a package read and write, with random activations and cache. Memory of a step
/// is that of the last prepare(). Package and pool outlive it; rigs that are used in turn may share a pool.
/// Thread-compatible.
class KernelRig {
public:
  KernelRig(const Package &package, WorkerPool &pool);
  ~KernelRig();
  KernelRig(const KernelRig &) = delete;
  KernelRig &operator=(const KernelRig &) = delete;

  /// Makes a step and its launches; those without work are left out. InvalidInput: the step is larger than
  /// the package allows.
  Status prepare(const RigStep &step);

  /// In the order of the program.
  const std::vector<RigLaunch> &launches() const { return ready; }

  /// Returns when the launch is done by all threads of the pool.
  void run(const RigLaunch &launch);

  /// Seconds of one run.
  double time(const RigLaunch &launch);

private:
  class Bytes;

  Status makeStep(const RigStep &step);
  Status makeWeights();
  uint32_t findProgram() const;
  void addLaunch(const schema::Program &program, const schema::Launch &launch, RigLaunch made);
  void *operand(const schema::Program &program, const schema::Slot &slot);

  const Package &package;
  const schema::Package &root;
  WorkerPool &pool;
  std::unique_ptr<LaunchRunner> runner;
  std::vector<WeightSlice> slices;
  std::vector<WeightTable> tables;
  std::unique_ptr<CacheMemory> cache;
  std::unique_ptr<SequenceTable> table;
  std::unique_ptr<StepInput> input;
  StepRows rows;
  int64_t keyBlocks = 1;
  std::unique_ptr<Bytes> arena;
  std::vector<RigLaunch> ready;
};

} // namespace sennit::cli
