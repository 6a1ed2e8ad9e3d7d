// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Validator.h"

#include <gtest/gtest.h>

using namespace sennit::planner;
using sennit::schema::AccessRange;
using sennit::schema::Lane;
using sennit::schema::RowDomain;

namespace {

Use reads(unsigned storage, AccessRange range = AccessRange::Own) {
  return {storage, range, false};
}
Use writes(unsigned storage, AccessRange range = AccessRange::Own) {
  return {storage, range, true};
}

/// Every node takes 10 nanoseconds for each row, however many pieces it has, and no launch.
Node node(std::string name, std::vector<Use> uses, RowDomain domain = RowDomain::All) {
  Node made;
  made.name = std::move(name);
  made.domain = domain;
  made.cost.flopsPerRow = 10;
  made.uses = std::move(uses);
  return made;
}

Problem problemOf(std::vector<Node> nodes) {
  Problem problem;
  problem.nodes = std::move(nodes);
  problem.maxRows = 100;
  problem.rates = {1, 1, 1, 0};
  return problem;
}

Piece piece(int64_t begin, int64_t end, double start, Lane lane = Lane::Compute, double share = 1) {
  return {begin, end, lane, share, start};
}

/// The messages, one a line.
std::string report(const Problem &problem, const Solution &solution) {
  std::string text;
  for (const Violation &violation : validate(problem, solution))
    text += problem.nodes[violation.node].name + ": " + violation.message + "\n";
  return text;
}

TEST(Validator, AcceptsAChain) {
  Problem problem = problemOf({node("a", {writes(0)}), node("b", {reads(0), writes(1)})});
  EXPECT_EQ(report(problem, {{{piece(0, lastRow, 0)}, {piece(0, lastRow, 1000)}}}), "");
  EXPECT_EQ(report(problemOf({}), {}), "");
}

TEST(Validator, DurationIsTheSlowestResourceAtTheShare) {
  Problem problem = problemOf({node("a", {})});
  problem.rates.launch = 7;
  EXPECT_EQ(durationOf(problem, problem.nodes[0], piece(0, lastRow, 0)), 1007);
  EXPECT_EQ(durationOf(problem, problem.nodes[0], piece(90, lastRow, 0, Lane::Compute, 0.5)), 207);
  EXPECT_EQ(durationOf(problem, problem.nodes[0], piece(200, lastRow, 0)), 7);
  problem.nodes[0].cost.bytesFixed = 5000;
  EXPECT_EQ(durationOf(problem, problem.nodes[0], piece(0, 50, 0)), 5007);
  problem.nodes[0].cost.networkBytesPerRow = 600;
  EXPECT_EQ(durationOf(problem, problem.nodes[0], piece(0, 50, 0)), 30007);
}

TEST(Validator, RejectsASolutionOfAnotherProblem) {
  EXPECT_EQ(report(problemOf({node("a", {})}), {}), "a: expected pieces for 1 nodes, found them for 0\n");
}

TEST(Validator, RejectsRowsWithoutPiece) {
  Problem problem = problemOf({node("a", {})});
  EXPECT_EQ(report(problem, {{{piece(1, lastRow, 0)}}}), "a: expected a piece for rows 0 to 1, found none\n");
  EXPECT_EQ(report(problem, {{{piece(0, 100, 0)}}}), "a: expected a piece for rows 100 to max, found none\n");
  EXPECT_EQ(report(problem, {{{}}}), "a: expected a piece for rows 0 to max, found none\n");
  EXPECT_EQ(report(problem, {{{piece(64, lastRow, 630), piece(0, 63, 0)}}}),
            "a: expected a piece for rows 63 to 64, found none\n");
}

TEST(Validator, RejectsRowsWithTwoPieces) {
  Problem problem = problemOf({node("a", {})});
  EXPECT_EQ(report(problem, {{{piece(0, 51, 0), piece(50, lastRow, 510)}}}),
            "a: expected one piece for each row, found two for rows 50 to 51\n");
}

TEST(Validator, RejectsALaneThatRunsTwoPieces) {
  Problem problem = problemOf({node("a", {}), node("b", {})});
  Solution solution = {
      {{piece(0, lastRow, 0, Lane::Memory, 0.5)}, {piece(0, lastRow, 1999, Lane::Memory, 0.5)}}};
  EXPECT_EQ(report(problem, solution),
            "b: expected lane Memory to be free at 1999 for rows 0 to max of 'b', found "
            "rows 0 to max of 'a' until 2000\n");
  solution.pieces[1][0].start = 2000;
  EXPECT_EQ(report(problem, solution), "");
}

TEST(Validator, ALongPieceBlocksItsLanePastShorterOnes) {
  Problem problem = problemOf({node("a", {}), node("b", {}), node("c", {})});
  problem.nodes[1].cost.flopsPerRow = 1;
  // a runs until 4000, b from 1000 to 1400, c at 2000.
  Solution solution = {{{piece(0, lastRow, 0, Lane::Memory, 0.25)},
                        {piece(0, lastRow, 1000, Lane::Memory, 0.25)},
                        {piece(0, lastRow, 2000, Lane::Memory, 0.25)}}};
  EXPECT_EQ(validate(problem, solution).size(), 2u);
  EXPECT_EQ(validate(problem, solution)[1].other, 0);
}

TEST(Validator, RejectsSharesAboveTheWhole) {
  Problem problem = problemOf({node("a", {}), node("b", {}), node("c", {})});
  Solution solution = {{{piece(0, lastRow, 0, Lane::Compute, 0.5)},
                        {piece(0, lastRow, 100, Lane::Memory, 0.25)},
                        {piece(0, lastRow, 200, Lane::Network, 0.5)}}};
  EXPECT_EQ(report(problem, solution), "c: expected shares of at most 1 at 200, found 1.25\n");
  solution.pieces[2][0].share = 0.25;
  EXPECT_EQ(report(problem, solution), "");
}

/// Whether b at 500 is refused while a (until 1000 on its half of the machine) runs, for the given uses.
bool conflict(Node a, Node b, Piece aPiece, Piece bPiece) {
  Problem problem = problemOf({std::move(a), std::move(b)});
  aPiece.lane = Lane::Compute;
  bPiece.lane = Lane::Memory;
  aPiece.share = bPiece.share = 0.5;
  aPiece.start = 0;
  bPiece.start = 1;
  for (const Violation &violation : validate(problem, {{{aPiece}, {bPiece}}}))
    if (violation.other == 0)
      return true;
  return false;
}

TEST(Validator, DependencesFollowFromAccesses) {
  Piece whole = piece(0, lastRow, 0), low = piece(0, 50, 0), high = piece(50, lastRow, 0);
  // Flow, output and anti dependences; none between readers, none between storages.
  EXPECT_TRUE(conflict(node("a", {writes(0)}), node("b", {reads(0)}), whole, whole));
  EXPECT_TRUE(conflict(node("a", {writes(0)}), node("b", {writes(0)}), whole, whole));
  EXPECT_TRUE(conflict(node("a", {reads(0)}), node("b", {writes(0)}), whole, whole));
  EXPECT_FALSE(conflict(node("a", {reads(0)}), node("b", {reads(0)}), whole, whole));
  EXPECT_FALSE(conflict(node("a", {writes(0)}), node("b", {reads(1)}), whole, whole));
  // Row ranges.
  EXPECT_FALSE(conflict(node("a", {writes(0)}), node("b", {reads(0)}), low, high));
  EXPECT_TRUE(conflict(node("a", {writes(0)}), node("b", {reads(0)}), low, piece(49, 50, 0)));
  EXPECT_TRUE(conflict(node("a", {writes(0)}), node("b", {reads(0, AccessRange::All)}), high, low));
  EXPECT_TRUE(conflict(node("a", {writes(0)}), node("b", {reads(0, AccessRange::Before)}), low, high));
  EXPECT_FALSE(conflict(node("a", {writes(0)}), node("b", {reads(0, AccessRange::Before)}), high, low));
}

TEST(Validator, DependencesFollowFromDomains) {
  Piece whole = piece(0, lastRow, 0), low = piece(0, 50, 0), high = piece(50, lastRow, 0);
  auto a = [](RowDomain domain) { return node("a", {writes(0)}, domain); };
  auto b = [](RowDomain domain, AccessRange range = AccessRange::Own) {
    return node("b", {reads(0, range)}, domain);
  };
  EXPECT_FALSE(conflict(a(RowDomain::Generated), b(RowDomain::Prompt), whole, whole));
  EXPECT_TRUE(conflict(a(RowDomain::Generated), b(RowDomain::Prompt, AccessRange::Before), whole, whole));
  EXPECT_FALSE(conflict(a(RowDomain::Prompt), b(RowDomain::Generated, AccessRange::Before), whole, whole));
  EXPECT_FALSE(conflict(a(RowDomain::Generated), b(RowDomain::All), low, high));
  EXPECT_TRUE(conflict(a(RowDomain::Generated), b(RowDomain::All), low, low));
  // Prompt rows begin at a row that is not known, but not before row 0.
  EXPECT_TRUE(conflict(a(RowDomain::Prompt), b(RowDomain::All), low, high));
  EXPECT_FALSE(conflict(a(RowDomain::Prompt), b(RowDomain::All), high, low));
  EXPECT_FALSE(conflict(a(RowDomain::Prompt), b(RowDomain::Prompt), low, high));
  // Wanted rows are numbered apart.
  EXPECT_TRUE(conflict(a(RowDomain::All), b(RowDomain::Wanted), high, low));
  EXPECT_FALSE(conflict(a(RowDomain::Wanted), b(RowDomain::Wanted), high, low));
}

TEST(Validator, ListsEveryOffender) {
  Problem problem =
      problemOf({node("a", {writes(0)}), node("b", {reads(0), writes(1)}), node("c", {reads(1)})});
  Solution solution = {{{piece(0, lastRow, 0)}, {piece(0, 7, 999)}, {piece(0, lastRow, 1000)}}};
  EXPECT_EQ(
      report(problem, solution),
      "b: expected a piece for rows 7 to max, found none\n"
      "b: expected lane Compute to be free at 999 for rows 0 to 7 of 'b', found rows 0 to max of 'a' until "
      "1000\n"
      "c: expected lane Compute to be free at 1000 for rows 0 to max of 'c', found rows 0 to 7 of 'b' until "
      "1069\n"
      "b: expected shares of at most 1 at 999, found 2\n"
      "c: expected shares of at most 1 at 1000, found 2\n"
      "b: expected rows 0 to 7 of 'b' to start at 1000 or later, when rows 0 to max of 'a' ends, found 999\n"
      "c: expected rows 0 to max of 'c' to start at 1069 or later, when rows 0 to 7 of 'b' ends, found "
      "1000\n");
}

} // namespace
