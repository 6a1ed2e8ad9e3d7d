// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Simulate.h"
#include "planner/Schedulers.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

using namespace sennit::planner;

namespace {

/// One share for all, order by node and then piece, unless told otherwise.
struct Case {
  explicit Case(Problem made, std::vector<Cuts> cutsOf = {})
      : problem(std::move(made)), cuts(std::move(cutsOf)) {
    cuts.resize(problem.kinds());
    graph = makeTasks(problem, pairsOf(problem), cuts, problem.nodes.size());
    for (size_t task = 0; task < graph.tasks.size(); ++task)
      choices.push_back({double(task)});
  }

  TaskChoice &of(unsigned node, unsigned piece = 0) { return choices[graph.firstTask[node] + piece]; }

  /// The simulation, which the check must accept and agree with.
  Simulation run() const {
    const Simulation result = simulate(problem, graph, choices);
    const Solution solution = solutionOf(problem, graph, cuts, result);
    EXPECT_EQ(reportOf(problem, solution), "");
    EXPECT_NEAR(endByCheck(problem, solution), result.end, 1e-9 * result.end);
    return result;
  }

  Problem problem;
  std::vector<Cuts> cuts;
  TaskGraph graph;
  std::vector<TaskChoice> choices;
};

TEST(Simulate, NothingTakesNoTime) {
  EXPECT_EQ(Case(problemOf({})).run().end, 0);
  Problem empty = problemOf({nodeOf("a", {}, Lane::Compute, 10, RowDomain::Generated)});
  empty.generated = 0;
  EXPECT_EQ(Case(empty).run().end, 0);
}

TEST(Simulate, AChainTakesTheSum) {
  for (int64_t rows : {1, 2, 3, 63, 64, 65, 100}) {
    Problem problem =
        problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)}, Lane::Memory, 7),
                   nodeOf("c", {reads(1), writes(2)}, Lane::Network, 3), nodeOf("d", {reads(2)})});
    problem.rows = rows;
    const Simulation whole = Case(problem).run();
    EXPECT_NEAR(whole.end, double(rows) * (10 + 7 + 3 + 10), 1e-9);
    problem.join = 5; // a to b, b to c, c to d
    EXPECT_NEAR(Case(problem).run().end, double(rows) * 30 + 15, 1e-9);
  }
}

TEST(Simulate, OneLaneRunsInOrderWhateverTheOrderIs) {
  Case two(problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Compute, 5)}));
  EXPECT_EQ(two.run().tasks[1].start, 1000);
  two.of(1).order = -1;
  EXPECT_EQ(two.run().tasks[0].start, 500);
  two.of(1).order = 0; // a tie goes to the first
  EXPECT_EQ(two.run().tasks[1].start, 1000);
}

TEST(Simulate, AMemoryPartnerTakesItsShareFromArithmetic) {
  for (double share : {0.1, 0.2, 0.3, 0.4, 0.8}) {
    Case two(problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory, 5)}));
    setGoldenCurves(two.problem);
    two.of(1).share = share;
    const Simulation result = two.run();
    const double partner = 500 / two.problem.memoryCurve.at(share);
    // Beside the partner at 1 - share, and alone after it.
    const double alone = 1000 - partner * (1 - share);
    EXPECT_NEAR(result.tasks[1].end, partner, 1e-9);
    EXPECT_NEAR(result.tasks[0].end, alone > 0 ? partner + alone : 1000 / (1 - share), 1e-9);
    EXPECT_NEAR(result.tasks[0].share, 1 - share, 1e-12);
    EXPECT_EQ(result.tasks[1].share, share);
  }
}

TEST(Simulate, ANetworkPartnerTakesItsShareFromArithmetic) {
  Case two(problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Network, 5)}));
  setGoldenCurves(two.problem);
  two.of(1).share = 0.1;
  EXPECT_NEAR(two.run().tasks[1].end, 500 / 0.3, 1e-9); // longer than a
  EXPECT_NEAR(two.run().tasks[0].end, 1000 / 0.9, 1e-9);
  two.problem.nodes[0].alsoNetwork = true; // now one after the other
  EXPECT_NEAR(two.run().end, 1000 + 500 / 0.3, 1e-9);
}

TEST(Simulate, ThreeLanesSideBySide) {
  Case three(
      problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory, 5), nodeOf("c", {}, Lane::Network, 3)}));
  setGoldenCurves(three.problem);
  three.of(1).share = 0.4;
  three.of(2).share = 0.1;
  // b ends at 625, c at 1000; a has 0.5 until then, and 0.9.
  EXPECT_NEAR(three.run().end, 1000 + (1000 - 625 * 0.5 - 375 * 0.9), 1e-9);
  three.of(2).share = 0.7; // too much beside b
  EXPECT_NEAR(three.run().tasks[2].start, 625, 1e-9);
}

TEST(Simulate, WhereArithmeticIsIdleTheOthersMayTakeMore) {
  Case chain(problemOf({nodeOf("b", {writes(0)}, Lane::Memory, 5), nodeOf("a", {reads(0)})}));
  setGoldenCurves(chain.problem);
  chain.of(0).share = 0.2;
  EXPECT_NEAR(chain.run().end, 500 / 0.3 + 1000, 1e-9);
  chain.of(0).idleShare = 0.9;
  EXPECT_NEAR(chain.run().end, 500 / 0.95 + 1000, 1e-9);
  chain.of(0).idleShare = 0.1; // less than its own
  EXPECT_NEAR(chain.run().end, 500 / 0.3 + 1000, 1e-9);
}

TEST(Simulate, AShareThatAchievesNothingCountsAsTheWhole) {
  Case two(problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory)}));
  two.problem.memoryCurve = *Curve::make({{0, 0}, {0.5, 0}, {1, 1}}, "late");
  two.of(1).share = 0.5;
  EXPECT_NEAR(two.run().tasks[1].end, 1000, 1e-9);
  EXPECT_NEAR(two.run().tasks[0].end, 2000, 1e-9);
}

TEST(Simulate, TwoThatFillTheBandwidthGainNothing) {
  // The partner alone on the memory lane reaches 0.8 of the bandwidth with a share of 0.4.
  Case two(problemOf({nodeOf("a", {}), nodeOf("b", {}, Lane::Memory)}));
  setGoldenCurves(two.problem);
  two.of(1).share = 0.4;
  EXPECT_NEAR(two.run().end, 1250 + (1000 - 1250 * 0.6), 1e-9); // arithmetic that needs no bandwidth
  two.problem.nodes[0].memory = two.problem.nodes[1].memory = TimeCurve::perRow(10);
  two = Case(two.problem);
  two.of(1).share = 0.4;
  EXPECT_NEAR(two.run().end, 2000, 1e-9); // as one after the other
  // An op that needs half of the bandwidth runs at 0.2 / 0.5 of its speed beside it.
  two.problem.nodes[0].memory = TimeCurve::perRow(5);
  two = Case(two.problem);
  two.of(1).share = 0.4;
  EXPECT_NEAR(two.run().end, 1250 + (1000 - 1250 * 0.4), 1e-9);
}

TEST(Simulate, APipelineOfEqualPartsFillsAndDrains) {
  // T = fill + (K - 1) * max + drain.
  for (int64_t parts : {1, 2, 3, 5, 10})
    for (double second : {2.0, 5.0, 10.0, 20.0}) {
      Cuts cuts;
      for (int64_t part = 1; part < parts; ++part)
        cuts.push_back(100 * part / parts);
      // A curve on which the partner costs arithmetic nothing keeps the closed form simple.
      Problem problem = problemOf({nodeOf("a", {writes(0)}, Lane::Network, 10),
                                   nodeOf("b", {reads(0), writes(1)}, Lane::Memory, second)});
      problem.networkCurve = problem.memoryCurve = *Curve::make({{0, 0}, {0.1, 1}, {1, 1}}, "cheap");
      if (100 % parts != 0)
        continue;
      Case pipeline(problem, {cuts, cuts});
      for (TaskChoice &choice : pipeline.choices)
        choice.share = 0.1;
      const double fill = 1000 / double(parts), drain = 100 * second / double(parts);
      EXPECT_NEAR(pipeline.run().end, fill + double(parts - 1) * std::max(fill, drain) + drain, 1e-6)
          << parts << " " << second;
    }
}

TEST(Simulate, APipelineWithArithmeticFillsAndDrains) {
  // While both run, arithmetic has 0.6: a part takes longer by what it gives away.
  const int64_t parts = 4;
  Problem problem =
      problemOf({nodeOf("a", {writes(0)}, Lane::Compute, 10), nodeOf("b", {reads(0)}, Lane::Memory, 4)});
  setGoldenCurves(problem);
  Case pipeline(problem, {{25, 50, 75}, {25, 50, 75}});
  for (TaskChoice &choice : pipeline.choices)
    choice.share = 0.4;
  const double partner = 100 / 0.8, part = partner + (250 - partner * 0.6);
  EXPECT_NEAR(pipeline.run().end, 250 + (parts - 1) * part + partner, 1e-6);
}

TEST(Simulate, ALaneThatKeepsItsWorkersNeverLendsThem) {
  // a on its own, then b on the memory lane beside c, then d: arithmetic has half of the machine throughout.
  Problem problem = problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)}, Lane::Memory, 2),
                               nodeOf("c", {reads(0), writes(2)}), nodeOf("d", {reads(1), reads(2)})});
  problem.rows = 10;
  problem.fixedLanes = true;
  Case lanes(problem);
  lanes.of(1).share = 0.5;
  lanes.of(1).idleShare = 0.9; // means nothing here
  EXPECT_NEAR(lanes.run().end, 600, 1e-9);
  problem.fixedLanes = false;
  Case lent(problem);
  lent.of(1).share = 0.5;
  lent.of(1).idleShare = 0.5;
  EXPECT_LT(lent.run().end, 400);
}

TEST(Simulate, LanesThatKeepTheirWorkersHaveWholeOnes) {
  // b beside c.
  Problem problem =
      problemOf({nodeOf("b", {writes(0)}, Lane::Memory, 1), nodeOf("c", {writes(1)}, Lane::Compute, 1)});
  problem.fixedLanes = true;
  problem.rows = 1000;
  Case lanes(problem);
  const auto of = [&](int64_t workers, double share) -> Case & {
    lanes.problem.workers = workers;
    lanes.of(0).share = share;
    return lanes;
  };
  EXPECT_EQ(of(0, 0.6).run().tasks[0].share, 0.6);
  EXPECT_EQ(of(2, 0.6).run().tasks[0].share, 0.5);
  EXPECT_EQ(of(2, 0.01).run().tasks[0].share, 0.5); // a lane has one worker at least
  EXPECT_EQ(of(3, 0.6).run().tasks[0].share, 2.0 / 3);
  EXPECT_EQ(of(5, 0.69).run().tasks[0].share, 0.6);
  // Where it gets all of them, c never begins.
  for (const auto &[workers, share] : {std::pair(2, 0.75), std::pair(1, 0.2)}) {
    const Case &all = of(workers, share);
    EXPECT_FALSE(std::isfinite(simulate(all.problem, all.graph, all.choices).end)) << workers;
  }
}

TEST(Simulate, APieceStartsWithWhatItFollowsFromStartToStart) {
  Case two(problemOf({nodeOf("z", {}, Lane::Compute, 3), nodeOf("a", {}), nodeOf("b", {}, Lane::Memory, 2)}));
  two.problem.edges = {{1, 2, EdgeKind::StartToStart}};
  two.problem.join = 50; // of ends only
  Case again(two.problem);
  again.of(2).share = 0.5;
  const Simulation result = again.run();
  EXPECT_EQ(result.tasks[2].start, 300);
  EXPECT_EQ(result.tasks[1].start, 300);
  EXPECT_NEAR(result.end, 700 + (1000 - 200), 1e-9);
}

TEST(Simulate, AWaitOnAnotherLaneTakesTheJoin) {
  Problem problem = problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)}),
                               nodeOf("c", {reads(0)}, Lane::Memory, 1)});
  problem.join = 40;
  Case joined(problem);
  joined.of(2).share = 0.5;
  const Simulation result = joined.run();
  EXPECT_EQ(result.tasks[1].start, 1000); // the same lane
  EXPECT_EQ(result.tasks[2].start, 1040);
  EXPECT_NEAR(result.end, 1240 + (1000 - 40 - 100), 1e-9);
}

TEST(Simulate, IsDeterministic) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 50; ++round) {
    Case some(randomProblem(random, 20));
    const Simulation first = some.run(), second = some.run();
    EXPECT_EQ(solutionOf(some.problem, some.graph, some.cuts, first),
              solutionOf(some.problem, some.graph, some.cuts, second));
  }
}

TEST(Simulate, EqualLayersFindASteadyState) {
  SearchOptions options;
  options.iterations = 300;
  const std::vector<KindChoice> kinds = scheduleSearch(goldenProblem({}, 0, 12), options).schedule.kinds;
  // The first start of each layer; whatever the state is in which layers repeat, it comes early.
  auto starts = [&](int layers, double &end) {
    const Problem problem = goldenProblem({}, 0, layers);
    const Schedule schedule = scheduleBy(problem, kinds);
    std::vector<double> first;
    for (int layer = 0; layer < layers; ++layer)
      first.push_back(schedule.solution.pieces[size_t(layer) * goldenKinds][0].start);
    end = schedule.end;
    return first;
  };
  double end40, end41, end80;
  const std::vector<double> at40 = starts(40, end40);
  starts(41, end41);
  starts(80, end80);
  const double period = at40[21] - at40[20];
  for (int layer = 12; layer < 32; ++layer)
    EXPECT_NEAR(at40[size_t(layer) + 1] - at40[size_t(layer)], period, 1e-6 * period) << layer;
  // Fill and drain are what a step takes beyond its layers: the same for each number of layers.
  EXPECT_NEAR(end41 - end40, period, 1e-6 * period);
  EXPECT_NEAR(end80, end40 + 40 * period, 1e-9 * end80);
}

TEST(Simulate, TasksAreThePiecesThatHaveRows) {
  const Problem problem = goldenProblem({}, 0.5, 1, 100, 40);
  const std::vector<Cuts> cuts(goldenKinds, {20, 40, 70});
  const TaskGraph graph = makeTasks(problem, pairsOf(problem), cuts, problem.nodes.size());
  EXPECT_EQ(graph.firstTask, (std::vector<unsigned>{0, 4, 6, 8, 12, 16, 20, 24, 28}));
  // Only pieces with rows count for the penalty: of decode attention two.
  EXPECT_NEAR(graph.tasks[4].solo, 20 * 35.60e6 / 80 / 1365 * 1.5, 1e-6);
  EXPECT_NEAR(graph.tasks[0].solo, 20 * 16.08e6 / 80 / 2048 * 2.5, 1e-6);
  EXPECT_EQ(graph.tasks.back().end, lastRow);
  // A prompt piece waits for the queries of its own rows, and for keys and values of all rows before it too.
  EXPECT_EQ(graph.predecessors[6], 1u + 3u);
  EXPECT_EQ(graph.predecessors[7], 1u + 4u);
  Problem uncut = problem;
  uncut.nodes[0].whole = true;
  EXPECT_EQ(makeTasks(uncut, pairsOf(uncut), cuts, uncut.nodes.size()).firstTask[1], 1u);
  // The first layer's part of a problem.
  EXPECT_EQ(makeTasks(problem, pairsOf(problem), cuts, 3).tasks.size(), 8u);
}

} // namespace
