// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Which rows an access of a command touches, without knowing how many rows of a step are generated.
#pragma once

#include "dialects/exec/Exec.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <array>
#include <optional>

namespace sennit {

/// Ranges of the rows of each kind that an access touches. Generated and prompt rows have the numbers of the
/// step's rows, wanted rows their own. A value; thread-compatible.
class RowSpans {
public:
  enum Part { Generated, Prompt, Wanted };
  struct Span {
    uint32_t begin = 0, end = 0; ///< [begin, end); empty where begin = end
  };

  /// Of a command that covers `rows`, an access of range `range`.
  RowSpans(const exec::CommandRows &rows, AccessRange range);

  const Span &span(Part part) const { return spans[part]; }
  /// Whether its rows have the numbers of the step's rows.
  bool numbersStep() const { return domain != RowDomain::Wanted; }
  /// Whether it touches every row.
  bool isEvery() const { return range == AccessRange::All; }
  /// The parts that a read must find written, in a value that holds rows of the step or only wanted ones.
  llvm::SmallVector<Part, 2> partsRead(bool ofStep) const;

private:
  RowDomain domain;
  AccessRange range;
  std::array<Span, 3> spans;
};

/// Whether two accesses of one value may touch a common row.
bool mayMeet(const RowSpans &a, const RowSpans &b);

/// The first row of `rows` below `limit` that no write covers in part `part`; none where all are covered.
std::optional<uint32_t> firstUncovered(RowSpans::Span rows, llvm::ArrayRef<const RowSpans *> writes,
                                       RowSpans::Part part, uint32_t limit);

} // namespace sennit
