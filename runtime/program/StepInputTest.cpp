// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/StepInput.h"
#include "runtime/program/TestPackage.h"

#include <gtest/gtest.h>

namespace sennit {
namespace {

using schema::StepField;
using schema::StepRole;

/// A sequence of segments of these lengths; page numbers do not matter here.
Sequence sequenceOf(std::initializer_list<int32_t> lengths) {
  Sequence sequence;
  for (int32_t length : lengths) {
    sequence.segments.push_back(
        {std::vector<int32_t>(size_t(SequenceTable::pagesFor(length))), length, sequence.length});
    sequence.length += length;
  }
  return sequence;
}

TEST(StepInput, RowBlocksCountTheKeysOfEachGeneratedRow) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::StepLayout::Pack(builder, testing::describe({}).step.get()));
  const auto &layout = *flatbuffers::GetRoot<schema::StepLayout>(builder.GetBufferPointer());
  auto input = StepInput::create(layout);
  ASSERT_TRUE(input.ok());
  const Sequence one = sequenceOf({1}), full = sequenceOf({256}), over = sequenceOf({257, 0, 300}),
                 prompt = sequenceOf({40});
  for (int repeat = 0; repeat < 2; ++repeat) {
    StepInput &step = **input;
    step.begin();
    step.addSequence(one);
    step.addRow(0, 0, StepRole::Generated, false);
    step.addSequence(full);
    step.addRow(0, 255, StepRole::Generated, false);
    step.addSequence(over);
    // The last row limits the last segment alone: 2 blocks of the first, none of the empty one.
    step.addRow(0, 257 + 255, StepRole::Generated, false);
    step.addRow(0, 257 + 256, StepRole::Generated, false);
    EXPECT_EQ(step.blocks(), 9);
    step.addSequence(prompt);
    step.addRow(0, 39, StepRole::Prompt, true);
    EXPECT_EQ(step.finish().generated, 4);
    const int32_t *blocks = step.field(StepField::RowBlocks);
    EXPECT_EQ(std::vector<int32_t>(blocks, blocks + 5), (std::vector<int32_t>{0, 1, 2, 5, 9}));
  }
  (*input)->begin();
  (*input)->finish();
  EXPECT_EQ((*input)->field(StepField::RowBlocks)[0], 0);
}

// One generated row of each sequence of a step always has room: as many segments and pages as there may be,
// and every segment one key into a block.
TEST(StepInput, MostKeyBlocksHoldARowOfEachSequence) {
  schema::StepLayoutT layout = *testing::describe({}).step;
  for (uint32_t segments : {1u, 2u, 7u, 12u})
    for (uint32_t pages = segments; pages < 80; ++pages) {
      layout.max_segments = segments;
      layout.max_pages = pages;
      flatbuffers::FlatBufferBuilder builder;
      builder.Finish(schema::StepLayout::Pack(builder, &layout));
      const int64_t most =
          mostKeyBlocks(*flatbuffers::GetRoot<schema::StepLayout>(builder.GetBufferPointer()));
      // Nine pages are one block and a bit.
      int64_t blocks = 0, left = pages;
      for (uint32_t segment = 0; segment < segments; ++segment) {
        const int64_t taken = segment + 1 == segments ? left : std::min<int64_t>(left, left >= 9 ? 9 : 1);
        blocks += (taken + 7) / 8;
        left -= taken;
      }
      EXPECT_LE(blocks, most) << segments << " segments, " << pages << " pages";
    }
}

} // namespace
} // namespace sennit
