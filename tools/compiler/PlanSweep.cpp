// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanSweep.h"

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
constexpr int64_t iterationsEach = 1500;

planner::StepOptions stepOptions(const PlanTiming &timing, const PlanOptions &options) {
  planner::StepOptions step;
  step.scheduler = options.scheduler;
  step.search.maxParts = options.maxParts;
  step.search.seed = options.seed;
  step.search.iterations = iterationsEach;
  step.tileRows = timing.target->tile.rows;
  return step;
}

} // namespace

json sweepBatches(plan::ProgramOp program, const PlanTiming &timing, const PlanOptions &options) {
  const planner::StepOptions step = stepOptions(timing, options);
  std::map<int64_t, planner::StepPlan> plans;
  auto splitAt = [&](int64_t batch) {
    auto [place, fresh] = plans.try_emplace(batch);
    if (fresh) {
      PlanTiming at = timing;
      at.rows = batch;
      place->second = planner::planStep(problemOf(program, at), step);
    }
    return place->second.split;
  };
  // The least power of two from which on every one is split, then between it and the one before.
  int64_t first = 0;
  for (int64_t batch = leastBatch; batch <= largestBatch; batch *= 2)
    if (!splitAt(batch))
      first = 0;
    else if (first == 0)
      first = batch;
  for (int64_t low = first / 2; first > leastBatch && first - low > resolution;) {
    const int64_t middle = (low + first) / 2 / resolution * resolution;
    (splitAt(middle) ? first : low) = middle;
  }
  auto fits = [&](int64_t batch) {
    PlanTiming at = timing;
    at.rows = batch;
    const planner::Problem problem = problemOf(program, at);
    const ResidentBytes resident = residentBytes(program, at, problem);
    return at.target->memoryBytes <= 0 || resident.weights + resident.cache <= at.target->memoryBytes;
  };
  json points = json::array();
  std::string below;
  for (const auto &[batch, plan] : plans) {
    points.push_back({{"batch", batch},
                      {"sequential_ms", plan.sequential / 1e6},
                      {"unsplit_ms", plan.unsplit / 1e6},
                      {"bound_ms", plan.bound / 1e6},
                      {"plan_ms", plan.schedule.end / 1e6},
                      {"decision", plan.split ? "split" : "unsplit"},
                      {"fits", fits(batch)},
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

json planBuckets(plan::ProgramOp program, const PlanTiming &timing, const PlanOptions &options) {
  const auto started = std::chrono::steady_clock::now();
  const planner::StepOptions step = stepOptions(timing, options);
  json plans = json::array();
  for (int64_t rows = 1;; rows = std::min(2 * rows, options.batch)) {
    for (const char *role : {"generated", "mixed", "prompt"}) {
      program.setBucketRows(uint64_t(rows));
      program.setRole(llvm::StringRef(role));
      const planner::Problem problem = problemOf(program, timing);
      plans.push_back(bucketJson(problem, planner::planStep(problem, step), rows, role));
    }
    if (rows == options.batch)
      break;
  }
  program.removeBucketRowsAttr();
  program.removeRoleAttr();
  return {{"plans", plans},
          {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count()}};
}

} // namespace sennit::compiler
