// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/program/Execute.h"
#include "runtime/program/Load.h"
#include "runtime/sequence/SequenceTable.h"

#include <atomic>
#include <memory>
#include <span>
#include <vector>

namespace sennit {

struct SessionOptions {
  int threads = 0;          ///< 0: as many as this process may use
  int32_t sequences = 1024; ///< most live sequences
  int32_t pages =
      0; ///< pages of the KV cache, 32 positions each; 0: as many as one step of the package can name
  /// Looked at between steps; when it is true, a call ends with Interrupted. Borrowed; may be null.
  const std::atomic<bool> *interrupt = nullptr;
  /// Replaces the package's native code, one entry for each kernel (tests, kernels under development).
  std::vector<KernelEntry> kernels;
};

/// Whose logits a caller wants.
enum class Wanted { None, Last, All };

/// Tokens to append to one sequence in one step. The role follows the tokens' place in the request, also when
/// they are computed again: Prompt for what was given, Generated for what was sampled.
struct StepItem {
  SequenceId sequence = -1;
  std::span<const int32_t> tokens;
  schema::StepRole role = schema::StepRole::Prompt; ///< Prompt or Generated
  Wanted wanted = Wanted::Last;
};

/// Gets the logits [vocab_size] of token `token` of item `item`; they are valid during the call.
using LogitsSink = FunctionRef<void(size_t item, int32_t token, std::span<const float> logits)>;

/// Sequences and their KV cache, and the steps that extend them, over one package. Thread-compatible; several
/// sessions may share a package and run in different threads.
class Session {
public:
  static StatusOr<std::unique_ptr<Session>> create(std::shared_ptr<const Package> package,
                                                   SessionOptions options = {});

  StatusOr<SequenceId> createSequence() { return table->create(); }
  StatusOr<SequenceId> forkSequence(SequenceId parent) { return table->fork(parent); }
  Status truncateSequence(SequenceId id, int32_t length) { return table->truncate(id, length); }
  Status freeSequence(SequenceId id) { return table->free(id); }
  /// What is appended from now on forms a new segment with its own blocks of attention.
  Status startSegment(SequenceId id) { return table->startSegment(id); }
  /// Positions in a sequence.
  StatusOr<int32_t> length(SequenceId id) const;

  /// Appends the items' tokens, each to another sequence, in one ragged step, or in several where they exceed
  /// the package's maxima. On an error (also Interrupted) every sequence is as long as it was before.
  Status step(std::span<const StepItem> items, LogitsSink sink);

  const schema::Package &package() const { return owner->root(); }
  const SequenceTable &sequences() const { return *table; }
  int threads() const { return pool->threads(); }
  int32_t contextLength() const { return table->contextLength(); }
  uint32_t vocabSize() const { return owner->root().model()->vocab_size(); }

  /// The most rows and sequences of one step.
  int32_t maxRows() const { return int32_t(owner->root().step()->max_rows()); }
  int32_t maxSequences() const { return int32_t(owner->root().step()->max_sequences()); }

  /// Steps run so far, and the executor for profiles.
  int64_t steps() const { return stepCount; }
  Executor &executor() { return *runner; }

  /// How long making the session took, part by part.
  const std::vector<Phase> &phases() const { return making.phases(); }

private:
  Session() = default;
  Status check(std::span<const StepItem> items);
  Status checkFitsOneStep(const StepItem &item) const;
  /// Fills one step with as much as fits of what is left; the rows' items and tokens go to wantedRows.
  void fill(std::span<const StepItem> items);
  /// How many of `count` generated rows from position `first` on the step's blocks of keys leave room for.
  int64_t rowsWithinBlocks(const Sequence &sequence, int32_t first, int64_t count) const;

  struct WantedRow {
    size_t item;
    int32_t token;
  };

  PhaseClock making;
  std::shared_ptr<const Package> owner; ///< shared with whoever opened it and with other sessions
  const std::atomic<bool> *interrupt = nullptr;
  std::unique_ptr<CacheMemory> cache;
  std::unique_ptr<SequenceTable> table;
  std::unique_ptr<StepInput> input;
  std::unique_ptr<WorkerPool> pool;
  std::unique_ptr<Executor> runner;
  int32_t mostWanted = 0;
  int64_t stepCount = 0;
  // By item of the current call; kept to allocate nothing in later ones.
  std::vector<Growth> growth;
  std::vector<int32_t> done, lengthBefore;
  std::vector<WantedRow> wantedRows;
};

} // namespace sennit
