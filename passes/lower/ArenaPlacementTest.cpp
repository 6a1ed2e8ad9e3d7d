// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/ArenaPlacement.h"

#include <gtest/gtest.h>

using namespace sennit;

namespace {

using Conflict = std::function<bool(unsigned, unsigned)>;

/// Whether two buffers that conflict share a byte, or one lies past the arena or off the alignment.
bool sound(const std::vector<uint64_t> &sizes, const Conflict &conflict, const ArenaPlacement &placement,
           uint64_t alignment) {
  for (unsigned i = 0; i < sizes.size(); ++i) {
    uint64_t end = placement.offsets[i] + sizes[i];
    if (placement.offsets[i] % alignment || end > placement.bytes)
      return false;
    for (unsigned j = 0; j < i; ++j)
      if (conflict(i, j) && placement.offsets[i] < placement.offsets[j] + sizes[j] &&
          placement.offsets[j] < end)
        return false;
  }
  return true;
}

/// A buffer that one lane needs from command `first` to command `last`, both inclusive.
struct Request {
  uint64_t bytes;
  unsigned first, last;
};

/// Requests as sizes and conflicts.
struct Intervals {
  std::vector<Request> requests;
  std::vector<uint64_t> sizes;
  Conflict conflict = [this](unsigned a, unsigned b) {
    return requests[a].first <= requests[b].last && requests[b].first <= requests[a].last;
  };

  explicit Intervals(const std::vector<Request> &list) : requests(list) {
    for (const Request &request : list)
      sizes.push_back(request.bytes);
  }
  Intervals(const Intervals &) = delete;
  ArenaPlacement place() const { return placeInArena(sizes, conflict); }
};

TEST(ArenaPlacement, EmptyAndSingle) {
  EXPECT_EQ(Intervals({}).place().bytes, 0u);
  ArenaPlacement one = Intervals({{1, 0, 0}}).place();
  EXPECT_EQ(one.bytes, 64u);
  EXPECT_EQ(one.bytesWithoutReuse, 64u);
  EXPECT_EQ(Intervals({{64, 0, 0}}).place().bytes, 64u);
  EXPECT_EQ(Intervals({{65, 0, 0}}).place().bytes, 128u);
}

TEST(ArenaPlacement, AChainAlternatesBetweenTwoPlaces) {
  std::vector<Request> requests;
  for (unsigned i = 0; i < 10; ++i)
    requests.push_back({100, i, i + 1});
  Intervals chain(requests);
  ArenaPlacement placement = chain.place();
  EXPECT_TRUE(sound(chain.sizes, chain.conflict, placement, 64));
  EXPECT_EQ(placement.bytes, 256u);
  EXPECT_EQ(placement.bytesWithoutReuse, 1280u);
}

TEST(ArenaPlacement, LastUseAndFirstUseAtOneCommandDoNotShare) {
  EXPECT_EQ(Intervals({{64, 0, 1}, {64, 1, 2}}).place().bytes, 128u);
  EXPECT_EQ(Intervals({{64, 0, 1}, {64, 2, 2}}).place().bytes, 64u);
}

TEST(ArenaPlacement, TakesTheSmallestGapThatHolds) {
  // At command 2 there are 512 bytes free below the fourth buffer and 64 above it.
  Intervals some({{1024, 0, 0}, {960, 0, 9}, {512, 1, 1}, {448, 1, 2}, {64, 2, 2}});
  ArenaPlacement placement = some.place();
  EXPECT_TRUE(sound(some.sizes, some.conflict, placement, 64));
  EXPECT_EQ(placement.offsets, (std::vector<uint64_t>{0, 1024, 0, 512, 960}));
  EXPECT_EQ(placement.bytes, 1984u);
}

TEST(ArenaPlacement, ConflictsNeedNotBeIntervals) {
  // Two lanes: 0 and 2 run one after the other, and so do 1 and 3; 0 and 3 may run together, as may 1 and 2.
  const Conflict lanes = [](unsigned a, unsigned b) { return (a + b) % 2 == 1; };
  const std::vector<uint64_t> sizes = {128, 65, 100, 127};
  ArenaPlacement placement = placeInArena(sizes, lanes);
  EXPECT_TRUE(sound(sizes, lanes, placement, 64));
  EXPECT_EQ(placement.bytes, 256u);
  EXPECT_EQ(placeInArena(sizes, [](unsigned, unsigned) { return true; }).bytes, 512u);
  EXPECT_EQ(placeInArena(sizes, [](unsigned, unsigned) { return false; }).bytes, 128u);
}

TEST(ArenaPlacement, RandomConflictsNeverOverlap) {
  uint64_t state = 1;
  auto next = [&](uint64_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % bound;
  };
  for (int round = 0; round < 60; ++round) {
    const unsigned count = unsigned(next(41));
    std::vector<uint64_t> sizes;
    std::vector<std::vector<bool>> together(count, std::vector<bool>(count));
    for (unsigned i = 0; i < count; ++i) {
      sizes.push_back(1 + next(5000));
      for (unsigned j = 0; j < i; ++j)
        together[i][j] = together[j][i] = next(10) < uint64_t(round % 11);
    }
    const Conflict conflict = [&](unsigned a, unsigned b) { return together[a][b]; };
    ArenaPlacement placement = placeInArena(sizes, conflict);
    EXPECT_TRUE(sound(sizes, conflict, placement, 64)) << "round " << round;
    EXPECT_LE(placement.bytes, placement.bytesWithoutReuse);
  }
}

} // namespace
