// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Bound.h"
#include "planner/Schedulers.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

using namespace sennit::planner;

namespace {

constexpr double millisecond = 1e6;

std::vector<Task> wholeTasks(const Problem &problem) {
  return makeTasks(problem, pairsOf(problem), std::vector<Cuts>(problem.kinds()), problem.nodes.size()).tasks;
}

/// max c y where A y <= b, y >= 0 and b >= 0: the simplex method, by Bland's rule.
double maximum(std::vector<std::vector<double>> a, std::vector<double> b, std::vector<double> c) {
  const size_t rows = b.size(), columns = c.size() + rows;
  for (size_t row = 0; row < rows; ++row) {
    a[row].resize(columns, 0);
    a[row][c.size() + row] = 1;
  }
  c.resize(columns, 0);
  std::vector<size_t> basis;
  for (size_t row = 0; row < rows; ++row)
    basis.push_back(columns - rows + row);
  double value = 0;
  for (;;) {
    size_t enter = 0;
    while (enter < columns && c[enter] <= 1e-9)
      ++enter;
    if (enter == columns)
      return value;
    size_t leave = rows;
    for (size_t row = 0; row < rows; ++row)
      if (a[row][enter] > 1e-9) {
        const double ratio = b[row] / a[row][enter];
        if (leave == rows || ratio < b[leave] / a[leave][enter] - 1e-12 ||
            (ratio < b[leave] / a[leave][enter] + 1e-12 && basis[row] < basis[leave]))
          leave = row;
      }
    if (leave == rows)
      return std::numeric_limits<double>::infinity();
    const double pivot = a[leave][enter];
    for (double &entry : a[leave])
      entry /= pivot;
    b[leave] /= pivot;
    auto eliminate = [&](std::vector<double> &line, double &right, double sign) {
      const double factor = line[enter];
      for (size_t column = 0; column < columns; ++column)
        line[column] -= factor * a[leave][column];
      right -= sign * factor * b[leave];
    };
    for (size_t row = 0; row < rows; ++row)
      if (row != leave)
        eliminate(a[row], b[row], 1);
    eliminate(c, value, -1);
    basis[leave] = enter;
  }
}

/// The least T with times m at the points (R, P) of the memory curve and n at those of the network curve:
///   T - sum(m R) - sum(n R) >= arithmetic    sum(m P) >= memory    sum(n P) >= network
///   T - sum(m) >= 0    T - sum(n) >= exclusive    T >= traffic
/// by its dual, for which 0 is feasible.
double leastTime(const Curve &memoryCurve, const Curve &networkCurve, double arithmetic, double memory,
                 double network, double exclusive, double traffic) {
  std::vector<std::vector<double>> a = {{1, 0, 0, 1, 1, 1}};
  std::vector<double> b = {1};
  for (const auto &[share, fraction] : memoryCurve.points()) {
    a.push_back({-share, fraction, 0, -1, 0, 0});
    b.push_back(0);
  }
  for (const auto &[share, fraction] : networkCurve.points()) {
    a.push_back({-share, 0, fraction, 0, -1, 0});
    b.push_back(0);
  }
  return maximum(a, b, {arithmetic, memory, network, 0, exclusive, traffic});
}

TEST(Bound, GoldenStep) {
  const Problem problem = goldenProblem();
  double sequential = 0;
  for (const Task &task : wholeTasks(problem))
    sequential += task.solo;
  EXPECT_NEAR(sequential / millisecond, 225.05, 225.05e-3);
  EXPECT_NEAR(scheduleSequential(problem).end / millisecond, 225.05, 225.05e-3);
  EXPECT_NEAR(fluidBound(problem, wholeTasks(problem)) / millisecond, 175.30, 175.30 * 2e-3);
  EXPECT_NEAR(unsplitTime(problem) / millisecond, 222.01, 0.05);
  // The paper's figure in tokens: 1460 for each second and GPU.
  EXPECT_NEAR(2048 / 8 / (fluidBound(problem, wholeTasks(problem)) * 1e-9), 1460, 2);
}

TEST(Bound, CutsOfOneCostDoNotMoveIt) {
  const Problem problem = goldenProblem();
  const double whole = fluidBound(problem, wholeTasks(problem));
  for (int64_t cut : {1, 2, 1024, 1365, 2047}) {
    const TaskGraph graph =
        makeTasks(problem, pairsOf(problem), std::vector<Cuts>(goldenKinds, {cut}), problem.nodes.size());
    EXPECT_NEAR(fluidBound(problem, graph.tasks), whole, 1e-9 * whole);
  }
}

TEST(Bound, ClosedForms) {
  EXPECT_EQ(fluidBound(problemOf({}), {}), 0);
  EXPECT_EQ(unsplitTime(problemOf({})), 0);
  // One class alone takes its sum.
  for (Lane lane : {Lane::Compute, Lane::Memory, Lane::Network}) {
    Problem one = problemOf({nodeOf("a", {}, lane), nodeOf("b", {}, lane)});
    setGoldenCurves(one);
    EXPECT_NEAR(fluidBound(one, wholeTasks(one)), 2000, 1e-6);
  }
  // On a straight curve nothing is gained.
  Problem straight =
      problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory), nodeOf("c", {}, Lane::Network)});
  EXPECT_NEAR(fluidBound(straight, wholeTasks(straight)), 3000, 1e-6);
  // At 0.4 the partner reaches 0.8, a corner of the hull: T = 800 / 0.8, and arithmetic fits into 0.6 T.
  Problem corner = problemOf({nodeOf("a", {}, Lane::Compute, 6), nodeOf("b", {}, Lane::Memory, 8)});
  setGoldenCurves(corner);
  EXPECT_NEAR(fluidBound(corner, wholeTasks(corner)), 1000, 1e-6);
  // What keeps the network busy leaves the rest of the time to it.
  Problem exclusive = problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Network)});
  exclusive.nodes[0].alsoNetwork = true;
  setGoldenCurves(exclusive);
  EXPECT_NEAR(fluidBound(exclusive, wholeTasks(exclusive)), 2000, 1e-6);
  // Two that fill the bandwidth gain nothing, whatever the curve says.
  Problem full = corner;
  full.nodes[0].memory = TimeCurve::perRow(6);
  full.nodes[1].memory = TimeCurve::perRow(8);
  EXPECT_NEAR(fluidBound(full, wholeTasks(full)), 1400, 1e-6);
}

TEST(Bound, LevelsOfTheUnsplitStepFollowEachOther) {
  // a and b side by side, then c and d.
  Problem problem =
      problemOf({nodeOf("a", {writes(0)}, Lane::Compute, 6), nodeOf("b", {writes(1)}, Lane::Memory, 8),
                 nodeOf("c", {reads(0), writes(2)}, Lane::Compute, 6),
                 nodeOf("d", {reads(1), writes(3)}, Lane::Memory, 8)});
  setGoldenCurves(problem);
  EXPECT_NEAR(unsplitTime(problem), 2000, 1e-6);
  problem.nodes[3].uses.push_back(reads(2)); // a third level
  EXPECT_NEAR(unsplitTime(problem), 1000 + 600 + 800, 1e-6);
}

TEST(Bound, IsTheOptimumOfTheLinearProgram) {
  std::mt19937_64 random(21);
  auto uniform = [&] { return double(random() >> 11) * 0x1.0p-53; };
  for (int round = 0; round < 500; ++round) {
    Problem problem = problemOf(
        {nodeOf("a", {}), nodeOf("x", {}), nodeOf("b", {}, Lane::Memory), nodeOf("c", {}, Lane::Network)});
    problem.nodes[1].alsoNetwork = true;
    problem.memoryCurve = randomCurve(random);
    problem.networkCurve = randomCurve(random);
    double work[4], traffic[4];
    for (unsigned node = 0; node < 4; ++node) {
      work[node] = random() % 5 == 0 ? 0 : uniform();
      traffic[node] = random() % 3 == 0 ? 0 : work[node] * uniform();
      problem.nodes[node].time = TimeCurve::perRow(work[node] / 100);
      problem.nodes[node].memory = TimeCurve::perRow(traffic[node] / 100);
    }
    const double expected =
        leastTime(problem.memoryCurve, problem.networkCurve, work[0] + work[1], work[2], work[3], work[1],
                  traffic[0] + traffic[1] + std::max(traffic[2], traffic[3]));
    EXPECT_NEAR(fluidBound(problem, wholeTasks(problem)), expected, 1e-7 * (1 + expected)) << round;
  }
}

TEST(Bound, NoScheduleIsBelowIt) {
  std::mt19937_64 random(22);
  auto uniform = [&] { return double(random() >> 11) * 0x1.0p-53; };
  double nearest = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 500; ++round) {
    const Problem problem = randomProblem(random, 12);
    std::vector<KindChoice> kinds(problem.kinds());
    std::vector<Cuts> cuts;
    for (KindChoice &kind : kinds) {
      for (int64_t row = 1; row < problem.rows && kind.cuts.size() < 3; ++row)
        if (random() % uint64_t(problem.rows) < 2)
          kind.cuts.push_back(row);
      for (size_t piece = 0; piece <= kind.cuts.size(); ++piece)
        kind.pieces.push_back({uniform(), 0.05 + 0.9 * uniform(), uniform()});
      cuts.push_back(kind.cuts);
    }
    const TaskGraph graph = makeTasks(problem, pairsOf(problem), cuts, problem.nodes.size());
    const double bound = fluidBound(problem, graph.tasks), end = scheduleBy(problem, kinds).end;
    EXPECT_GE(end, bound * (1 - 1e-9)) << round;
    if (bound > 0)
      nearest = std::min(nearest, end / bound);
  }
  EXPECT_LT(nearest, 1.001); // of one lane there is nothing to lose
}

} // namespace
