// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/StepInput.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>

namespace sennit {

using schema::RowDomain;
using schema::StepField;

RowRange rowsOf(RowDomain domain, const StepRows &rows) {
  switch (domain) {
  case RowDomain::All:
    return {0, rows.total};
  case RowDomain::Generated:
    return {0, rows.generated};
  case RowDomain::Prompt:
    return {rows.generated, rows.total};
  case RowDomain::Wanted:
    return {0, rows.wanted};
  }
  return {};
}

static int64_t blocksOf(int64_t keys) {
  return (keys + attentionBlock - 1) / attentionBlock;
}

int64_t keyBlocks(const Sequence &sequence, int64_t position) {
  int64_t blocks = 0;
  for (const Segment &segment : sequence.segments)
    if (&segment != &sequence.segments.back())
      blocks += blocksOf(segment.length);
  return blocks + blocksOf(position - sequence.segments.back().first + 1);
}

int64_t mostKeyBlocks(const schema::StepLayout &layout) {
  // A segment has at most one block that is not full.
  return int64_t(layout.max_pages()) / (attentionBlock / pagePositions) + layout.max_segments() + 1;
}

StatusOr<std::unique_ptr<StepInput>> StepInput::create(const schema::StepLayout &layout, int32_t *memory) {
  std::unique_ptr<StepInput> input(new StepInput(layout));
  const size_t bytes = (size_t(layout.bytes()) + 127) / 64 * 64;
  input->owned = !memory;
  input->base = memory ? memory : static_cast<int32_t *>(std::aligned_alloc(64, bytes));
  if (!input->base)
    return resourceExhausted("cannot allocate " + std::to_string(bytes) + " bytes for the inputs of a step");
  std::memset(input->base, 0, memory ? size_t(layout.bytes()) : bytes);
  for (const schema::StepFieldPlace *place : *layout.fields())
    input->fields[size_t(place->field())] = input->base + place->offset() / 4;
  return input;
}

StepInput::~StepInput() {
  if (owned)
    std::free(base);
}

void StepInput::begin() {
  counts = {};
  segmentCount = pageCount = blockCount = 0;
}

void StepInput::addSequence(const Sequence &sequence) {
  assert(uint32_t(counts.sequences) < layout.max_sequences() && "the caller keeps within the maxima");
  field(StepField::SequenceSegments)[counts.sequences++] = segmentCount;
  for (const Segment &segment : sequence.segments) {
    const int32_t pages = int32_t(segment.pages.size());
    assert(uint32_t(segmentCount) < layout.max_segments() &&
           uint32_t(pageCount + pages) <= layout.max_pages() && "the caller keeps within the maxima");
    field(StepField::SegmentPages)[segmentCount] = pageCount;
    field(StepField::SegmentLength)[segmentCount] = segment.length;
    field(StepField::SegmentFirst)[segmentCount] = segment.first;
    std::copy_n(segment.pages.begin(), pages, field(StepField::Pages) + pageCount);
    pageCount += pages;
    ++segmentCount;
  }
  lastSequence = &sequence;
}

void StepInput::addRow(int32_t token, int32_t position, schema::StepRole role, bool wanted) {
  assert(uint32_t(counts.total) < layout.max_rows() && "the caller keeps within the maxima");
  assert((role == schema::StepRole::Prompt || counts.generated == counts.total) &&
         "generated rows come first");
  const int32_t row = counts.total++;
  if (role == schema::StepRole::Generated) {
    field(StepField::RowBlocks)[row] = blockCount;
    blockCount += int32_t(keyBlocks(*lastSequence, position));
    ++counts.generated;
  }
  const Segment &segment = lastSequence->segments.back();
  const int32_t place = position - segment.first;
  field(StepField::Tokens)[row] = token;
  field(StepField::Positions)[row] = position;
  field(StepField::RowSequence)[row] = counts.sequences - 1;
  field(StepField::RowSlot)[row] =
      segment.pages[size_t(place / pagePositions)] * int32_t(pagePositions) + place % int32_t(pagePositions);
  if (wanted)
    field(StepField::Wanted)[counts.wanted++] = row;
}

const StepRows &StepInput::finish() {
  field(StepField::SequenceSegments)[counts.sequences] = segmentCount;
  field(StepField::SegmentPages)[segmentCount] = pageCount;
  field(StepField::RowBlocks)[counts.generated] = blockCount;
  int32_t *const values = field(StepField::Counts);
  values[0] = counts.total;
  values[1] = counts.generated;
  values[2] = counts.sequences;
  values[3] = counts.wanted;
  return counts;
}

} // namespace sennit
