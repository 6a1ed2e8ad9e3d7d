// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanSweep.h"

#include "tools/compiler/Options.h"
#include "tools/compiler/PlanJson.h"

#include <chrono>
#include <map>

namespace sennit::compiler {

using nlohmann::json;

namespace {

constexpr int64_t leastBatch = 16, largestBatch = 8192;
/// Between a batch that is not split and one that is: no finer than this.
constexpr int64_t resolution = 16;
/// Many plans have less time each.
constexpr int64_t sweepIterations = 6000, bucketIterations = 3000;

planner::StepOptions stepOptions(const PlanTiming &timing, const PlanOptions &options, int64_t iterations) {
  planner::StepOptions step;
  step.scheduler = options.scheduler;
  step.search.maxParts = options.maxParts;
  step.search.seed = options.seed;
  step.search.iterations = iterations;
  step.search.stop = [] { return !checkInterrupt().ok(); };
  step.tileRows = timing.target->tile.rows;
  return step;
}

/// A plan that is right.
StatusOr<planner::StepPlan> planAt(const planner::Problem &problem, const planner::StepOptions &step) {
  SENNIT_RETURN_IF_ERROR(checkInterrupt());
  planner::StepPlan plan = planner::planStep(problem, step);
  if (!plan.violations.empty())
    return internalError("the planner made a plan that is not valid: " + plan.violations.front().message);
  return plan;
}

} // namespace

StatusOr<json> sweepBatches(plan::ProgramOp program, const PlanTiming &timing, const PlanOptions &options) {
  const planner::StepOptions step = stepOptions(timing, options, sweepIterations);
  struct Point {
    planner::StepPlan plan;
    bool fits = true;
  };
  std::map<int64_t, Point> plans;
  auto splitAt = [&](int64_t batch) -> StatusOr<bool> {
    if (!plans.count(batch)) {
      PlanTiming at = timing;
      at.rows = batch;
      const planner::Problem problem = problemOf(program, at);
      Point point;
      SENNIT_ASSIGN_OR_RETURN(point.plan, planAt(problem, step));
      const ResidentBytes resident = residentBytes(program, at, problem);
      const double limit = at.target->memoryBytes;
      point.fits = limit <= 0 || resident.weights + resident.cache <= limit;
      plans[batch] = std::move(point);
    }
    return plans[batch].plan.split;
  };
  // The least power of two from which on every one is split, then between it and the one before.
  int64_t first = 0;
  for (int64_t batch = leastBatch; batch <= largestBatch; batch *= 2) {
    SENNIT_ASSIGN_OR_RETURN(const bool split, splitAt(batch));
    if (!split)
      first = 0;
    else if (first == 0)
      first = batch;
  }
  for (int64_t low = first / 2; first > leastBatch && first - low > resolution;) {
    const int64_t middle = (low + first) / 2 / resolution * resolution;
    SENNIT_ASSIGN_OR_RETURN(const bool split, splitAt(middle));
    (split ? first : low) = middle;
  }
  json points = json::array();
  std::string below;
  for (const auto &[batch, point] : plans) {
    const planner::StepPlan &plan = point.plan;
    points.push_back({{"batch", batch},
                      {"sequential_ms", plan.sequential / 1e6},
                      {"unsplit_ms", plan.unsplit / 1e6},
                      {"bound_ms", plan.bound / 1e6},
                      {"plan_ms", plan.schedule.end / 1e6},
                      {"decision", plan.split ? "split" : "unsplit"},
                      {"fits", point.fits},
                      {"condition", plan.condition}});
    if (!plan.split && (first == 0 || batch < first))
      below = plan.condition;
  }
  json result = {{"points", points}, {"crossover_batch", nullptr}, {"condition", below}};
  if (first > 0)
    result["crossover_batch"] = first;
  return result;
}

json bucketJson(const planner::Problem &problem, const planner::StepPlan &plan, int64_t rows,
                const std::string &role) {
  const json all = planJson(problem, plan);
  return {{"rows", rows},
          {"role", role},
          {"decision", all["decision"]},
          {"condition", all["condition"]},
          {"predicted_us", plan.schedule.end / 1e3},
          {"sequential_us", plan.sequential / 1e3},
          {"unsplit_us", plan.unsplit / 1e3},
          {"bound_us", plan.bound / 1e3},
          {"split", all["split"]},
          {"why", all["why"]},
          {"nodes", all["nodes"]}};
}

StatusOr<json> planBuckets(plan::ProgramOp program, const PlanTiming &timing, const PlanOptions &options) {
  const auto started = std::chrono::steady_clock::now();
  const planner::StepOptions step = stepOptions(timing, options, bucketIterations);
  json plans = json::array();
  for (int64_t rows = 1;; rows = std::min(2 * rows, options.batch)) {
    for (const char *role : {"generated", "mixed", "prompt"}) {
      program.setBucketRows(uint64_t(rows));
      program.setRole(llvm::StringRef(role));
      const planner::Problem problem = problemOf(program, timing);
      SENNIT_ASSIGN_OR_RETURN(const planner::StepPlan plan, planAt(problem, step));
      plans.push_back(bucketJson(problem, plan, rows, role));
    }
    if (rows == options.batch)
      break;
  }
  program.removeBucketRowsAttr();
  program.removeRoleAttr();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started;
  return json{{"plans", plans}, {"seconds", spent.count()}};
}

} // namespace sennit::compiler
