// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/sequence/SequenceTable.h"

#include "runtime/sequence/CacheMemory.h"

#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace sennit {
namespace {

/// Every element of a page has one place, inside the page, and pages do not meet.
TEST(CacheLayout, PlacesAreAPermutation) {
  for (int64_t headDim : {1, 15, 16, 17, 40, 64}) {
    const CacheLayout layout{1, 3, headDim, 2};
    std::set<int64_t> keys, values;
    for (int64_t slot = 0; slot < 2 * pagePositions; ++slot)
      for (int64_t head = 0; head < 3; ++head)
        for (int64_t d = 0; d < headDim; ++d) {
          const int64_t key = layout.keyElement(slot, head, d), value = layout.valueElement(slot, head, d);
          EXPECT_EQ(key * 2 / layout.keyPageBytes(), slot / pagePositions);
          EXPECT_EQ(value * 2 / layout.valuePageBytes(), slot / pagePositions);
          EXPECT_TRUE(keys.insert(key).second);
          EXPECT_TRUE(values.insert(value).second);
        }
  }
  // Sixteen positions of one head are a packed tile [d][16 positions].
  const CacheLayout layout{1, 2, 40, 4};
  EXPECT_EQ(layout.keyElement(5, 1, 7), 2 * 40 * 16 + 7 * 16 + 5);
  EXPECT_EQ(layout.valueElement(5, 1, 39), (1 * 3 + 2) * 32 * 16 + 5 * 16 + 7);
}

TEST(CacheMemory, CopiesAPageInEveryLayer) {
  const CacheLayout layout{2, 2, 8, 4};
  auto memory = CacheMemory::create(layout, 3);
  ASSERT_TRUE(memory.ok());
  for (int64_t layer = 0; layer < 2; ++layer) {
    std::memset((*memory)->keys(layer) + 2 * layout.keyPageBytes(), int(layer + 1),
                size_t(layout.keyPageBytes()));
    std::memset((*memory)->values(layer) + 2 * layout.valuePageBytes(), int(layer + 5),
                size_t(layout.valuePageBytes()));
  }
  (*memory)->copyPage(2, 0);
  for (int64_t layer = 0; layer < 2; ++layer) {
    EXPECT_EQ((*memory)->keys(layer)[layout.keyPageBytes() - 1], layer + 1);
    EXPECT_EQ((*memory)->keys(layer)[layout.keyPageBytes()], 0);
    EXPECT_EQ((*memory)->values(layer)[0], layer + 5);
    EXPECT_EQ((*memory)->values(layer)[layout.valuePageBytes()], 0);
  }
}

TEST(CacheMemory, RefusesWhatNoMachineHolds) {
  EXPECT_EQ(CacheMemory::create({65536, 65536, 65536, 4}, 1 << 26).status().code(), Code::ResourceExhausted);
}

TEST(SequenceTable, GrowsByPages) {
  SequenceTable table(4, 8, 1000, nullptr);
  const SequenceId id = *table.create();
  const Growth growth[] = {{id, 33}};
  ASSERT_TRUE(table.check(growth).ok());
  table.extend(id, 33);
  EXPECT_EQ((*table.find(id))->segments[0].pages.size(), 2u);
  table.extend(id, 31);
  EXPECT_EQ((*table.find(id))->segments[0].pages.size(), 2u);
  table.extend(id, 1);
  EXPECT_EQ((*table.find(id))->segments[0].pages.size(), 3u);
  EXPECT_EQ(table.freePages(), 5);
  ASSERT_TRUE(table.truncate(id, 64).ok());
  EXPECT_EQ(table.freePages(), 6);
  ASSERT_TRUE(table.truncate(id, 0).ok());
  EXPECT_EQ(table.freePages(), 8);
  ASSERT_TRUE(table.free(id).ok());
  EXPECT_FALSE(table.find(id).ok());
  EXPECT_NE(*table.create(), id);
}

TEST(SequenceTable, SaysWhatIsMissingAndChangesNothing) {
  SequenceTable table(2, 3, 100, nullptr);
  const SequenceId a = *table.create(), b = *table.create();
  EXPECT_EQ(table.create().status().code(), Code::ResourceExhausted);
  const Growth both[] = {{a, 64}, {b, 33}};
  const Status status = table.check(both);
  EXPECT_EQ(status.code(), Code::ResourceExhausted);
  EXPECT_EQ(status.message(), "sequence " + std::to_string(b) +
                                  " needs 2 more pages of 32 positions for 33 tokens, 1 of 3 are free");
  EXPECT_EQ(table.freePages(), 3);
  const Growth tooLong[] = {{a, 101}};
  EXPECT_NE(table.check(tooLong).message().find("exceed the context of 100"), std::string::npos);
  EXPECT_FALSE(table.truncate(a, 1).ok());
  EXPECT_FALSE(table.truncate(a, -1).ok());
  EXPECT_FALSE(table.free(77).ok());
  EXPECT_FALSE(table.free(-1).ok());
  EXPECT_FALSE(table.fork(77).ok());
  EXPECT_FALSE(table.startSegment(77).ok());
}

TEST(SequenceTable, ForksCopyAPartFullPageWhenTheyWrite) {
  const CacheLayout layout{1, 1, 1, 4};
  auto memory = CacheMemory::create(layout, 4);
  ASSERT_TRUE(memory.ok());
  SequenceTable table(4, 4, 1000, memory->get());
  const SequenceId a = *table.create();
  table.extend(a, 40);
  const int32_t partFull = (*table.find(a))->segments[0].pages[1];
  (*memory)->keys(0)[partFull * layout.keyPageBytes() + 5] = 42;
  const SequenceId b = *table.fork(a), c = *table.fork(a);
  EXPECT_EQ(table.freePages(), 2);
  // Three owners write: two of them copy, the last keeps the page. Exactly the two free pages are needed.
  const Growth all[] = {{a, 1}, {b, 1}, {c, 1}};
  ASSERT_TRUE(table.check(all).ok());
  for (const Growth &growth : all)
    table.extend(growth.sequence, growth.tokens);
  EXPECT_EQ(table.freePages(), 0);
  EXPECT_EQ((*table.find(c))->segments[0].pages[1], partFull);
  std::set<int32_t> last;
  for (const Growth &growth : all) {
    const int32_t page = (*table.find(growth.sequence))->segments[0].pages[1];
    EXPECT_TRUE(last.insert(page).second);
    EXPECT_EQ((*memory)->keys(0)[page * layout.keyPageBytes() + 5], 42);
  }
  EXPECT_EQ((*table.find(a))->segments[0].pages[0], (*table.find(b))->segments[0].pages[0]);
  // One page short.
  ASSERT_TRUE(table.free(b).ok());
  const SequenceId d = *table.fork(a), e = *table.fork(c);
  const Growth more[] = {{a, 1}, {d, 1}, {c, 1}, {e, 1}};
  EXPECT_EQ(table.check(more).code(), Code::ResourceExhausted);
  EXPECT_TRUE(table.check(std::span(more).first(2)).ok());
}

TEST(SequenceTable, SegmentsHaveTheirOwnPages) {
  SequenceTable table(2, 10, 1000, nullptr);
  const SequenceId id = *table.create();
  ASSERT_TRUE(table.startSegment(id).ok());
  EXPECT_EQ((*table.find(id))->segments.size(), 1u);
  table.extend(id, 10);
  ASSERT_TRUE(table.startSegment(id).ok());
  table.extend(id, 40);
  const Sequence &sequence = **table.find(id);
  ASSERT_EQ(sequence.segments.size(), 2u);
  EXPECT_EQ(sequence.segments[1].first, 10);
  EXPECT_EQ(sequence.segments[1].length, 40);
  EXPECT_EQ(sequence.segments[1].pages.size(), 2u);
  EXPECT_EQ(sequence.length, 50);
  ASSERT_TRUE(table.truncate(id, 10).ok());
  EXPECT_EQ((*table.find(id))->segments.size(), 2u);
  EXPECT_EQ((*table.find(id))->segments[1].length, 0);
  EXPECT_EQ(table.freePages(), 9);
  ASSERT_TRUE(table.truncate(id, 9).ok());
  EXPECT_EQ((*table.find(id))->segments.size(), 1u);
}

// Random creation, growth, forks, truncation and freeing: owners always add up, and nothing leaks.
TEST(SequenceTable, RandomUseKeepsTheCounts) {
  std::mt19937 random(7);
  SequenceTable table(8, 40, 300, nullptr);
  std::vector<SequenceId> live;
  for (int i = 0; i < 20000; ++i) {
    const SequenceId id = live.empty() ? -1 : live[random() % live.size()];
    switch (random() % 6) {
    case 0:
      if (auto made = table.create(); made.ok())
        live.push_back(*made);
      break;
    case 1:
      if (auto made = table.fork(id); made.ok())
        live.push_back(*made);
      break;
    case 2:
      if (id >= 0)
        ASSERT_TRUE(table.truncate(id, int32_t(random() % uint32_t((*table.find(id))->length + 1))).ok());
      break;
    case 3:
      if (id >= 0 && random() % 3 == 0) {
        ASSERT_TRUE(table.free(id).ok());
        std::erase(live, id);
      }
      break;
    case 4:
      if (id >= 0)
        ASSERT_TRUE(table.startSegment(id).ok());
      break;
    default: {
      std::vector<Growth> growth;
      for (SequenceId one : live)
        if (random() % 2)
          growth.push_back({one, int32_t(random() % 40)});
      if (table.check(growth).ok())
        for (const Growth &one : growth)
          table.extend(one.sequence, one.tokens);
    }
    }
    std::map<int32_t, int> owners;
    for (SequenceId one : live) {
      const Sequence &sequence = **table.find(one);
      int32_t length = 0;
      for (const Segment &segment : sequence.segments) {
        ASSERT_EQ(segment.first, length);
        ASSERT_EQ(int32_t(segment.pages.size()), SequenceTable::pagesFor(segment.length));
        length += segment.length;
        for (int32_t page : segment.pages)
          ++owners[page];
      }
      ASSERT_EQ(length, sequence.length);
    }
    ASSERT_EQ(table.freePages(), 40 - int32_t(owners.size()));
    ASSERT_EQ(table.liveSequences(), int32_t(live.size()));
  }
}

} // namespace
} // namespace sennit
