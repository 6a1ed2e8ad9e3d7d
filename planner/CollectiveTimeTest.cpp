// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/OpTime.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace sennit::planner;

static Target targetOf(const std::string &name) {
  auto target = loadTarget(name);
  EXPECT_TRUE(target.ok()) << target.status().message();
  return target.ok() ? *target : Target();
}

static constexpr double MiB = 1 << 20;

// Published times on one node of H200: 0, 1, 16 and 128 MiB between 2, 4 and 8 devices.
TEST(CollectiveTime, MeetsTheTable) {
  Target h200 = targetOf("h200-x8");
  auto us = [&](Collective kind, int ranks, double bytes) {
    OpTime time = collectiveTime(h200, kind, ranks, bytes, false);
    EXPECT_EQ(time.basis, Basis::CollectiveTable);
    EXPECT_EQ(time.launchNs, 2000);
    return time.ns / 1e3;
  };
  EXPECT_NEAR(us(Collective::AllReduce, 8, 0), 15, 1e-9);
  EXPECT_NEAR(us(Collective::AllReduce, 8, MiB), 25, 1e-9);
  EXPECT_NEAR(us(Collective::AllReduce, 2, 16 * MiB), 80, 1e-9);
  EXPECT_NEAR(us(Collective::AllReduce, 8, 128 * MiB), 710, 1e-9);
  EXPECT_NEAR(us(Collective::AllGather, 4, 128 * MiB), 344, 1e-9);
  EXPECT_NEAR(us(Collective::ReduceScatter, 8, 16 * MiB), 70, 1e-9);
  EXPECT_NEAR(us(Collective::AllToAll, 8, 0), 13, 1e-9);
  EXPECT_NEAR(us(Collective::SendReceive, 2, 128 * MiB), 381, 1e-9);
  // Between points, a byte before the first and after the last.
  EXPECT_NEAR(us(Collective::AllReduce, 8, .5 * MiB), 20, 1e-9);
  EXPECT_NEAR(us(Collective::AllReduce, 8, 72 * MiB), (123 + 710) / 2.0, 1e-9);
  EXPECT_NEAR(us(Collective::AllReduce, 8, 1), 15, 1e-3);
  EXPECT_NEAR(us(Collective::AllReduce, 8, 240 * MiB), 710 + 587, 1e-6);
  // Between numbers of ranks.
  for (double bytes : {0.0, MiB, 100 * MiB}) {
    EXPECT_GT(us(Collective::AllReduce, 3, bytes), us(Collective::AllReduce, 2, bytes));
    EXPECT_LT(us(Collective::AllReduce, 3, bytes), us(Collective::AllReduce, 4, bytes));
  }
}

TEST(CollectiveTime, ContinuesATableByTheModel) {
  Target h200 = targetOf("h200-x8");
  std::erase_if(h200.collectives, [](const CollectiveTimes &times) { return times.ranks == 8; });
  OpTime eight = collectiveTime(h200, Collective::AllReduce, 8, 128 * MiB, false);
  EXPECT_EQ(eight.basis, Basis::CollectiveTable);
  EXPECT_NEAR(eight.ns / 1e3, 710, .1 * 710); // what was left out
  // A table whose last two points are level still moves no more than the link.
  h200.collectives = {{Collective::AllReduce, 8, {{0, MiB}, {20, 20}}}};
  EXPECT_NEAR(collectiveTime(h200, Collective::AllReduce, 8, 101 * MiB, false).ns / 1e3,
              20 + 1.75 * 100 * MiB / 450e3, 1e-6);
  h200.collectives = {{Collective::AllReduce, 8, {{MiB}, {20}}}};
  EXPECT_NEAR(collectiveTime(h200, Collective::AllReduce, 8, MiB - 1, false).ns, 20e3, 1e-6);
}

TEST(CollectiveTime, ModelsARingWithoutATable) {
  Target h100 = targetOf("h100-x8"); // 450 GB/s, of which .75; 1 us a step; launch 2 us
  auto ns = [&](Collective kind, int ranks, double bytes) {
    OpTime time = collectiveTime(h100, kind, ranks, bytes, false);
    EXPECT_EQ(time.basis, Basis::AlphaBeta);
    return time.ns;
  };
  double wire = 100e6 / (450 * .75);
  EXPECT_NEAR(ns(Collective::AllReduce, 8, 100e6), 2000 + 14000 + 1.75 * wire, 1e-6);
  EXPECT_NEAR(ns(Collective::AllReduce, 2, 100e6), 2000 + 2000 + wire, 1e-6);
  EXPECT_NEAR(ns(Collective::AllGather, 8, 100e6), 2000 + 7000 + .875 * wire, 1e-6);
  EXPECT_NEAR(ns(Collective::ReduceScatter, 4, 100e6), 2000 + 3000 + .75 * wire, 1e-6);
  EXPECT_NEAR(ns(Collective::AllToAll, 3, 100e6), 2000 + 2000 + 2 / 3.0 * wire, 1e-6);
  EXPECT_NEAR(ns(Collective::Broadcast, 8, 100e6), 2000 + 7000 + wire, 1e-6);
  EXPECT_NEAR(ns(Collective::SendReceive, 2, 100e6), 2000 + 1000 + wire, 1e-6);
  // The zero-byte column of H200 within 2 us.
  EXPECT_NEAR(ns(Collective::AllReduce, 2, 0), 6e3, 2e3);
  EXPECT_NEAR(ns(Collective::AllReduce, 4, 0), 9e3, 2e3);
  EXPECT_NEAR(ns(Collective::AllReduce, 8, 0), 15e3, 2e3);
  EXPECT_NEAR(ns(Collective::AllGather, 8, 0), 10e3, 2e3);
}

TEST(CollectiveTime, CrossesNodesByHierarchy) {
  Target cluster = targetOf("h100-x64"); // 50 GB/s and 4 us a step between nodes
  auto ns = [&](Collective kind, int ranks, double bytes, bool crosses) {
    return collectiveTime(cluster, kind, ranks, bytes, crosses).ns;
  };
  double wire = 100e6 / (450 * .75), net = 100e6 / 50;
  EXPECT_NEAR(ns(Collective::AllReduce, 64, 100e6, false),
              2000 + 2 * (7000 + .875 * wire) + 14 * 4000 + 1.75 * net / 8, 1e-6);
  EXPECT_NEAR(ns(Collective::AllGather, 16, 100e6, false), 2000 + 7000 + .875 * wire + 4000 + .5 * net / 8,
              1e-6);
  EXPECT_NEAR(ns(Collective::AllToAll, 16, 100e6, false), 2000 + 4000 + .5 * net + 7000 + .875 * wire / 2,
              1e-6);
  EXPECT_NEAR(ns(Collective::Broadcast, 16, 100e6, false), 2000 + 4000 + net + 7000 + wire, 1e-6);
  // One rank in each node: the network alone.
  EXPECT_NEAR(ns(Collective::AllReduce, 8, 100e6, true), 2000 + 14 * 4000 + 1.75 * net, 1e-6);
  EXPECT_NEAR(ns(Collective::SendReceive, 2, 100e6, true), 2000 + 4000 + net, 1e-6);
  // 8 in a node, 9 not.
  EXPECT_LT(ns(Collective::AllReduce, 8, 100e6, false), ns(Collective::AllReduce, 9, 100e6, false));
  // Spread over all eight nodes, sixteen ranks have two in each.
  EXPECT_NEAR(ns(Collective::AllReduce, 16, 100e6, true),
              2000 + 2 * (1000 + .5 * wire) + 14 * 4000 + 1.75 * net / 2, 1e-6);
}

TEST(CollectiveTime, IsNothingAloneAndInfiniteWithoutDevices) {
  Target h100 = targetOf("h100-x8");
  EXPECT_EQ(collectiveTime(h100, Collective::AllReduce, 1, 1e6, false).ns, 0);
  EXPECT_TRUE(std::isfinite(collectiveTime(h100, Collective::AllReduce, 8, 1e6, false).ns));
  EXPECT_TRUE(std::isinf(collectiveTime(h100, Collective::AllReduce, 9, 1e6, false).ns));
  EXPECT_TRUE(std::isinf(collectiveTime(targetOf("cpu-avx2"), Collective::AllReduce, 2, 1e6, false).ns));
}
