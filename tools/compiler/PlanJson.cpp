// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanJson.h"

#include <map>
#include <set>

namespace sennit::compiler {

using nlohmann::json;
using planner::Node;
using planner::Piece;

namespace {

std::string laneName(planner::Lane lane) {
  static const char *const names[] = {"compute", "memory", "network"};
  return names[size_t(lane)];
}

/// By op, of a kind's first node; the second kind of one name gets ".2".
json splitJson(const planner::Problem &problem, const planner::Solution &solution) {
  json split = json::object();
  std::set<unsigned> seen;
  std::map<std::string, int> count;
  for (size_t index = 0; index < problem.nodes.size(); ++index) {
    const Node &node = problem.nodes[index];
    if (!seen.insert(node.kind).second)
      continue;
    json ranges = json::array();
    for (const Piece &piece : solution.pieces[index])
      if (auto [begin, end] = planner::rangeOf(problem, node, piece.begin, piece.end); begin < end)
        ranges.push_back({begin, end});
    const int number = ++count[node.op];
    split[number == 1 ? node.op : node.op + "." + std::to_string(number)] = ranges;
  }
  return split;
}

} // namespace

json planJson(const planner::Problem &problem, const planner::StepPlan &plan) {
  const std::vector<std::vector<double>> ends = planner::endsOf(problem, plan.schedule.solution);
  json nodes = json::array();
  for (size_t index = 0; index < problem.nodes.size(); ++index) {
    const Node &node = problem.nodes[index];
    for (size_t place = 0; place < ends[index].size(); ++place) {
      const Piece &piece = plan.schedule.solution.pieces[index][place];
      const auto [begin, end] = planner::rangeOf(problem, node, piece.begin, piece.end);
      if (begin >= end || node.time.at(double(end - begin)) <= 0)
        continue;
      nodes.push_back({{"node", node.name},
                       {"op", node.op},
                       {"layer", node.layer},
                       {"rows", {begin, end}},
                       {"lane", laneName(piece.lane)},
                       {"share", piece.share},
                       {"start", piece.start / 1e6},
                       {"end", ends[index][place] / 1e6}});
    }
  }
  std::stable_sort(nodes.begin(), nodes.end(), [](const json &a, const json &b) {
    return a["start"].get<double>() < b["start"].get<double>();
  });
  json violations = json::array();
  for (const planner::Violation &violation : plan.violations)
    violations.push_back(
        (violation.node < problem.nodes.size() ? problem.nodes[violation.node].name + ": " : "") +
        violation.message);
  json why = json::array();
  for (const planner::Alternative &other : plan.why) {
    json entry = {{"alternative", other.name},
                  {"ms", nullptr},
                  {"loses_by_ms", nullptr},
                  {"condition", other.condition}};
    if (other.end > 0) {
      entry["ms"] = other.end / 1e6;
      entry["loses_by_ms"] = (other.end - plan.schedule.end) / 1e6;
    }
    why.push_back(entry);
  }
  return {{"sequential_ms", plan.sequential / 1e6},
          {"unsplit_ms", plan.unsplit / 1e6},
          {"bound_ms", plan.bound / 1e6},
          {"plan_ms", plan.schedule.end / 1e6},
          {"steady_us_per_layer", planner::steadyPeriod(problem, plan.schedule.solution) / 1e3},
          {"valid", plan.violations.empty()},
          {"violations", violations},
          {"decision", plan.split ? "split" : "unsplit"},
          {"condition", plan.condition},
          {"split", splitJson(problem, plan.schedule.solution)},
          {"nodes", nodes},
          {"why", why}};
}

} // namespace sennit::compiler
