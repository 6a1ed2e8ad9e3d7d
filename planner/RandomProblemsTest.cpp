// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// All schedulers on random problems, held to the check. SENNIT_RANDOM_PROBLEMS=COUNT,SEED in the environment
// asks for more of them, and others.
#include "planner/Bound.h"
#include "planner/Schedulers.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

using namespace sennit::planner;

namespace {

/// The check accepts the schedule, and by itself comes to the same ends.
void expectRight(const char *what, const Problem &problem, Schedule schedule, uint64_t seed) {
  EXPECT_EQ(reportOf(problem, schedule.solution), "") << what << ", seed " << seed;
  const Solution stated = schedule.solution;
  for (std::vector<Piece> &pieces : schedule.solution.pieces)
    for (Piece &piece : pieces)
      piece.finish = 0;
  EXPECT_EQ(reportOf(problem, schedule.solution), "") << what << ", ends not stated, seed " << seed;
  const std::vector<std::vector<double>> ends = endsOf(problem, schedule.solution);
  double latest = 0;
  for (size_t node = 0; node < ends.size(); ++node)
    for (size_t piece = 0; piece < ends[node].size(); ++piece) {
      const Piece &made = stated.pieces[node][piece];
      if (rowsOf(problem, problem.nodes[node], made.begin, made.end) == 0)
        continue;
      latest = std::max(latest, ends[node][piece]);
      if (made.finish > 0) {
        EXPECT_NEAR(ends[node][piece], made.finish, 1e-6 * made.finish) << what << ", seed " << seed;
      }
    }
  EXPECT_NEAR(latest, schedule.end, 1e-6 * schedule.end) << what << ", seed " << seed;
}

void tryProblem(uint64_t seed) {
  std::mt19937_64 random(seed);
  Problem problem = randomProblem(random, 1 + unsigned(seed % 40));
  problem.fixedLanes = seed % 4 == 3;
  problem.workers = problem.fixedLanes ? int64_t(seed / 4 % 6) : 0;
  const double scale = std::array{1e-3, 1.0, 1.0, 1e5}[seed / 40 % 4];
  problem.join *= scale;
  for (Node &node : problem.nodes)
    for (TimeCurve *curve : {&node.time, &node.memory}) {
      std::vector<std::pair<double, double>> points = curve->points();
      for (auto &[rows, time] : points)
        time *= scale;
      *curve = TimeCurve(points);
    }
  SearchOptions options;
  options.maxParts = 1 + int(random() % 5);
  options.equalParts = random() % 4 == 0 ? 1 + int(random() % 5) : 0;
  options.iterations = 200;
  options.seed = seed;
  const Schedule sequential = scheduleSequential(problem), list = scheduleList(problem, options);
  const SearchResult search = scheduleSearch(problem, options);
  expectRight("sequential", problem, sequential, seed);
  expectRight("list", problem, list, seed);
  expectRight("search", problem, search.schedule, seed);
  EXPECT_EQ(scheduleSearch(problem, options).schedule.solution, search.schedule.solution) << "seed " << seed;
  // A piece must gain 2e-4. Where the list rule finds nothing but pieces in order, it has not used lanes.
  if (!problem.fixedLanes)
    EXPECT_LE(search.schedule.end, list.end * (1 + 2e-4 * std::max(options.maxParts, options.equalParts)))
        << "seed " << seed;
  std::vector<Cuts> cuts;
  for (const KindChoice &kind : search.schedule.kinds)
    cuts.push_back(kind.cuts);
  const double bound =
      fluidBound(problem, makeTasks(problem, pairsOf(problem), cuts, problem.nodes.size()).tasks);
  EXPECT_GE(search.schedule.end, bound * (1 - 1e-9)) << "seed " << seed;
}

TEST(RandomProblems, EverySchedulerIsRight) {
  uint64_t count = 320, first = 0;
  if (const char *wish = std::getenv("SENNIT_RANDOM_PROBLEMS")) {
    char *rest = nullptr;
    count = std::strtoull(wish, &rest, 10);
    first = *rest == ',' ? std::strtoull(rest + 1, nullptr, 10) : 0;
  }
  for (uint64_t seed = first; seed < first + count && !HasFailure(); ++seed)
    tryProblem(seed);
}

} // namespace
