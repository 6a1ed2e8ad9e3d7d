// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/MemoryUse.h"

#include "planner/Schedulers.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

using namespace sennit::planner;

namespace {

Problem chain() {
  Problem problem = problemOf({nodeOf("a", {writes(0)}), nodeOf("b", {reads(0), writes(1)}),
                               nodeOf("c", {reads(1), writes(2)}), nodeOf("d", {reads(2), writes(3)})});
  problem.storages = {{100, 0}, {10, 0}, {1000, 1}, {1, 0}};
  return problem;
}

TEST(MemoryUse, CountsWhatIsLiveAtOnce) {
  const Problem problem = chain();
  const Solution solution = scheduleSequential(problem).solution;
  EXPECT_EQ(peakBytes(problem, solution, 0), 110);
  EXPECT_EQ(peakBytes(problem, solution, 1), 1000);
  EXPECT_EQ(peakBytes(problem, solution, 2), 0);
  EXPECT_EQ(peakBytes(problemOf({}), {}, 0), 0);
}

TEST(MemoryUse, TheCheckDrawsTheLineThere) {
  Problem problem = chain();
  const Solution solution = scheduleSequential(problem).solution;
  problem.tierLimits = {110, 1000};
  EXPECT_EQ(reportOf(problem, solution), "");
  problem.tierLimits[0] = 109;
  EXPECT_NE(reportOf(problem, solution), "");
}

} // namespace
