// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/schema/program_generated.h"
#include "runtime/sequence/SequenceTable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace sennit {

/// How many rows a step has.
struct StepRows {
  int32_t total = 0;     ///< T
  int32_t generated = 0; ///< D: rows [0, D) are generated ones, [D, T) prompt ones
  int32_t sequences = 0; ///< S
  int32_t wanted = 0;    ///< W

  schema::StepRole role() const {
    return generated == total ? schema::StepRole::Generated
           : generated == 0   ? schema::StepRole::Prompt
                              : schema::StepRole::Mixed;
  }
};

/// Rows [begin, end) of a step.
struct RowRange {
  int64_t begin = 0, end = 0;
  int64_t count() const { return end - begin; }
};
RowRange rowsOf(schema::RowDomain domain, const StepRows &rows);
/// The rows of a command (a launch, copy or collective): those of its domain within its own range; may be
/// none, and then begin = end.
template <typename CommandTable>
RowRange rowsOf(const CommandTable &command, const StepRows &rows) {
  RowRange range = rowsOf(command.domain(), rows);
  range.end = std::min<int64_t>(range.end, command.row_end());
  range.begin = std::min(std::max<int64_t>(range.begin, command.row_begin()), range.end);
  return range;
}

/// Blocks of 256 keys that one row at `position` in the last segment of `sequence` attends to, counted from
/// the start of each segment.
int64_t keyBlocks(const Sequence &sequence, int64_t position);
/// The most blocks of all generated rows of one step, for which devices have room; one row of each sequence
/// of a step never has more.
int64_t mostKeyBlocks(const schema::StepLayout &layout);

/// The one flat buffer that tells kernels about a step, filled in the order begin, (addSequence,
/// addRow...)..., finish: all generated rows before all prompt rows. Callers keep within the layout's maxima.
/// Allocates at most once; thread-compatible.
class StepInput {
public:
  /// `layout` is part of a verified package that outlives this.
  /// `memory`: the layout's bytes, borrowed, which a device can read; null: memory of its own.
  static StatusOr<std::unique_ptr<StepInput>> create(const schema::StepLayout &layout,
                                                     int32_t *memory = nullptr);
  ~StepInput();
  StepInput(const StepInput &) = delete;
  StepInput &operator=(const StepInput &) = delete;

  int32_t *field(schema::StepField field) const { return fields[size_t(field)]; }

  void begin();
  /// Starts the rows of a sequence, which has already grown by them.
  void addSequence(const Sequence &sequence);
  /// The row of one token of the sequence added last. Its position lies in the sequence's last segment.
  void addRow(int32_t token, int32_t position, schema::StepRole role, bool wanted);
  /// Completes the tables and says how many rows there are.
  const StepRows &finish();

  const StepRows &rows() const { return counts; }
  int32_t segments() const { return segmentCount; }
  int32_t pages() const { return pageCount; }
  int32_t blocks() const { return blockCount; } ///< of the generated rows

private:
  explicit StepInput(const schema::StepLayout &layout) : layout(layout) {}

  const schema::StepLayout &layout;
  int32_t *base = nullptr; ///< the buffer, 64-byte aligned
  bool owned = false;
  std::array<int32_t *, size_t(schema::StepField::MAX) + 1> fields{};
  StepRows counts;
  int32_t segmentCount = 0, pageCount = 0, blockCount = 0;
  const Sequence *lastSequence = nullptr;
};

} // namespace sennit
