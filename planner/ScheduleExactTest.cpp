// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Bound.h"
#include "planner/Schedulers.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

#include <cstdio>

using namespace sennit::planner;

namespace {

constexpr int64_t plenty = 5'000'000;

/// Whole nodes only.
std::vector<Cuts> noCuts(const Problem &problem) {
  return std::vector<Cuts>(problem.kinds());
}

/// The best schedule of whole nodes, each of which starts at 0, or when another starts or ends, or a join
/// later. It tries everything and leaves all figures to the validator.
class BruteForce {
public:
  BruteForce(const Problem &problem, const std::vector<double> &shares) : problem(problem), shares(shares) {
    for (const Node &node : problem.nodes)
      solution.pieces.push_back({{0, lastRow, node.lane, node.lane == Lane::Compute ? 0.0 : 1.0}});
    anchors.assign(problem.nodes.size(), 0);
    chooseShares(0);
  }

  double best = std::numeric_limits<double>::infinity();

private:
  void chooseShares(size_t node) {
    if (node == problem.nodes.size())
      return chooseAnchors(0);
    if (problem.nodes[node].lane == Lane::Compute)
      return chooseShares(node + 1);
    for (double share : shares) {
      solution.pieces[node][0].share = share;
      chooseShares(node + 1);
    }
  }

  void chooseAnchors(size_t node) {
    if (node == problem.nodes.size())
      return evaluate();
    const size_t variants = problem.join > 0 ? 3 : 2;
    for (anchors[node] = 0; anchors[node] < 1 + variants * problem.nodes.size(); ++anchors[node])
      if (anchors[node] == 0 || (anchors[node] - 1) % problem.nodes.size() != node)
        chooseAnchors(node + 1);
  }

  /// Starts follow from ends and the other way round, until they stand.
  void evaluate() {
    const size_t count = problem.nodes.size();
    for (size_t node = 0; node < count; ++node)
      solution.pieces[node][0].start = 0;
    for (size_t round = 0; round < 2 * count + 2; ++round) {
      const std::vector<std::vector<double>> ends = endsOf(problem, solution);
      bool stands = true;
      for (size_t node = 0; node < count; ++node) {
        double start = 0;
        if (anchors[node] > 0) {
          const size_t other = (anchors[node] - 1) % count, variant = (anchors[node] - 1) / count;
          start = variant == 0 ? solution.pieces[other][0].start
                               : ends[other][0] + (variant == 2 ? problem.join : 0);
        }
        stands &= start == solution.pieces[node][0].start;
        solution.pieces[node][0].start = start;
      }
      if (stands) {
        if (const double end = endByCheck(problem, solution);
            end < best && validate(problem, solution).empty())
          best = end;
        return;
      }
    }
  }

  const Problem &problem;
  const std::vector<double> &shares;
  Solution solution;
  std::vector<size_t> anchors;
};

/// Random problems of few nodes mostly leave nothing to run side by side; of these every second does.
Problem smallProblem(std::mt19937_64 &random, unsigned mostNodes, int round) {
  Problem problem = randomProblem(random, mostNodes);
  if (round % 2 == 0)
    return problem;
  setGoldenCurves(problem);
  problem.edges.clear();
  for (size_t index = 0; index < problem.nodes.size(); ++index) {
    Node &node = problem.nodes[index];
    node.kind = unsigned(index);
    node.lane = Lane((index + size_t(round / 2)) % laneCount);
    node.alsoNetwork &= node.lane == Lane::Compute;
    if (index % 2 == 1)
      node.uses.clear();
  }
  return problem;
}

TEST(ScheduleExact, IsTheBestOfEverything) {
  std::mt19937_64 random(11);
  const std::vector<double> shares = {0.25, 0.6, 1};
  int compared = 0, besides = 0;
  for (int round = 0; round < 120; ++round) {
    const Problem problem = smallProblem(random, 3, round);
    const Schedule exact = scheduleExact(problem, noCuts(problem), shares, plenty);
    const double best = BruteForce(problem, shares).best;
    if (exact.solution.pieces.empty()) {
      EXPECT_EQ(best, std::numeric_limits<double>::infinity());
      continue;
    }
    EXPECT_EQ(reportOf(problem, exact.solution), "") << round;
    EXPECT_NEAR(exact.end, best, 1e-6 * (1 + best)) << round;
    ++compared;
    besides += exact.end < scheduleSequential(problem).end * (1 - 1e-9);
  }
  EXPECT_GT(compared, 100);
  EXPECT_GT(besides, 15); // in as many something runs beside something
}

TEST(ScheduleExact, WaitsForSomethingBetter) {
  // The long chain is a, c, d. b is ready at once, but while it runs the memory lane is not free for c.
  Problem problem = problemOf({nodeOf("a", {writes(0)}, Lane::Compute, 1), nodeOf("b", {}, Lane::Memory, 10),
                               nodeOf("c", {reads(0), writes(1)}, Lane::Memory, 5),
                               nodeOf("d", {reads(1)}, Lane::Compute, 20)});
  problem.memoryCurve = *Curve::make({{0, 0}, {0.5, 1}, {1, 1}}, "memory");
  const Schedule exact = scheduleExact(problem, noCuts(problem), {0.5, 1}, plenty);
  EXPECT_EQ(reportOf(problem, exact.solution), "");
  // a, then c, then d: on half of the machine beside b, then on all of it. With b first c begins at 1000.
  EXPECT_NEAR(exact.end, 100 + 500 + 1000 + 1500, 1e-6);
  EXPECT_NEAR(exact.solution.pieces[1][0].start, 600, 1e-6);
}

TEST(ScheduleExact, TakesCutsAndTheSharesThatItMay) {
  Problem problem =
      problemOf({nodeOf("a", {writes(0)}, Lane::Compute), nodeOf("b", {reads(0)}, Lane::Memory)});
  problem.memoryCurve = *Curve::make({{0, 0}, {0.5, 1}, {1, 1}}, "memory");
  EXPECT_NEAR(scheduleExact(problem, noCuts(problem), {0.5, 1}, plenty).end, 2000, 1e-6);
  // The second half of a has half of the machine beside the first half of b, then all of it.
  const Schedule halves = scheduleExact(problem, {{50}, {50}}, {0.5, 1}, plenty);
  EXPECT_NEAR(halves.end, 500 + 500 + 250 + 500, 1e-6);
  EXPECT_EQ(reportOf(problem, halves.solution), "");
  EXPECT_EQ(halves.solution.pieces[1][0].share, 0.5);
  // Nothing beside another, then.
  EXPECT_NEAR(scheduleExact(problem, {{50}, {50}}, {1}, plenty).end, 2000, 1e-6);
}

TEST(ScheduleExact, GivesUp) {
  const Problem problem = goldenProblem({}, 0, 2);
  EXPECT_TRUE(scheduleExact(problem, std::vector<Cuts>(goldenKinds, {1024}), {0.1, 0.2, 0.4}, 1000)
                  .solution.pieces.empty());
  EXPECT_TRUE(scheduleExact(problem, noCuts(problem), {}, plenty).solution.pieces.empty()); // without shares
  EXPECT_EQ(scheduleExact(problemOf({}), {}, {}, plenty).end, 0);
}

TEST(ScheduleExact, IsDeterministic) {
  const Problem problem = goldenProblem({}, 0, 1);
  const Schedule first = scheduleExact(problem, noCuts(problem), {0.1, 0.2, 0.4}, plenty);
  EXPECT_EQ(first.solution, scheduleExact(problem, noCuts(problem), {0.1, 0.2, 0.4}, plenty).solution);
  EXPECT_FALSE(first.solution.pieces.empty());
}

TEST(ScheduleExact, OneLayerOfTheGoldenStep) {
  const Problem problem = goldenProblem({}, 0, 1);
  for (int parts : {1, 2}) {
    SearchOptions options;
    options.equalParts = parts;
    const Schedule search = scheduleSearch(problem, options).schedule;
    std::vector<double> shares = {0.1, 0.2, 0.4};
    for (const std::vector<Piece> &pieces : search.solution.pieces)
      for (const Piece &piece : pieces)
        if (piece.lane != Lane::Compute)
          shares.push_back(piece.share);
    const std::vector<Cuts> cuts(goldenKinds, parts == 2 ? Cuts{1024} : Cuts{});
    const Schedule exact = scheduleExact(problem, cuts, shares, plenty);
    EXPECT_EQ(reportOf(problem, exact.solution), "");
    EXPECT_LE(exact.end, search.end * (1 + 1e-9));
    EXPECT_LE(search.end, exact.end * 1.02);
    std::printf("one layer, %d parts: search %.4f ms, exact %.4f\n", parts, search.end * 1e-6,
                exact.end * 1e-6);
  }
}

TEST(ScheduleExact, IsNoWorseThanTheOthersAndNoBetterThanTheBound) {
  std::mt19937_64 random(5);
  SearchOptions options;
  options.maxParts = 2;
  options.iterations = 300;
  int compared = 0, gaveUp = 0, improved = 0;
  double sum = 0, worst = 0;
  for (int round = 0; compared < 200; ++round) {
    const Problem problem = smallProblem(random, 5, round);
    const Schedule list = scheduleList(problem, options);
    const Schedule search = scheduleSearch(problem, options).schedule;
    std::vector<Cuts> cuts;
    for (const KindChoice &kind : search.kinds)
      cuts.push_back(kind.cuts);
    const TaskGraph graph = makeTasks(problem, pairsOf(problem), cuts, problem.nodes.size());
    if (graph.tasks.empty() || graph.tasks.size() > 7)
      continue;
    // The search's own shares, and others of its grid.
    std::vector<double> shares = {0.1, 0.2, 0.4, 0.6, 0.9, 1};
    for (const Task &task : graph.tasks)
      if (task.lane != Lane::Compute)
        shares.push_back(search.solution.pieces[task.node][task.piece].share);
    const Schedule exact = scheduleExact(problem, cuts, shares, 200'000);
    if (exact.solution.pieces.empty()) {
      ++gaveUp;
      continue;
    }
    ++compared;
    EXPECT_EQ(reportOf(problem, exact.solution), "");
    EXPECT_EQ(reportOf(problem, search.solution), "");
    EXPECT_EQ(reportOf(problem, list.solution), "");
    EXPECT_NEAR(exact.end, endByCheck(problem, exact.solution), 1e-6 * exact.end);
    EXPECT_LE(exact.end, search.end * (1 + 1e-9));
    // The search takes a piece less for a gain of 2e-4 less.
    EXPECT_LE(search.end, list.end * (1 + 2e-4 * options.maxParts));
    EXPECT_GE(exact.end, fluidBound(problem, graph.tasks) * (1 - 1e-9));
    const double gap = exact.end > 0 ? search.end / exact.end - 1 : 0;
    improved += gap > 1e-9;
    sum += gap;
    worst = std::max(worst, gap);
  }
  std::printf("search over exact: mean %.3f %%, worst %.2f %%, %d of %d above; %d too large\n",
              100 * sum / compared, 100 * worst, improved, compared, gaveUp);
  EXPECT_LT(sum / compared, 0.02);
  EXPECT_LT(worst, 0.6);
  EXPECT_LT(gaveUp, 40);
}

} // namespace
