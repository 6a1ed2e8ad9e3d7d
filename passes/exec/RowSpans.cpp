// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/exec/RowSpans.h"

#include <algorithm>

namespace sennit {

RowSpans::RowSpans(const exec::CommandRows &rows, AccessRange range) : domain(rows.domain), range(range) {
  const Span own{rows.begin, rows.end}, before{0, rows.end}, every{0, exec::lastRow};
  if (range == AccessRange::All) {
    spans = {every, every, every};
  } else if (domain == RowDomain::Wanted) {
    spans[Wanted] = range == AccessRange::Own ? own : before;
  } else if (range == AccessRange::Before) {
    spans[Generated] = spans[Prompt] = before;
  } else {
    if (domain != RowDomain::Prompt)
      spans[Generated] = own;
    if (domain != RowDomain::Generated)
      spans[Prompt] = own;
    // There are at most as many wanted rows as rows, so rows of the step cover wanted ones of their numbers.
    if (domain == RowDomain::All)
      spans[Wanted] = own;
  }
}

llvm::SmallVector<RowSpans::Part, 2> RowSpans::partsRead(bool ofStep) const {
  if (isEvery() ? !ofStep : domain == RowDomain::Wanted)
    return {Wanted};
  return {Generated, Prompt};
}

bool mayMeet(const RowSpans &a, const RowSpans &b) {
  const auto meet = [&](RowSpans::Part part) {
    return a.span(part).begin < b.span(part).end && b.span(part).begin < a.span(part).end;
  };
  if (a.isEvery() || b.isEvery() || a.numbersStep() != b.numbersStep())
    return true; // nothing is known of wanted rows against those of the step
  return a.numbersStep() ? meet(RowSpans::Generated) || meet(RowSpans::Prompt) : meet(RowSpans::Wanted);
}

std::optional<uint32_t> firstUncovered(RowSpans::Span rows, llvm::ArrayRef<const RowSpans *> writes,
                                       RowSpans::Part part, uint32_t limit) {
  llvm::SmallVector<RowSpans::Span> written;
  for (const RowSpans *write : writes)
    written.push_back(write->span(part));
  llvm::sort(written, [](const auto &a, const auto &b) { return a.begin < b.begin; });
  uint32_t next = rows.begin;
  for (const RowSpans::Span &span : written)
    if (span.begin <= next)
      next = std::max(next, span.end);
  if (next < std::min(rows.end, limit))
    return next;
  return std::nullopt;
}

} // namespace sennit
