// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/program/Execute.h"
#include "runtime/program/Load.h"
#include "runtime/sequence/SequenceTable.h"

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sennit {

struct SessionOptions {
  /// "cpu"; "cuda" for the first GPU; "cuda:N" for GPU N, counted from 0.
  std::string device = "cpu";
  int threads = 0;          ///< 0: as many as this process may use
  int32_t sequences = 1024; ///< most live sequences
  int32_t pages = 0; ///< pages of the KV cache, 32 positions each; 0: as many as one step of the package can
                     ///< name, and a GPU has memory for
  Overlap overlap = Overlap::Planned; ///< on a GPU, to compare
  bool checkKernels = false;          ///< on a GPU: kernels run one at a time, and an error names its kernel
  /// Told of the bytes of weights that have been copied to a GPU, by the calling thread.
  std::function<void(uint64_t done, uint64_t all)> uploadProgress;
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

/// A token that was drawn after an item's last one.
struct DrawnToken {
  int32_t id = -1;
  std::span<const float>
      logits;         ///< [vocab_size] that it was drawn from, where asked for; valid during the call
  double seconds = 0; ///< what drawing it took; 0 where the step did so on its device
};
using DrawnSink = FunctionRef<void(size_t item, const DrawnToken &drawn)>;

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

  /// As step; then draws a token for each item whose last logits are wanted, as draws[item] says: on the
  /// device that runs the step where that can, else here, the same token in any case. No item may want all
  /// logits.
  Status stepAndSample(std::span<const StepItem> items, std::span<const TokenDraw> draws, DrawnSink sink);

  /// Makes what drawing on this machine takes, which the first step that draws would make otherwise. Nothing
  /// where a GPU draws.
  void prepareSampling();

  const schema::Package &package() const { return owner->root(); }
  const SequenceTable &sequences() const { return *table; }
  /// Threads that compute; 1 where a GPU does.
  int threads() const { return pool ? pool->threads() : 1; }
  int32_t contextLength() const { return table->contextLength(); }
  uint32_t vocabSize() const { return owner->root().model()->vocab_size(); }

  /// The most rows and sequences of one step.
  int32_t maxRows() const { return int32_t(owner->root().step()->max_rows()); }
  int32_t maxSequences() const { return int32_t(owner->root().step()->max_sequences()); }

  /// Steps run so far, and what runs them, for profiles.
  int64_t steps() const { return stepCount; }
  StepRunner &runner() { return *stepRunner; }

  /// How long making the session took, part by part.
  const std::vector<Phase> &phases() const { return making.phases(); }

private:
  Session() = default;
  Status makeHost(SessionOptions &options, int32_t pages);
  /// Pages of the KV cache.
  StatusOr<int32_t> makeDevice(const SessionOptions &options, int ordinal);
  Status check(std::span<const StepItem> items);
  Status checkFitsOneStep(const StepItem &item) const;
  /// Fills one step with as much as fits of what is left; the rows' items and tokens go to wantedRows.
  void fill(std::span<const StepItem> items);
  /// Takes back what a failed call appended.
  Status shorten(std::span<const StepItem> items);
  /// How many of `count` generated rows from position `first` on the step's blocks of keys leave room for.
  int64_t rowsWithinBlocks(const Sequence &sequence, int32_t first, int64_t count) const;
  /// Fills steps until all tokens are appended; `run` runs each and hands on what it gave.
  Status appendAll(std::span<const StepItem> items, FunctionRef<Status(const StepRows &rows)> run);
  Status sampleHere(std::span<const TokenDraw> draws, DrawnSink sink);

  struct WantedRow {
    size_t item;
    int32_t token;
  };

  PhaseClock making;
  std::shared_ptr<const Package> owner; ///< shared with whoever opened it and with other sessions
  const std::atomic<bool> *interrupt = nullptr;
  std::unique_ptr<CacheMemory> cache; ///< null on a GPU, and so is the pool
  std::unique_ptr<SequenceTable> table;
  std::unique_ptr<StepInput> input;
  std::unique_ptr<WorkerPool> pool;
  std::unique_ptr<StepRunner> stepRunner;
  std::unique_ptr<Sampler> sampler; ///< made when it is first needed
  int32_t mostWanted = 0;
  int64_t stepCount = 0;
  // By item of the current call; kept to allocate nothing in later ones.
  std::vector<Growth> growth;
  std::vector<int32_t> done, lengthBefore;
  std::vector<WantedRow> wantedRows;
  std::vector<TokenDraw> rowDraws; ///< by wanted row
  std::vector<int32_t> rowTokens;
};

} // namespace sennit
