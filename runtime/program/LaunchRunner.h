// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/device/host/KernelAbi.h"
#include "runtime/device/host/WorkerPool.h"
#include "runtime/program/Load.h"
#include "runtime/program/StepRecorder.h"

#include <cstdint>
#include <memory>
#include <span>

namespace sennit {

/// How the work of a launch is divided: `blocks` row blocks of `rowsPerBlock` rows (the last may have fewer),
/// each in `chunksPerBlock` ranges of output tiles of nearly equal length; the keys of each row in `parts`.
/// Results never depend on it.
struct LaunchSplit {
  int64_t rowsPerBlock = 1, blocks = 1, chunksPerBlock = 1, parts = 1;

  int64_t chunks() const { return blocks * chunksPerBlock; }
};

/// A kernel on its operands, for rows [rowBegin, rowEnd).
struct LaunchWork {
  KernelEntry kernel;
  const schema::Kernel *facts;
  void *const *operands;
  int64_t rowBegin, rowEnd;
  int64_t keyBlocks = 1;              ///< blocks of keys that the longest row attends to, where it does
  std::span<const int64_t> cuts = {}; ///< output tiles at which calls must end, ascending
};

/// The split of rows x tiles for a kernel of at most `rowBlock` rows a call, among `threads`; `keyBlocks` is
/// more than 1 where a row's keys may be done in parts.
LaunchSplit splitLaunch(int64_t rows, int64_t tiles, int64_t rowBlock, bool hasPrologue, int threads,
                        int64_t keyBlocks = 1);

/// Divides launches among the workers of a pool. Owns their scratch. Allocates nothing in run.
/// Thread-compatible; the pool outlives it.
class LaunchRunner {
public:
  /// For all kernels of a package. To a recorder, launches are those of `lane` and workers count from
  /// `firstWorker`.
  static StatusOr<std::unique_ptr<LaunchRunner>> create(const schema::Package &package, WorkerPool &pool,
                                                        schema::Lane lane = schema::Lane::Compute,
                                                        int firstWorker = 0);
  ~LaunchRunner();
  LaunchRunner(const LaunchRunner &) = delete;
  LaunchRunner &operator=(const LaunchRunner &) = delete;

  /// Told of every call from now on; borrowed, may be null.
  void setRecorder(StepRecorder *listener) { recorder = listener; }

  /// Returns when all of it is done, by at most `threads` workers.
  void run(const LaunchWork &work, int threads);

private:
  struct alignas(64) WorkerState {
    uint8_t *scratch = nullptr;
    int64_t prologueOf = -1; ///< serial of the row block that scratch was filled for
  };

  LaunchRunner(WorkerPool &pool, schema::Lane lane, int firstWorker)
      : pool(pool), lane(lane), firstWorker(firstWorker) {}
  Status makeMemory(const schema::Package &package);
  void runChunk(int worker, int64_t chunk);
  void runTiles(int worker, int64_t block, int64_t tileBegin, int64_t tileEnd);

  WorkerPool &pool;
  const schema::Lane lane;
  const int firstWorker;
  uint8_t *memory = nullptr; ///< scratch of all workers, then what calls share
  uint64_t memoryBytes = 0;
  uint8_t *shared = nullptr;
  int64_t mostBlocks = 0;                 ///< of keys, of one sequence
  std::unique_ptr<WorkerState[]> workers; ///< [pool.threads()]
  // The launch that workers are on.
  LaunchWork current{};
  LaunchSplit split;
  StepRecorder *recorder = nullptr;
  int64_t serial = 0; ///< of its first row block; those of all launches are distinct
};

} // namespace sennit
