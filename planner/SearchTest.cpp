// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Bound.h"
#include "planner/Schedulers.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

#include <cstdio>

using namespace sennit::planner;

namespace {

constexpr double millisecond = 1e6;

/// Of the pieces that the schedule has.
double boundOf(const Problem &problem, const Schedule &schedule) {
  std::vector<Cuts> cuts;
  for (const KindChoice &kind : schedule.kinds)
    cuts.push_back(kind.cuts);
  return fluidBound(problem, makeTasks(problem, pairsOf(problem), cuts, problem.nodes.size()).tasks);
}

/// The schedule that the search finds, which must be right and above the bound of its pieces.
SearchResult search(const Problem &problem, const SearchOptions &options = {}) {
  SearchResult result = scheduleSearch(problem, options);
  EXPECT_EQ(reportOf(problem, result.schedule.solution), "");
  EXPECT_NEAR(endByCheck(problem, result.schedule.solution), result.schedule.end, 1e-6 * result.schedule.end);
  EXPECT_GE(result.schedule.end, boundOf(problem, result.schedule) * (1 - 1e-9));
  EXPECT_FALSE(result.stoppedByBudget);
  return result;
}

double searchMilliseconds(const char *what, const Problem &problem, const SearchOptions &options = {}) {
  const SearchResult result = search(problem, options);
  const double end = result.schedule.end / millisecond,
               bound = boundOf(problem, result.schedule) / millisecond;
  std::printf("%s: %.2f ms, bound of its pieces %.2f (+%.2f %%), %lld iterations in %.2f s\n", what, end,
              bound, 100 * (end / bound - 1), static_cast<long long>(result.iterations), result.seconds);
  return end;
}

SearchOptions twoEqualParts() {
  SearchOptions options;
  options.equalParts = 2;
  return options;
}

TEST(Search, GoldenStepInUpToFourParts) {
  const Problem problem = goldenProblem();
  EXPECT_LE(searchMilliseconds("golden", problem), 175.6);
  EXPECT_LE(scheduleList(problem, {}).end / millisecond, 225.05);
}

TEST(Search, GoldenStepWithOtherSeeds) {
  for (uint64_t seed : {2, 3, 4}) {
    SearchOptions options;
    options.seed = seed;
    EXPECT_LE(searchMilliseconds("golden, another seed", goldenProblem(), options), 178.8) << seed;
  }
}

TEST(Search, GoldenStepInTwoEqualParts) {
  EXPECT_LE(searchMilliseconds("golden, 2 equal parts", goldenProblem(), twoEqualParts()), 185);
}

TEST(Search, GoldenStepWhereSplittingCosts) {
  const Problem problem = goldenProblem({}, 0.132);
  EXPECT_LE(searchMilliseconds("golden, 13.2 % a part", problem), 205);
  EXPECT_LE(searchMilliseconds("golden, 13.2 % a part, 2 equal parts", problem, twoEqualParts()), 205);
}

TEST(Search, RefusesToSplitWhereEachPartCostsTheWhole) {
  const SearchResult result = search(goldenProblem({}, 1));
  for (const KindChoice &kind : result.schedule.kinds)
    EXPECT_TRUE(kind.cuts.empty());
  EXPECT_LE(result.schedule.end / millisecond, 225.05);
}

TEST(Search, OtherTablesStayNearTheBound) {
  struct Table {
    const char *what;
    double decodeAttention, network, above;
  };
  for (const Table &table :
       {Table{"memory-rich", 10, 20, 0.02}, Table{"network 100", 35.60, 100, 0.03},
        Table{"network 150", 35.60, 150, 0.03}, Table{"decode attention 90", 90, 47.92, 0.05},
        Table{"decode attention 150", 150, 47.92, 0.05}}) {
    GoldenTimes times;
    times.decodeAttention = table.decodeAttention;
    times.network = table.network;
    const Problem problem = goldenProblem(times);
    const SearchResult result = search(problem);
    const double bound = boundOf(problem, result.schedule);
    std::printf("%s: %.2f ms, bound %.2f (+%.2f %%), %.2f s\n", table.what, result.schedule.end / millisecond,
                bound / millisecond, 100 * (result.schedule.end / bound - 1), result.seconds);
    EXPECT_LE(result.schedule.end, bound * (1 + table.above)) << table.what;
  }
}

TEST(Search, TheIncumbentOnlyGetsBetter) {
  const Problem problem = goldenProblem({}, 0, 8);
  SearchOptions options;
  options.iterations = 400;
  std::vector<std::pair<int64_t, double>> told;
  options.onImproved = [&](int64_t iterations, double end) { told.emplace_back(iterations, end); };
  const SearchResult result = search(problem, options);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front().first, 0); // before the walk begins
  EXPECT_GT(told.back().first, 0);
  for (size_t place = 1; place < told.size(); ++place) {
    EXPECT_GE(told[place].first, told[place - 1].first);
    // A gain for which a piece more is no reason does not count, so an end may be worse by that much.
    EXPECT_LT(told[place].second, told[place - 1].second * (1 + 2e-4 * options.maxParts));
  }
  EXPECT_EQ(told.back().second, result.schedule.end);
  EXPECT_LE(result.iterations, options.iterations);
  EXPECT_LT(told.back().second, scheduleList(problem, options).end);
}

TEST(Search, MoreIterationsAreNoWorseAtLast) {
  const Problem problem = goldenProblem({}, 0, 8);
  SearchOptions few, many;
  few.iterations = 0;
  many.iterations = 2000;
  EXPECT_LT(search(problem, many).schedule.end, search(problem, few).schedule.end);
}

TEST(Search, EndsAtItsBudget) {
  SearchOptions options;
  options.iterations = int64_t(1) << 50;
  options.budgetSeconds = 0.05;
  const Problem problem = goldenProblem({}, 0, 4);
  const SearchResult result = scheduleSearch(problem, options);
  EXPECT_TRUE(result.stoppedByBudget);
  EXPECT_EQ(reportOf(problem, result.schedule.solution), "");
}

TEST(Search, IsDeterministicForASeed) {
  const Problem problem = goldenProblem({}, 0, 6);
  SearchOptions options;
  options.iterations = 500;
  const Solution first = search(problem, options).schedule.solution;
  EXPECT_EQ(first, search(problem, options).schedule.solution);
  bool other = false;
  for (uint64_t seed : {2, 3, 4}) {
    options.seed = seed;
    other |= search(problem, options).schedule.solution != first;
  }
  EXPECT_TRUE(other);
}

TEST(Search, ItsDecisionsMeanItsSchedule) {
  const Problem problem = goldenProblem({}, 0, 6);
  SearchOptions options;
  options.iterations = 200;
  const Schedule schedule = search(problem, options).schedule;
  EXPECT_EQ(scheduleBy(problem, schedule.kinds).solution, schedule.solution);
}

TEST(Search, AnySizes) {
  SearchOptions options;
  options.iterations = 60;
  for (int64_t rows : {1, 2, 3, 63, 64, 65, 2047, 2048, 2049})
    for (int64_t generated : {int64_t(0), int64_t(1), rows / 3, rows})
      for (int layers : {1, 2})
        for (int64_t quantum : {1, 64})
          for (int equalParts : {0, 2, 8}) {
            Problem problem = goldenProblem({}, 0.05, layers, rows, generated);
            problem.rowQuantum = quantum;
            problem.join = 1000;
            options.equalParts = equalParts;
            const SearchResult result = search(problem, options);
            for (const KindChoice &kind : result.schedule.kinds) {
              ASSERT_EQ(kind.pieces.size(), kind.cuts.size() + 1);
              EXPECT_LE(int(kind.pieces.size()), equalParts > 0 ? equalParts : options.maxParts);
              int64_t last = 0;
              for (int64_t cut : kind.cuts) {
                EXPECT_GT(cut, last);
                EXPECT_LT(cut, rows);
                EXPECT_TRUE(cut % quantum == 0 || cut == generated) << cut;
                last = cut;
              }
              if (equalParts > 0 && quantum == 1 && rows >= equalParts) {
                EXPECT_EQ(int(kind.pieces.size()), equalParts);
              }
            }
            EXPECT_EQ(reportOf(problem, scheduleSequential(problem).solution), "");
            EXPECT_EQ(reportOf(problem, scheduleList(problem, options).solution), "");
          }
}

TEST(Search, WholeNodesStayWhole) {
  Problem problem = goldenProblem({}, 0, 4);
  for (Node &node : problem.nodes)
    node.whole = node.kind == 3 || node.kind == 6;
  SearchOptions options;
  options.iterations = 500;
  for (int equalParts : {0, 2}) {
    options.equalParts = equalParts;
    const Schedule schedule = search(problem, options).schedule;
    EXPECT_TRUE(schedule.kinds[3].cuts.empty());
    EXPECT_TRUE(schedule.kinds[6].cuts.empty());
    EXPECT_FALSE(equalParts > 0 && schedule.kinds[0].cuts.empty());
    for (const Node &node : problem.nodes)
      if (node.whole) {
        EXPECT_EQ(schedule.solution.pieces[size_t(&node - problem.nodes.data())].size(), 1u);
      }
  }
  for (Node &node : problem.nodes)
    node.whole = true;
  options.equalParts = 0;
  EXPECT_LE(search(problem, options).schedule.end, scheduleSequential(problem).end * (1 + 1e-9));
}

TEST(Search, NoNodes) {
  const Problem problem = problemOf({});
  for (const Schedule &schedule :
       {scheduleSequential(problem), scheduleList(problem, {}), scheduleSearch(problem, {}).schedule}) {
    EXPECT_EQ(schedule.end, 0);
    EXPECT_TRUE(schedule.solution.pieces.empty());
  }
}

TEST(Search, ASteadyStateServesAnyNumberOfLayers) {
  SearchOptions options;
  options.iterations = 1000;
  const Schedule few = search(goldenProblem({}, 0, 10), options).schedule;
  for (int layers : {1, 2, 9, 11, 80}) {
    const Problem problem = goldenProblem({}, 0, layers);
    const Schedule schedule = scheduleBy(problem, few.kinds);
    EXPECT_EQ(reportOf(problem, schedule.solution), "");
    EXPECT_GE(schedule.end, boundOf(problem, schedule) * (1 - 1e-9));
  }
}

} // namespace
