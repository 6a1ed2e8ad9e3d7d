// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/GivenTimes.h"

#include <cmath>

namespace sennit::planner {

const std::vector<std::string> &timedOps() {
  static const std::vector<std::string> ops = {"kqv",  "o", "up_gate", "down", "decode_attention", "prefill_attention",
                                               "network"};
  return ops;
}

namespace {

AccessRange wider(AccessRange a, AccessRange b) {
  return std::max(a, b); // own < before < all
}

/// Leaves nodes out: who reads what one of them wrote reads what it read.
class Contraction {
public:
  /// What stands for a read of `storage`.
  std::vector<Use> resolve(const Use &use) const {
    auto found = instead.find(use.storage);
    if (use.write || found == instead.end())
      return {use};
    std::vector<Use> uses;
    for (const Use &other : found->second)
      uses.push_back({other.storage, wider(use.range, other.range), false});
    return uses;
  }

  void leaveOut(const Node &node) {
    std::vector<Use> read;
    for (const Use &use : node.uses)
      if (!use.write)
        for (const Use &other : resolve(use))
          read.push_back(other);
    for (const Use &use : node.uses)
      if (use.write) {
        std::vector<Use> &list = instead[use.storage];
        list.insert(list.end(), read.begin(), read.end());
      }
  }

private:
  std::map<unsigned, std::vector<Use>> instead;
};

} // namespace

StatusOr<Problem> withGivenTimes(const Problem &problem, const std::map<std::string, double> &milliseconds,
                                 double splitPenalty, const std::vector<double> &wireBytes) {
  std::map<std::string, double> weights; // of the nodes of an op
  auto weightOf = [&](size_t index) { return problem.nodes[index].op == "network" ? wireBytes[index] : 1.0; };
  for (size_t index = 0; index < problem.nodes.size(); ++index)
    if (milliseconds.count(problem.nodes[index].op))
      weights[problem.nodes[index].op] += weightOf(index);
  for (const std::string &op : timedOps()) {
    auto given = milliseconds.find(op);
    bool there = false;
    for (const Node &node : problem.nodes)
      there |= node.op == op;
    if (there && given == milliseconds.end())
      return invalidInput("op-times: expected a time for " + op + ", which the step has, found none");
    if (!there && given != milliseconds.end() && given->second > 0)
      return invalidInput("op-times: expected no time for " + op + ", which the step does not have, found " +
                          std::to_string(given->second) + " ms");
  }
  Problem made = problem;
  made.nodes.clear();
  made.join = 0;
  Contraction contraction;
  for (size_t index = 0; index < problem.nodes.size(); ++index) {
    Node node = problem.nodes[index];
    auto given = milliseconds.find(node.op);
    if (given == milliseconds.end()) {
      contraction.leaveOut(node);
      continue;
    }
    std::vector<Use> uses;
    for (const Use &use : node.uses)
      for (const Use &other : contraction.resolve(use))
        uses.push_back(other);
    node.uses = std::move(uses);
    const double rows = rowsOf(problem, node, 0, lastRow);
    const double nanoseconds = given->second * 1e6 * weightOf(index) / weights[node.op];
    node.time = TimeCurve::perRow(rows > 0 ? nanoseconds / rows : 0);
    node.memory = TimeCurve();
    node.splitPenalty = node.lane == Lane::Network ? 0 : splitPenalty;
    node.minor = false;
    made.nodes.push_back(std::move(node));
  }
  // Kinds are numbered anew, without gaps.
  std::map<unsigned, unsigned> kinds;
  for (Node &node : made.nodes)
    node.kind = kinds.try_emplace(node.kind, unsigned(kinds.size())).first->second;
  return made;
}

} // namespace sennit::planner
