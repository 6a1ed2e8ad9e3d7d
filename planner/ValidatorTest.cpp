// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace sennit::planner;

namespace {

Piece piece(int64_t begin, int64_t end, double start, Lane lane = Lane::Compute, double share = 1,
            double finish = 0) {
  return {begin, end, lane, share, start, finish};
}
Piece whole(double start, Lane lane = Lane::Compute, double share = 1, double finish = 0) {
  return piece(0, lastRow, start, lane, share, finish);
}

constexpr double never = std::numeric_limits<double>::infinity();

TEST(Validator, AcceptsAChainAndAnEmptyProblem) {
  const Problem problem = problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)})});
  EXPECT_EQ(reportOf(problem, {{{whole(0)}, {whole(1000)}}}), "");
  EXPECT_EQ(endsOf(problem, {{{whole(0)}, {whole(1000)}}}),
            (std::vector<std::vector<double>>{{1000}, {2000}}));
  EXPECT_EQ(reportOf(problemOf({}), {}), "");
}

TEST(Validator, AcceptsTimesThatRoundingShares) {
  const Problem problem = problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0)})});
  EXPECT_EQ(reportOf(problem, {{{whole(0)}, {whole(1000 - 1e-7)}}}), "");
  EXPECT_NE(reportOf(problem, {{{whole(0)}, {whole(1000 - 1e-3)}}}), "");
  // Whole nanoseconds of a day still tell a nanosecond in a thousand seconds.
  EXPECT_EQ(reportOf(problem, {{{whole(1e12)}, {whole(1e12 + 1000 - 100)}}}), "");
  EXPECT_NE(reportOf(problem, {{{whole(1e9)}, {whole(1e9 + 998)}}}), "");
  EXPECT_EQ(reportOf(problem, {{{whole(0, Lane::Compute, 1, 1000 - 1e-7)}, {whole(1000)}}}), "");
  // Shares are sums of decimals.
  Problem shares =
      problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory), nodeOf("c", {}, Lane::Network)});
  Solution solution = {{{whole(4000)}, {whole(0, Lane::Memory, 0.7)}, {whole(0, Lane::Network, 0.1 + 0.2)}}};
  EXPECT_EQ(reportOf(shares, solution), "");
  solution.pieces[2][0].share = 0.3001;
  EXPECT_EQ(reportOf(shares, solution), "b: expected shares of at most 1 at 0, found 1.0001\n"
                                        "c: expected shares of at most 1 at 0, found 1.0001\n");
}

TEST(Validator, RoundingLeavesNoWorkOver) {
  // b takes the whole machine an instant before a would end by exact sums.
  const Problem problem = problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory)});
  const double end = std::nextafter(1000, 0);
  EXPECT_EQ(reportOf(problem, {{{whole(0, Lane::Compute, 1, end)}, {whole(end, Lane::Memory)}}}), "");
  EXPECT_NE(reportOf(problem, {{{whole(0, Lane::Compute, 1, 999)}, {whole(999, Lane::Memory)}}}), "");
}

TEST(Validator, RejectsASolutionOfAnotherProblem) {
  EXPECT_EQ(reportOf(problemOf({nodeOf("a", {})}), {}), "a: expected pieces for 1 nodes, found them for 0\n");
}

TEST(Validator, RejectsRowsWithoutPiece) {
  const Problem problem = problemOf({nodeOf("a", {})});
  EXPECT_EQ(reportOf(problem, {{{piece(1, lastRow, 0)}}}),
            "a: expected a piece for rows 0 to 1, found none\n");
  EXPECT_EQ(reportOf(problem, {{{piece(0, 100, 0)}}}),
            "a: expected a piece for rows 100 to max, found none\n");
  EXPECT_EQ(reportOf(problem, {{{}}}), "a: expected a piece for rows 0 to max, found none\n");
  EXPECT_EQ(reportOf(problem, {{{piece(64, lastRow, 630), piece(0, 63, 0)}}}),
            "a: expected a piece for rows 63 to 64, found none\n");
}

TEST(Validator, RejectsRowsWithTwoPieces) {
  EXPECT_EQ(reportOf(problemOf({nodeOf("a", {})}), {{{piece(0, 51, 0), piece(50, lastRow, 510)}}}),
            "a: expected one piece for each row, found two for rows 50 to 51\n");
}

TEST(Validator, RejectsALaneThatRunsTwoPieces) {
  const Problem problem = problemOf({nodeOf("a", {}, Lane::Memory), nodeOf("b", {}, Lane::Memory)});
  Solution solution = {{{whole(0, Lane::Memory, 0.5)}, {whole(1999, Lane::Memory, 0.5)}}};
  EXPECT_EQ(reportOf(problem, solution),
            "b: expected lane Memory to be free at 1999 for rows 0 to max of 'b', found rows 0 to max of 'a' "
            "until 2000\n");
  solution.pieces[1][0].start = 2000;
  EXPECT_EQ(reportOf(problem, solution), "");
}

TEST(Validator, ALongPieceBlocksItsLanePastShorterOnes) {
  Problem problem = problemOf(
      {nodeOf("a", {}, Lane::Memory), nodeOf("b", {}, Lane::Memory, 1), nodeOf("c", {}, Lane::Memory)});
  // a runs until 4000, b from 1000 to 1400, c at 2000.
  const Solution solution = {
      {{whole(0, Lane::Memory, 0.25)}, {whole(1000, Lane::Memory, 0.25)}, {whole(2000, Lane::Memory, 0.25)}}};
  EXPECT_EQ(validate(problem, solution).size(), 2u);
  EXPECT_EQ(validate(problem, solution)[1].other, 0);
}

TEST(Validator, RejectsALaneThatIsNotTheNodesOwn) {
  const Problem problem = problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Network)});
  EXPECT_EQ(reportOf(problem, {{{whole(0, Lane::Memory)}, {whole(1000, Lane::Memory)}}}),
            "a: expected rows 0 to max of 'a' on lane Compute, found lane Memory\n"
            "b: expected rows 0 to max of 'b' on lane Compute or Network, found lane Memory\n");
  EXPECT_EQ(reportOf(problem, {{{whole(0)}, {whole(1000)}}}), "");
}

TEST(Validator, ANodeThatKeepsTheNetworkBusyHasItToItself) {
  Problem problem = problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Network)});
  const Solution solution = {{{whole(0, Lane::Compute, 0.5)}, {whole(500, Lane::Network, 0.5)}}};
  EXPECT_EQ(reportOf(problem, solution), "");
  problem.nodes[0].alsoNetwork = true;
  EXPECT_EQ(reportOf(problem, solution),
            "b: expected lane Network to be free at 500 for rows 0 to max of 'b', found rows 0 to max of 'a' "
            "until 1500\n");
}

TEST(Validator, RejectsSharesAboveTheWhole) {
  const Problem problem = problemOf({nodeOf("b", {}, Lane::Memory), nodeOf("c", {}, Lane::Network)});
  Solution solution = {{{whole(0, Lane::Memory, 0.75)}, {whole(200, Lane::Network, 0.5)}}};
  EXPECT_EQ(reportOf(problem, solution), "c: expected shares of at most 1 at 200, found 1.25\n");
  solution.pieces[1][0].share = 0.25;
  EXPECT_EQ(reportOf(problem, solution), "");
  solution.pieces[1][0] = whole(100 * 10 / 0.75, Lane::Network, 0.5); // when the other has ended
  EXPECT_EQ(reportOf(problem, solution), "");
}

TEST(Validator, RejectsSharesThatAreNoWholeWorkers) {
  Problem problem = problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory)});
  problem.fixedLanes = true;
  problem.workers = 2;
  Solution solution = {{{whole(0, Lane::Compute, 0.4)}, {whole(0, Lane::Memory, 0.6)}}};
  EXPECT_EQ(reportOf(problem, solution),
            "b: expected a share of whole workers of 2 for rows 0 to max of 'b', found 0.6\n");
  solution.pieces[1][0].share = 0.5;
  EXPECT_EQ(reportOf(problem, solution), "");
  solution.pieces[1][0].share = 0.6;
  problem.workers = 5;
  EXPECT_EQ(reportOf(problem, solution), "");
  problem.workers = 0;
  EXPECT_EQ(reportOf(problem, solution), "");
  problem.workers = 2;
  problem.fixedLanes = false;
  EXPECT_EQ(reportOf(problem, solution), "");
}

TEST(Validator, RejectsAShareThatOthersDoNotLeaveToArithmetic) {
  const Problem problem =
      problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory), nodeOf("c", {}, Lane::Network)});
  Solution solution = {
      {{whole(0, Lane::Compute, 0.5)}, {whole(100, Lane::Memory, 0.25)}, {whole(200, Lane::Network, 0.5)}}};
  EXPECT_EQ(
      reportOf(problem, solution),
      "a: expected a share of at most 0.25 for rows 0 to max of 'a', which others leave to it, found 0.5\n");
  solution.pieces[0][0].share = 0.25;
  EXPECT_EQ(reportOf(problem, solution), "");
  solution.pieces[0][0].share = 0.1; // less than there is
  EXPECT_EQ(reportOf(problem, solution), "");
}

TEST(Validator, RejectsAStatedEndThatTheTablesDoNotAllow) {
  Problem problem =
      problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory), nodeOf("c", {}, Lane::Network)});
  setGoldenCurves(problem);
  // b takes 1000 / 0.8 at 0.4 and c 1000 / 0.3 at 0.1; a has 0.5, then 0.9.
  const double aEnd = 1250 + (1000 - 1250 * 0.5) / 0.9;
  Solution solution = {{{whole(0, Lane::Compute, 0.5, aEnd)},
                        {whole(0, Lane::Memory, 0.4, 1250)},
                        {whole(0, Lane::Network, 0.1, 1000 / 0.3)}}};
  EXPECT_EQ(reportOf(problem, solution), "");
  solution.pieces[0][0].finish = 1666;
  EXPECT_EQ(reportOf(problem, solution),
            "a: expected rows 0 to max of 'a' to end at 1666.66667 or later, by its share, found 1666\n");
  solution.pieces[0][0].finish = 1700; // later is allowed
  EXPECT_EQ(reportOf(problem, solution), "");
  EXPECT_EQ(endsOf(problem, solution)[0][0], 1700);
  solution.pieces[1][0].finish = 1249;
  EXPECT_EQ(reportOf(problem, solution),
            "b: expected rows 0 to max of 'b' to end at 1250 or later, by its share, found 1249\n");
  solution.pieces[1][0].finish = 0;
  solution.pieces[2][0].finish = 3000;
  EXPECT_EQ(reportOf(problem, solution),
            "c: expected rows 0 to max of 'c' to end at 3333.33333 or later, by its share, found 3000\n");
}

TEST(Validator, ArithmeticRunsByWhatBandwidthIsLeft) {
  Problem problem = problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory)});
  setGoldenCurves(problem);
  problem.nodes[0].memory = problem.nodes[1].memory = TimeCurve::perRow(10); // all of the bandwidth
  // b has 0.8 of the bandwidth until 1250; a has 0.2 of it, then all.
  Solution solution = {{{whole(0, Lane::Compute, 0.6)}, {whole(0, Lane::Memory, 0.4)}}};
  EXPECT_NEAR(endsOf(problem, solution)[0][0], 1250 + (1000 - 0.2 * 1250), 1e-9);
  solution.pieces[0][0].finish = 1999;
  EXPECT_EQ(reportOf(problem, solution),
            "a: expected rows 0 to max of 'a' to end at 2000 or later, by its share, found 1999\n");
}

TEST(Validator, ThePenaltyOfSplittingCounts) {
  Problem problem = problemOf({nodeOf("a", {})});
  problem.nodes[0].splitPenalty = 0.5;
  EXPECT_EQ(endByCheck(problem, {{{whole(0)}}}), 1000);
  EXPECT_EQ(endByCheck(problem, {{{piece(0, 50, 0), piece(50, lastRow, 750)}}}), 1500);
  // A piece that is empty at this load does not count.
  EXPECT_EQ(endByCheck(problem, {{{piece(0, 100, 0), piece(100, lastRow, 1000)}}}), 1000);
}

TEST(Validator, RejectsAPieceThatNeverEnds) {
  Problem problem = problemOf({nodeOf("a", {}, Lane::Memory)});
  EXPECT_EQ(reportOf(problem, {{{whole(0, Lane::Memory, 0)}}}),
            "a: expected rows 0 to max of 'a' to end, found that nothing of the machine is left to it\n");
  EXPECT_EQ(endsOf(problem, {{{whole(0, Lane::Memory, 0)}}})[0][0], never);
  problem.memoryCurve = *Curve::make({{0, 0}, {0.5, 0}, {1, 1}}, "late");
  EXPECT_NE(reportOf(problem, {{{whole(0, Lane::Memory, 0.5)}}}), "");
  EXPECT_EQ(reportOf(problem, {{{whole(0, Lane::Memory, 0.75)}}}), "");
  // Arithmetic beside a piece that takes all waits until that has ended.
  Problem beside = problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory)});
  EXPECT_EQ(endsOf(beside, {{{whole(0)}, {whole(0, Lane::Memory, 1)}}})[0][0], 2000);
}

/// Whether b at 1 is refused while a runs from 0, for the given uses.
bool conflict(Node a, Node b, Piece aPiece, Piece bPiece) {
  b.lane = bPiece.lane = Lane::Memory;
  const Problem problem = problemOf({std::move(a), std::move(b)});
  aPiece.share = bPiece.share = 0.5;
  bPiece.start = 1;
  for (const Violation &violation : validate(problem, {{{aPiece}, {bPiece}}}))
    if (violation.other == 0)
      return true;
  return false;
}

TEST(Validator, DependencesFollowFromAccesses) {
  const Piece all = whole(0), low = piece(0, 50, 0), high = piece(50, lastRow, 0);
  // Flow, output and anti dependences; none between readers, none between storages.
  EXPECT_TRUE(conflict(nodeOf("a", {writes(0)}), nodeOf("b", {reads(0)}), all, all));
  EXPECT_TRUE(conflict(nodeOf("a", {writes(0)}), nodeOf("b", {writes(0)}), all, all));
  EXPECT_TRUE(conflict(nodeOf("a", {reads(0)}), nodeOf("b", {writes(0)}), all, all));
  EXPECT_FALSE(conflict(nodeOf("a", {reads(0)}), nodeOf("b", {reads(0)}), all, all));
  EXPECT_FALSE(conflict(nodeOf("a", {writes(0)}), nodeOf("b", {reads(1)}), all, all));
  // Row ranges, of the reader and of the writer.
  using R = AccessRange;
  EXPECT_FALSE(conflict(nodeOf("a", {writes(0)}), nodeOf("b", {reads(0)}), low, high));
  EXPECT_TRUE(conflict(nodeOf("a", {writes(0)}), nodeOf("b", {reads(0)}), low, piece(49, 50, 0)));
  EXPECT_TRUE(conflict(nodeOf("a", {writes(0)}), nodeOf("b", {reads(0, R::All)}), high, low));
  EXPECT_TRUE(conflict(nodeOf("a", {writes(0)}), nodeOf("b", {reads(0, R::Before)}), low, high));
  EXPECT_FALSE(conflict(nodeOf("a", {writes(0)}), nodeOf("b", {reads(0, R::Before)}), high, low));
  EXPECT_TRUE(conflict(nodeOf("a", {writes(0, R::All)}), nodeOf("b", {reads(0)}), low, high));
  EXPECT_TRUE(conflict(nodeOf("a", {writes(0, R::Before)}), nodeOf("b", {reads(0)}), high, low));
  EXPECT_FALSE(conflict(nodeOf("a", {writes(0, R::Before)}), nodeOf("b", {reads(0)}), low, high));
}

TEST(Validator, DependencesFollowFromDomains) {
  const Piece all = whole(0), low = piece(0, 60, 0), high = piece(60, lastRow, 0);
  auto a = [](RowDomain domain) { return nodeOf("a", {writes(0)}, Lane::Compute, 10, domain); };
  auto b = [](RowDomain domain, AccessRange range = AccessRange::Own) {
    return nodeOf("b", {reads(0, range)}, Lane::Memory, 10, domain);
  };
  using D = RowDomain;
  using R = AccessRange;
  EXPECT_FALSE(conflict(a(D::Generated), b(D::Prompt), all, all));
  EXPECT_TRUE(conflict(a(D::Generated), b(D::Prompt, R::Before), all, all));
  EXPECT_TRUE(conflict(a(D::Generated), b(D::Prompt, R::All), all, all));
  EXPECT_TRUE(conflict(a(D::Generated), b(D::All), low, low));
  EXPECT_FALSE(conflict(a(D::Generated), b(D::All), low, high));
  // Rows are the step's, so that a prompt piece meets the rows of its own numbers.
  EXPECT_TRUE(conflict(a(D::Prompt), b(D::All), low, low));
  EXPECT_FALSE(conflict(a(D::Prompt), b(D::All), low, high));
  EXPECT_FALSE(conflict(a(D::Prompt), b(D::Prompt), low, high));
  // Wanted rows are numbered apart.
  EXPECT_TRUE(conflict(a(D::All), b(D::Wanted), high, low));
  EXPECT_TRUE(conflict(a(D::Wanted), b(D::All), low, high));
  EXPECT_FALSE(conflict(a(D::Wanted), b(D::Wanted), high, low));
}

TEST(Validator, AWaitOnAnotherLaneTakesTheJoin) {
  Problem problem = problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)}, Lane::Memory)});
  problem.join = 7;
  EXPECT_EQ(
      reportOf(problem, {{{whole(0)}, {whole(1006, Lane::Memory)}}}),
      "b: expected rows 0 to max of 'b' to start at 1007 or later, when rows 0 to max of 'a' has ended and "
      "was waited for, found 1006\n");
  EXPECT_EQ(reportOf(problem, {{{whole(0)}, {whole(1007, Lane::Memory)}}}), "");
  EXPECT_EQ(reportOf(problem, {{{whole(0)}, {whole(1000)}}}), ""); // the same lane
}

TEST(Validator, EdgesOrderAllPieces) {
  Problem problem = problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory)});
  problem.edges = {{0, 1, EdgeKind::FinishToStart}};
  const std::vector<Piece> halves = {piece(0, 50, 0), piece(50, lastRow, 500)};
  EXPECT_EQ(
      reportOf(problem, {{halves, {whole(999, Lane::Memory, 1)}}}),
      "a: expected a share of at most 0 for rows 50 to max of 'a', which others leave to it, found 1\n"
      "b: expected rows 0 to max of 'b' to start at 2000 or later, when rows 50 to max of 'a' ends, found "
      "999\n");
  EXPECT_EQ(reportOf(problem, {{halves, {whole(1000, Lane::Memory)}}}), "");
  problem.edges[0].kind = EdgeKind::StartToStart;
  problem.join = 7; // of ends only
  Solution solution = {{halves, {whole(500, Lane::Memory, 0.5)}}};
  solution.pieces[0][1].share = 0.5;
  EXPECT_EQ(reportOf(problem, solution), "");
  solution.pieces[1][0].start = 400;
  solution.pieces[0][1].start = 600;
  solution.pieces[0][0].share = 0.5;
  EXPECT_EQ(
      reportOf(problem, solution),
      "b: expected rows 0 to max of 'b' to start at 600 or later, when rows 50 to max of 'a' starts, found "
      "400\n");
}

TEST(Validator, OrdersWhatTakesNoTime) {
  // b takes no time, but c must still come after a.
  const Problem problem =
      problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)}, Lane::Compute, 0),
                 nodeOf("c", {reads(1)})});
  EXPECT_EQ(
      reportOf(problem, {{{whole(1000)}, {whole(0)}, {whole(0)}}}),
      "b: expected rows 0 to max of 'b' to start at 2000 or later, when rows 0 to max of 'a' ends, found "
      "0\n");
  EXPECT_EQ(reportOf(problem, {{{whole(0)}, {whole(1000)}, {whole(1000)}}}), "");
}

TEST(Validator, EachTierHoldsWhatIsLive) {
  Problem problem = problemOf(
      {nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)}), nodeOf("c", {reads(1), writes(2)})});
  problem.storages = {{100, 0}, {50, 0}, {100, 0}};
  problem.tierLimits = {150, 10};
  const Solution solution = {{{whole(0)}, {whole(1000)}, {whole(2000)}}};
  EXPECT_EQ(reportOf(problem, solution), "");
  problem.tierLimits = {149, 10};
  EXPECT_EQ(reportOf(problem, solution),
            "b: expected at most 149 bytes in use at 1000 in tier 0, found 150\n");
  problem.storages[1].tier = 1;
  EXPECT_EQ(reportOf(problem, solution), "b: expected at most 10 bytes in use at 1000 in tier 1, found 50\n");
  problem.tierLimits = {100, 50};
  EXPECT_EQ(reportOf(problem, solution), ""); // 0 ends when 2 begins
  EXPECT_EQ(reportOf(problem, {{{whole(0)}, {whole(1000)}, {whole(2000 - 1e-7)}}}), "");
  problem.storages.clear(); // takes nothing
  problem.tierLimits = {0};
  EXPECT_EQ(reportOf(problem, solution), "");
}

TEST(Validator, EndsAndStartsOfAnInstantShareItsMemoryInOrder) {
  Problem problem = problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {writes(1)})});
  problem.storages = {{100, 0}, {100, 0}};
  problem.tierLimits = {100};
  EXPECT_EQ(reportOf(problem, {{{whole(0)}, {whole(1000)}}}), "");
  EXPECT_EQ(reportOf(problem, {{{whole(1e9)}, {whole(1e9 + 1000 - 1e-5)}}}), ""); // by rounding
}

TEST(Validator, RejectsFiguresThatAreNone) {
  const Problem problem = problemOf({nodeOf("a", {}, Lane::Memory)});
  const double none = std::nan("");
  auto report = [&](double start, double share, double finish) {
    return reportOf(problem, {{{whole(start, Lane::Memory, share, finish)}}});
  };
  EXPECT_EQ(report(-1, 1, 0), "a: expected rows 0 to max of 'a' to start at 0 or later, found -1\n");
  EXPECT_EQ(report(none, 1, 0), "a: expected rows 0 to max of 'a' to start at 0 or later, found nan\n");
  EXPECT_EQ(report(never, 1, 0), "a: expected rows 0 to max of 'a' to start at 0 or later, found inf\n");
  EXPECT_EQ(report(0, 1.5, 0), "a: expected a share from 0 to 1 for rows 0 to max of 'a', found 1.5\n");
  EXPECT_EQ(report(0, -0.5, 0), "a: expected a share from 0 to 1 for rows 0 to max of 'a', found -0.5\n");
  EXPECT_EQ(report(0, none, 0), "a: expected a share from 0 to 1 for rows 0 to max of 'a', found nan\n");
  EXPECT_EQ(report(0, 1, none), "a: expected rows 0 to max of 'a' to end at a finite time, found nan\n");
  EXPECT_EQ(report(0, 1, never), "a: expected rows 0 to max of 'a' to end at a finite time, found inf\n");
}

TEST(Validator, RejectsACutThroughAWholeNode) {
  Problem problem = problemOf({nodeOf("a", {})});
  problem.nodes[0].whole = true;
  EXPECT_EQ(reportOf(problem, {{{piece(0, 50, 0), piece(50, lastRow, 500)}}}),
            "a: expected one piece of 'a', which must not be cut, found 2\n");
  EXPECT_EQ(reportOf(problem, {{{whole(0)}}}), "");
  problem.nodes[0].domain = RowDomain::Generated; // the second is empty
  problem.generated = 50;
  EXPECT_EQ(reportOf(problem, {{{piece(0, 50, 0), piece(50, lastRow, 0)}}}), "");
}

TEST(Validator, RejectsPiecesOutsideTheStep) {
  const Problem problem = problemOf({nodeOf("a", {})});
  EXPECT_EQ(reportOf(problem, {{{piece(0, 100, 0), piece(100, lastRow, 0)}}}),
            "a: expected pieces that begin within the 100 rows of the step, found rows 100 to max\n");
}

TEST(Validator, ListsEveryOffender) {
  const Problem problem =
      problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)}), nodeOf("c", {reads(1)})});
  const Solution solution = {{{whole(0)}, {piece(0, 7, 999)}, {whole(1000)}}};
  EXPECT_EQ(
      reportOf(problem, solution),
      "b: expected a piece for rows 7 to max, found none\n"
      "b: expected lane Compute to be free at 999 for rows 0 to 7 of 'b', found rows 0 to max of 'a' until "
      "1000\n"
      "c: expected lane Compute to be free at 1000 for rows 0 to max of 'c', found rows 0 to 7 of 'b' until "
      "1069\n"
      "b: expected rows 0 to 7 of 'b' to start at 1000 or later, when rows 0 to max of 'a' ends, found 999\n"
      "c: expected rows 0 to max of 'c' to start at 1069 or later, when rows 0 to 7 of 'b' ends, found "
      "1000\n");
}

} // namespace
