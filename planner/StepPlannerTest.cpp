// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/StepPlanner.h"

#include "planner/Bound.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

namespace sennit::planner {
namespace {

StepOptions with(Scheduler scheduler, int equalParts = 0, int maxParts = 4) {
  StepOptions options;
  options.scheduler = scheduler;
  options.search.equalParts = equalParts;
  options.search.maxParts = maxParts;
  options.search.iterations = 200;
  return options;
}

/// Arithmetic, a collective of it, arithmetic on that: nothing runs side by side unless it is cut.
Problem chain(double network = 5) {
  Problem problem = problemOf({nodeOf("a", {reads(0), writes(1)}),
                               nodeOf("b", {reads(1), writes(2)}, Lane::Network, network),
                               nodeOf("c", {reads(2), writes(3)})});
  problem.networkCurve = *Curve::make({{0, 0}, {.1, .3}, {.2, .5}, {.8, .9}, {.9, 1}, {1, 1}}, "network");
  return problem;
}

TEST(StepPlanner, SplitsAsItIsToldWhereThatChangesNoTime) {
  const Problem problem = problemOf({nodeOf("a", {reads(0), writes(1)})});
  for (Scheduler scheduler : {Scheduler::List, Scheduler::Search, Scheduler::Exact}) {
    const StepPlan plan = planStep(problem, with(scheduler, 2));
    EXPECT_TRUE(plan.split);
    EXPECT_EQ(plan.schedule.solution.pieces[0].size(), 2u);
    EXPECT_EQ(plan.condition, "");
    EXPECT_TRUE(plan.violations.empty());
  }
}

TEST(StepPlanner, SaysOfAnExactPlanThatItIsSplit) {
  Problem problem = chain();
  problem.nodes[0].splitPenalty = 0.01;
  const StepPlan plan = planStep(problem, with(Scheduler::Exact, 2));
  EXPECT_TRUE(plan.split);
  // The bound is that of the pieces, which cost more than the whole.
  EXPECT_GT(plan.bound,
            fluidBound(problem, makeTasks(problem, pairsOf(problem), std::vector<Cuts>(3), 3).tasks));
  EXPECT_TRUE(plan.violations.empty());
}

TEST(StepPlanner, ExactSearchLooksAtPartsByItself) {
  const Problem problem = chain();
  const StepPlan plan = planStep(problem, with(Scheduler::Exact, 0, 2));
  EXPECT_TRUE(plan.split);
  EXPECT_LE(plan.schedule.end, planStep(problem, with(Scheduler::List, 0, 2)).schedule.end);
  EXPECT_LE(plan.schedule.end, planStep(problem, with(Scheduler::Exact, 2)).schedule.end);
}

TEST(StepPlanner, ExactSearchThatGivesUpLeavesTheListRule) {
  StepOptions options = with(Scheduler::Exact, 2);
  options.search.stop = [] { return true; };
  const StepPlan plan = planStep(chain(), options);
  EXPECT_TRUE(plan.split);
  ASSERT_FALSE(plan.why.empty());
  EXPECT_EQ(plan.why.back().name, "exact search of 2 equal parts");
  EXPECT_EQ(plan.why.back().condition, "gave up when its time was over: it is for small cases");
  EXPECT_TRUE(plan.violations.empty());
}

TEST(StepPlanner, EveryPlanThatIsNotSplitSaysWhy) {
  const Problem problem = chain(), lone = problemOf({nodeOf("a", {reads(0), writes(1)})});
  StepOptions off = with(Scheduler::Search);
  off.split = false;
  Problem oneRow = chain();
  oneRow.rows = oneRow.wanted = oneRow.generated = 1;
  EXPECT_EQ(planStep(problem, with(Scheduler::Sequential)).condition,
            "one node after the other was asked for");
  EXPECT_EQ(planStep(problem, off).condition, "splitting was not asked for");
  EXPECT_EQ(planStep(problem, with(Scheduler::Search, 0, 1)).condition, "at most one part was asked for");
  EXPECT_EQ(planStep(oneRow, with(Scheduler::Search)).condition, "a step of one row cannot be cut");
  EXPECT_EQ(planStep(lone, with(Scheduler::Search)).condition,
            "nothing to overlap: the step has no work on the memory or network lane");
  // Two halves take less than could be hidden, and yet nothing is gained: both times are said.
  Problem dear = chain(1);
  dear.nodes[0].whole = dear.nodes[2].whole = true;
  dear.nodes.push_back(nodeOf("d", {reads(3), writes(4)}));
  dear.nodes.back().kind = 3;
  dear.nodes.back().splitPenalty = 0.03;
  const StepPlan plan = planStep(dear, with(Scheduler::Search));
  EXPECT_FALSE(plan.split);
  EXPECT_NE(plan.condition.find("each further piece makes an op slower by 0.03"), std::string::npos);
  EXPECT_NE(plan.condition.find("; the best split found takes"), std::string::npos) << plan.condition;
}

TEST(StepPlanner, EverySchedulerEndsWhenItIsToldTo) {
  const Problem problem = goldenProblem({}, 0, 8);
  for (Scheduler scheduler : {Scheduler::List, Scheduler::Search, Scheduler::Exact}) {
    StepOptions options = with(scheduler);
    options.search.iterations = int64_t(1) << 50;
    int asked = 0;
    options.search.stop = [&] { return ++asked > 5; };
    const StepPlan plan = planStep(problem, options);
    EXPECT_LT(asked, 100) << int(scheduler);
    EXPECT_TRUE(plan.violations.empty());
  }
}

} // namespace
} // namespace sennit::planner
