// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/TileOverlap.h"

#include "planner/Bound.h"
#include "planner/StepPlanner.h"

#include <gtest/gtest.h>

namespace sennit::planner {
namespace {

/// A network that needs no share of the machine.
Curve freeNetwork() {
  return *Curve::make({{0, 0}, {0.001, 1}, {1, 1}}, "network");
}

TEST(TileOverlap, ReachesThePublishedRatiosWhereSendingIsFree) {
  // T3: eight ranks, G + R over the fused time.
  for (auto [ratio, gain] :
       {std::pair(0.25, 1.25), std::pair(0.5, 1.5), std::pair(1.0, 1.78), std::pair(2.0, 1.41)})
    EXPECT_NEAR((1 + ratio) / overlapTiles(1, ratio, 8, freeNetwork()).time, gain, 0.06) << ratio;
}

TEST(TileOverlap, TaxIsWhatTheShareCosts) {
  // P = R: what is sent costs as much as it gains.
  EXPECT_NEAR(overlapTiles(1, 0.25, 8, Curve()).time, 1.25, 1e-9);
  const Curve a100 = *Curve::make({{0, 0}, {.1, .3}, {.2, .5}, {.8, .9}, {.9, 1}, {1, 1}}, "network");
  const TileOverlap overlap = overlapTiles(1, 0.1, 8, a100);
  EXPECT_NEAR(overlap.share, 0.1, 1e-9);
  EXPECT_NEAR(overlap.time, 1 + 0.1 * 0.1 / 0.3, 1e-9);
  EXPECT_EQ(overlapTiles(1, 0, 8, a100).time, 1);
}

Node node(const char *op, Lane lane, double time, unsigned from, unsigned to, unsigned kind) {
  Node made;
  made.name = made.op = op;
  made.lane = lane;
  made.kind = kind;
  made.time = TimeCurve::perRow(time);
  made.uses = {{from, AccessRange::Own, false}, {to, AccessRange::Own, true}};
  return made;
}

Problem chain() {
  Problem problem;
  problem.rows = 128;
  problem.networkCurve = *Curve::make({{0, 0}, {.1, .3}, {.2, .5}, {.8, .9}, {.9, 1}, {1, 1}}, "network");
  problem.nodes = {node("o", Lane::Compute, 10, 0, 1, 0), node("network", Lane::Network, 2, 1, 2, 1),
                   node("norm", Lane::Compute, 0.1, 2, 3, 2), node("up_gate", Lane::Compute, 40, 3, 4, 3)};
  problem.nodes[2].minor = true;
  return problem;
}

TEST(TileOverlap, AnAllReduceGoesIntoItsNeighbours) {
  const Problem problem = chain();
  const Problem fused = withTileOverlap(problem, {false, true, false, false}, 8);
  EXPECT_TRUE(fused.nodes[0].alsoNetwork);
  EXPECT_TRUE(fused.nodes[3].alsoNetwork);
  EXPECT_EQ(fused.nodes[1].time.at(128), 0);
  EXPECT_NEAR(fused.nodes[3].time.at(128), overlapTiles(40 * 128, 128, 8, problem.networkCurve).time, 1e-6);
  const StepPlan apart = planStep(problem, {.scheduler = Scheduler::Sequential});
  const StepPlan together = planStep(fused, {.scheduler = Scheduler::Sequential});
  EXPECT_LT(together.sequential, apart.sequential);
  EXPECT_TRUE(together.violations.empty());
}

TEST(TileOverlap, StaysWhereANeighbourIsNoLinear) {
  Problem problem = chain();
  problem.nodes[0].lane = Lane::Memory;
  EXPECT_FALSE(withTileOverlap(problem, {false, true, false, false}, 8).nodes[3].alsoNetwork);
  problem = chain();
  problem.nodes.pop_back();
  EXPECT_GT(withTileOverlap(problem, {false, true, false}, 8).nodes[1].time.at(128), 0);
}

} // namespace
} // namespace sennit::planner
