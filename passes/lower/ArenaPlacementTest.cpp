// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/ArenaPlacement.h"

#include <gtest/gtest.h>

using namespace sennit;

namespace {

/// Whether two requests that are needed at one time share a byte, or one lies past the arena or off the
/// alignment.
bool sound(const std::vector<ArenaRequest> &requests, const ArenaPlacement &placement, uint64_t alignment) {
  for (size_t i = 0; i < requests.size(); ++i) {
    uint64_t end = placement.offsets[i] + requests[i].bytes;
    if (placement.offsets[i] % alignment || end > placement.bytes)
      return false;
    for (size_t j = 0; j < i; ++j) {
      bool together = requests[i].first <= requests[j].last && requests[j].first <= requests[i].last;
      if (together && placement.offsets[i] < placement.offsets[j] + requests[j].bytes &&
          placement.offsets[j] < end)
        return false;
    }
  }
  return true;
}

TEST(ArenaPlacement, EmptyAndSingle) {
  EXPECT_EQ(placeInArena({}).bytes, 0u);
  ArenaPlacement one = placeInArena({{1, 0, 0}});
  EXPECT_EQ(one.bytes, 64u);
  EXPECT_EQ(one.bytesWithoutReuse, 64u);
  EXPECT_EQ(placeInArena({{65, 0, 0}}).bytes, 128u);
}

TEST(ArenaPlacement, AChainAlternatesBetweenTwoPlaces) {
  std::vector<ArenaRequest> requests;
  for (unsigned i = 0; i < 10; ++i)
    requests.push_back({100, i, i + 1});
  ArenaPlacement placement = placeInArena(requests);
  EXPECT_TRUE(sound(requests, placement, 64));
  EXPECT_EQ(placement.bytes, 256u);
  EXPECT_EQ(placement.bytesWithoutReuse, 1280u);
}

TEST(ArenaPlacement, LastUseAndFirstUseAtOneCommandDoNotShare) {
  std::vector<ArenaRequest> requests = {{64, 0, 1}, {64, 1, 2}};
  EXPECT_EQ(placeInArena(requests).bytes, 128u);
  requests[1].first = 2;
  EXPECT_EQ(placeInArena(requests).bytes, 64u);
}

TEST(ArenaPlacement, TakesTheSmallestGapThatHolds) {
  // At command 2 there are 512 bytes free below the fourth buffer and 64 above it.
  std::vector<ArenaRequest> requests = {{1024, 0, 0}, {960, 0, 9}, {512, 1, 1}, {448, 1, 2}, {64, 2, 2}};
  ArenaPlacement placement = placeInArena(requests);
  EXPECT_TRUE(sound(requests, placement, 64));
  EXPECT_EQ(placement.offsets, (std::vector<uint64_t>{0, 1024, 0, 512, 960}));
  EXPECT_EQ(placement.bytes, 1984u);
}

TEST(ArenaPlacement, RandomRequestsNeverOverlap) {
  uint64_t state = 1;
  auto next = [&](uint64_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % bound;
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<ArenaRequest> requests;
    for (int i = 0; i < 40; ++i) {
      unsigned first = unsigned(next(60));
      requests.push_back({1 + next(5000), first, first + unsigned(next(8))});
    }
    ArenaPlacement placement = placeInArena(requests);
    EXPECT_TRUE(sound(requests, placement, 64)) << "round " << round;
    EXPECT_LE(placement.bytes, placement.bytesWithoutReuse);
  }
}

} // namespace
