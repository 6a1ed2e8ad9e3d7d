// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/StepPlanner.h"

#include "planner/Bound.h"

#include <chrono>
#include <cstdio>
#include <limits>

namespace sennit::planner {

namespace {

/// By how much a split must beat the plan without one.
constexpr double leastGain = 2e-3;

std::string formatted(const char *format, double a, double b = 0, double c = 0) {
  char text[200];
  std::snprintf(text, sizeof text, format, a, b, c);
  return text;
}

double boundOf(const Problem &problem, const std::vector<Cuts> &cuts) {
  // The bound leaves dependences out, so they need not be found.
  return fluidBound(problem, makeTasks(problem, {}, cuts, problem.nodes.size()).tasks);
}

bool isCut(const Schedule &schedule) {
  for (const KindChoice &kind : schedule.kinds)
    if (!kind.cuts.empty())
      return true;
  return false;
}

/// Nanoseconds that two halves take more than the whole, alone, and of which ops.
struct Halving {
  double more = 0;
  std::string ops;
};
Halving halvingOf(const Problem &problem) {
  Halving halving;
  const std::vector<Cuts> half(problem.kinds(), Cuts{problem.rows / 2}), none(problem.kinds());
  const std::vector<NodePair> pairs;
  std::vector<std::string> ops;
  auto times = [&](const std::vector<Cuts> &cuts) {
    std::vector<double> sum(problem.nodes.size(), 0);
    for (const Task &task : makeTasks(problem, pairs, cuts, problem.nodes.size()).tasks)
      sum[task.node] += task.solo;
    return sum;
  };
  if (problem.rows < 2)
    return halving;
  const std::vector<double> whole = times(none), halves = times(half);
  for (size_t index = 0; index < problem.nodes.size(); ++index) {
    const Node &node = problem.nodes[index];
    const double more = halves[index] - whole[index];
    halving.more += more;
    // Weights, which every piece reads, are what remains of the traffic of one row.
    const double rows = rowsOf(problem, node, 0, lastRow);
    const bool hasWeights = node.memory.at(1) > 0.05 * node.memory.at(rows);
    if (node.lane == Lane::Compute && !node.minor && hasWeights && more > 0.05 * whole[index] &&
        std::find(ops.begin(), ops.end(), node.op) == ops.end())
      ops.push_back(node.op);
  }
  for (const std::string &op : ops)
    halving.ops += (halving.ops.empty() ? "" : ", ") + op;
  return halving;
}

class Planner {
public:
  Planner(const Problem &problem, const StepOptions &options) : problem(problem), options(options) {}

  StepPlan run() {
    const auto started = std::chrono::steady_clock::now();
    const Schedule sequential = scheduleSequential(problem);
    plan.sequential = sequential.end;
    plan.unsplit = unsplitTime(problem);
    plan.schedule = sequential;
    consider("one node after the other", sequential);
    if (options.scheduler == Scheduler::Sequential)
      plan.condition = "one node after the other was asked for";
    else if (!problem.nodes.empty())
      findPlans(started);
    if (plan.schedule.kinds.empty())
      plan.bound = boundOf(problem, std::vector<Cuts>(problem.kinds()));
    else
      plan.bound = boundOf(problem, cutsOf(plan.schedule.kinds));
    plan.split = isCut(plan.schedule);
    plan.violations = validate(problem, plan.schedule.solution);
    if (plan.schedule.end < plan.bound * (1 - 1e-9))
      plan.violations.push_back({0, -1,
                                 "expected a plan of at least " + std::to_string(plan.bound) +
                                     " ns, the bound of its pieces, found " +
                                     std::to_string(plan.schedule.end)});
    // What was chosen is no alternative to itself.
    std::erase_if(plan.why, [&](const Alternative &other) { return other.name == chosen; });
    plan.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return std::move(plan);
  }

private:
  void consider(const std::string &name, const Schedule &schedule, double gain = 0) {
    plan.why.push_back({name, schedule.end, ""});
    if (!chosen.empty() && schedule.end >= plan.schedule.end * (1 - gain))
      return;
    plan.schedule = schedule;
    chosen = name;
  }

  double leastGainOfSplit() const { return isCut(plan.schedule) ? 0 : leastGain; }

  Schedule schedule(int fewest, int most) {
    SearchOptions search = options.search;
    search.maxParts = most;
    search.equalParts = fewest;
    if (options.scheduler == Scheduler::List)
      return scheduleList(problem, search);
    if (options.scheduler == Scheduler::Exact)
      return exact(fewest);
    if (most == 1) // little to choose: shares and order
      search.iterations = std::min<int64_t>(search.iterations, 400);
    SearchResult result = scheduleSearch(problem, search);
    plan.iterations += result.iterations;
    return std::move(result.schedule);
  }

  Schedule exact(int parts) {
    std::vector<Cuts> cuts(problem.kinds());
    for (Cuts &inner : cuts)
      for (int part = 1; part < parts; ++part)
        if (const int64_t cut = problem.rows * part / parts; cut > (inner.empty() ? 0 : inner.back()))
          inner.push_back(cut);
    for (const Node &node : problem.nodes)
      if (node.whole)
        cuts[node.kind].clear();
    Schedule found = scheduleExact(problem, cuts, {0.1, 0.2, 0.4, 0.8, 0.9, 1.0}, exactLimit, outOfTime);
    if (found.solution.pieces.empty())
      plan.why.push_back({"exact search of " + (parts > 1 ? partsText(parts) : "the whole batch"), 0,
                          outOfTime() ? "gave up when its time was over: it is for small cases"
                                      : "gave up after " + std::to_string(exactLimit) +
                                            " nodes of its tree: it is for small cases"});
    else // what is cut, as the other schedulers say it
      for (const Cuts &inner : cuts)
        found.kinds.push_back({inner, std::vector<TaskChoice>(inner.size() + 1)});
    return found;
  }

  static std::string partsText(int parts) { return std::to_string(parts) + " equal parts"; }

  void findPlans(std::chrono::steady_clock::time_point started) {
    outOfTime = [this, started] {
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started;
      return (options.search.stop && options.search.stop()) ||
             (options.search.budgetSeconds > 0 && spent.count() > options.search.budgetSeconds);
    };
    const int forced = options.search.equalParts;
    const double reachable = boundOf(problem, std::vector<Cuts>(problem.kinds()));
    if (reachable > plan.sequential * (1 - leastGain) && forced < 2) {
      plan.condition = partnerCondition(reachable, plan.sequential);
      return;
    }
    const Schedule whole = schedule(1, 1);
    if (!whole.solution.pieces.empty())
      consider("the whole batch, independent ops side by side", whole, leastGain);
    if (!options.split) {
      plan.condition = "splitting was not asked for";
      return;
    }
    if (forced > 1) {
      Schedule parts = schedule(forced, forced);
      if (parts.solution.pieces.empty()) {
        SearchOptions list = options.search;
        list.equalParts = forced;
        parts = scheduleList(problem, list);
      }
      plan.schedule = parts; // asked for, whatever it costs
      chosen = partsText(forced);
      return;
    }
    const double best = plan.schedule.end;
    if (options.search.maxParts < 2 || problem.rows < 2) {
      plan.condition =
          problem.rows < 2 ? "a step of one row cannot be cut" : "at most one part was asked for";
      return;
    }
    if (reachable > best * (1 - leastGain)) {
      plan.condition = partnerCondition(reachable, best);
      return;
    }
    double least = std::numeric_limits<double>::infinity();
    auto considerParts = [&](const std::string &name, const Schedule &parts) {
      consider(name, parts, leastGainOfSplit());
      least = std::min(least, parts.end);
    };
    for (int parts = 2; parts <= std::min(4, options.search.maxParts); ++parts) {
      SearchOptions list = options.search;
      list.equalParts = parts;
      // Even where the budget ends the search at once, one of these is there.
      considerParts(partsText(parts) + ", list rule", scheduleList(problem, list));
    }
    if (options.scheduler == Scheduler::Exact) {
      for (int parts = 2; parts <= options.search.maxParts; ++parts)
        if (const Schedule made = exact(parts); !made.solution.pieces.empty())
          considerParts(partsText(parts) + ", exact", made);
      if (!isCut(plan.schedule))
        plan.condition = splitCondition(reachable, best, least);
      return;
    }
    const Schedule parts = schedule(0, options.search.maxParts);
    if (parts.solution.pieces.empty())
      return;
    if (!isCut(parts))
      consider("the whole batch, searched", parts);
    else if (!isCut(plan.schedule) || parts.end < plan.schedule.end)
      consider("nano-batches", parts, leastGainOfSplit());
    if (!isCut(plan.schedule))
      plan.condition = splitCondition(reachable, best, parts.end);
  }

  std::string partnerCondition(double reachable, double best) const {
    double partners = 0;
    for (const Node &node : problem.nodes)
      if (node.lane != Lane::Compute)
        partners += soloTime(node, rowsOf(problem, node, 0, lastRow), 1);
    if (partners == 0)
      return "nothing to overlap: the step has no work on the memory or network lane";
    if (partners < 0.01 * best)
      return formatted("nothing to overlap: memory and network take %.3f of %.3f ms", partners / 1e6,
                       best / 1e6);
    return formatted("no gain to be had: a partner takes from arithmetic what it gains, so that even without "
                     "dependences the step takes %.3f of %.3f ms",
                     reachable / 1e6, best / 1e6);
  }

  std::string splitCondition(double reachable, double best, double found) const {
    const Halving halving = halvingOf(problem);
    const double hidden = best - reachable;
    const std::string tried =
        formatted("the best split found takes %.3f ms, not splitting %.3f ms", found / 1e6, best / 1e6);
    // Where more could be hidden than two halves take, only the search says that it is not worth it.
    const std::string beside = halving.more < hidden ? "; " + tried : "";
    std::string text;
    if (options.tileRows > 0 && problem.rows < 2 * options.tileRows)
      text = formatted("fewer than %.0f rows for each nano-batch, one tile of a linear; ",
                       double(options.tileRows));
    double penalty = 0;
    for (const Node &node : problem.nodes)
      penalty = std::max(penalty, node.splitPenalty);
    if (halving.more > 0.25 * hidden && penalty > 0)
      return text +
             formatted(
                 "each further piece makes an op slower by %.3g of its time: two halves take %.3f ms more, "
                 "and at most %.3f ms can be hidden",
                 penalty, halving.more / 1e6, hidden / 1e6) +
             beside;
    if (halving.more > 0.25 * hidden && !halving.ops.empty())
      return text + "linears below the ridge (" + halving.ops + "): two halves take " +
             formatted("%.3f ms more, since weights are read again and tiles stay part full, and at most "
                       "%.3f ms can be hidden",
                       halving.more / 1e6, hidden / 1e6) +
             beside;
    if (halving.more > 0.25 * hidden)
      return text +
             formatted("two halves take %.3f ms more, and at most %.3f ms can be hidden", halving.more / 1e6,
                       hidden / 1e6) +
             beside;
    return text + tried;
  }

  static constexpr int64_t exactLimit = 200'000;
  const Problem &problem;
  const StepOptions &options;
  StepPlan plan;
  std::string chosen;
  std::function<bool()> outOfTime;
};

} // namespace

StepPlan planStep(const Problem &problem, const StepOptions &options) {
  return Planner(problem, options).run();
}

double steadyPeriod(const Problem &problem, const Solution &solution) {
  const int layers = problem.layers();
  if (layers < 2)
    return 0;
  // The mean start of each layer's pieces; the middle half of the layers is away from fill and drain.
  std::vector<double> sum(size_t(layers), 0);
  std::vector<double> count(size_t(layers), 0);
  for (size_t index = 0; index < problem.nodes.size(); ++index)
    if (const int layer = problem.nodes[index].layer; layer >= 0)
      for (const Piece &piece : solution.pieces[index])
        if (rowsOf(problem, problem.nodes[index], piece.begin, piece.end) > 0) {
          sum[size_t(layer)] += piece.start;
          ++count[size_t(layer)];
        }
  const int first = layers / 4, last = std::max(first + 1, layers - 1 - layers / 4);
  if (count[size_t(first)] == 0 || count[size_t(last)] == 0)
    return 0;
  return (sum[size_t(last)] / count[size_t(last)] - sum[size_t(first)] / count[size_t(first)]) /
         (last - first);
}

} // namespace sennit::planner
