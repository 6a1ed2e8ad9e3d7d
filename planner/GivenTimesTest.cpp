// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/GivenTimes.h"

#include "planner/TaskGraph.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

using namespace sennit::planner;

namespace {

/// Layers of kqv, attention of each role, o, network and down with a residual stream: every sum adds what
/// came before.
Problem layersOf(unsigned count) {
  Problem problem;
  problem.rows = 100;
  problem.generated = 60;
  unsigned stream = 0, next = 1;
  auto add = [&](const char *op, std::vector<Use> uses, Lane lane = Lane::Compute,
                 RowDomain domain = RowDomain::All) {
    Node node = nodeOf(op, std::move(uses), lane, 10, domain);
    node.op = op;
    node.kind = unsigned(problem.nodes.size());
    problem.nodes.push_back(node);
  };
  for (unsigned layer = 0; layer < count; ++layer) {
    const unsigned norm = next++, q = next++, cache = next++, mixed = next++, part = next++, sum = next++,
                   all = next++;
    add("norm", {reads(stream), writes(norm)});
    add("kqv", {reads(norm), writes(q)});
    add("append", {reads(q), writes(cache)});
    add("decode_attention", {reads(q), reads(cache, AccessRange::Before), writes(mixed)}, Lane::Memory,
        RowDomain::Generated);
    add("prefill_attention", {reads(q), reads(cache, AccessRange::Before), writes(mixed)}, Lane::Compute,
        RowDomain::Prompt);
    add("o", {reads(mixed), writes(part)});
    add("network", {reads(part), writes(sum)}, Lane::Network);
    add("add", {reads(stream), reads(sum), writes(all)});
    stream = all;
  }
  return problem;
}

const std::map<std::string, double> times = {
    {"kqv", 4}, {"decode_attention", 3}, {"prefill_attention", 2}, {"o", 1}, {"network", 5}};

std::vector<double> wire(const Problem &problem) {
  return std::vector<double>(problem.nodes.size(), 1);
}

TEST(GivenTimes, AnOpsTimeIsThatOfAllItsNodes) {
  const Problem problem = layersOf(4);
  const auto made = withGivenTimes(problem, times, 0.5, wire(problem));
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->nodes.size(), 20u);
  double sum = 0;
  for (const Node &node : made->nodes)
    sum += node.time.at(rowsOf(*made, node, 0, lastRow));
  EXPECT_NEAR(sum, 15e6, 1e-3);
  EXPECT_EQ(made->nodes[0].splitPenalty, 0.5);
  EXPECT_EQ(made->nodes[4].splitPenalty, 0); // the network
}

TEST(GivenTimes, WhatIsLeftOutPassesDependencesOn) {
  const Problem problem = layersOf(5);
  const auto made = withGivenTimes(problem, times, 0, wire(problem));
  ASSERT_TRUE(made.ok());
  // Each node reads what the nodes just before it wrote, however long the stream; attention also reads kqv of
  // rows before its own.
  std::vector<NodePair> pairs = pairsOf(*made);
  EXPECT_EQ(pairs.size(), 5u * 7 - 1); // the two attentions of a layer write one value
  for (const NodePair &pair : pairs) {
    EXPECT_LT(pair.to - pair.from, 4u) << made->nodes[pair.from].op << " to " << made->nodes[pair.to].op;
    const bool before = made->nodes[pair.from].op == "kqv";
    EXPECT_EQ(pair.fromRange, AccessRange::Own);
    EXPECT_EQ(pair.toRange, before ? AccessRange::Before : AccessRange::Own);
  }
}

TEST(GivenTimes, RefusesTimesThatDoNotFitTheStep) {
  const Problem problem = layersOf(2);
  auto missing = times;
  missing.erase("o");
  const auto none = withGivenTimes(problem, missing, 0, wire(problem));
  EXPECT_EQ(none.status().message(), "op-times: expected a time for o, which the step has, found none");
  auto more = times;
  more["down"] = 1;
  const auto extra = withGivenTimes(problem, more, 0, wire(problem));
  EXPECT_NE(extra.status().message().find("expected no time for down"), std::string::npos);
}

} // namespace
