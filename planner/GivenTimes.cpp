// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/GivenTimes.h"

#include <array>

namespace sennit::planner {

const std::vector<std::string> &timedOps() {
  static const std::vector<std::string> ops = {
      "kqv", "o", "up_gate", "down", "decode_attention", "prefill_attention", "network"};
  return ops;
}

namespace {

AccessRange wider(AccessRange a, AccessRange b) {
  return std::max(a, b); // own < before < all
}

/// Leaves nodes out: who reads what one of them wrote reads what it read. A residual stream would so come to
/// be the sums of all layers before; what a read depends on anyway, through others, is dropped from it.
class Contraction {
public:
  /// What stands for the uses of a node.
  std::vector<Use> resolve(const Node &node) const {
    std::vector<Use> uses;
    for (const Use &use : node.uses) {
      auto found = instead.find(use.storage);
      if (use.write || found == instead.end())
        uses.push_back(use);
      else
        for (const Use &other : found->second)
          uses.push_back({other.storage, wider(use.range, other.range), false});
    }
    std::vector<Use> kept;
    for (size_t index = 0; index < uses.size(); ++index)
      if (!follows(uses, index))
        kept.push_back(uses[index]);
    return kept;
  }

  void leaveOut(const Node &node) {
    std::vector<Use> read;
    for (const Use &use : resolve(node))
      if (!use.write)
        read.push_back(use);
    for (const Use &use : node.uses)
      if (use.write) {
        std::vector<Use> &list = instead[use.storage];
        list.insert(list.end(), read.begin(), read.end());
      }
  }

  void keep(const Node &node) {
    const unsigned index = unsigned(before.size());
    std::array<std::vector<bool>, 2> &all = before.emplace_back();
    for (size_t role = 0; role < 2; ++role) {
      all[role].resize(index + 1);
      for (const Use &use : node.uses)
        if (auto found = writers.find(use.storage); !use.write && found != writers.end())
          for (const Writer &writer : found->second)
            if (covers(node.domain, role) && covers(writer.domain, role)) {
              for (unsigned earlier = 0; earlier < before[writer.node][role].size(); ++earlier)
                if (before[writer.node][role][earlier])
                  all[role][earlier] = true;
              all[role][writer.node] = true;
            }
    }
    for (const Use &use : node.uses)
      if (use.write)
        writers[use.storage].push_back({index, node.domain});
  }

private:
  struct Writer {
    unsigned node;
    RowDomain domain;
  };

  /// Roles: 0 generated rows, 1 prompt rows.
  static bool covers(RowDomain domain, size_t role) {
    return domain == RowDomain::All || domain == (role == 0 ? RowDomain::Generated : RowDomain::Prompt);
  }

  /// Whether another of the reads depends, row by row, on all that use `index` does.
  bool follows(const std::vector<Use> &uses, size_t index) const {
    const Use &use = uses[index];
    auto made = writers.find(use.storage);
    if (use.write || made == writers.end())
      return false;
    for (size_t other = 0; other < uses.size(); ++other) {
      if (other == index || uses[other].write || wider(uses[other].range, use.range) != uses[other].range)
        continue;
      if (uses[other].storage == use.storage) {
        if (uses[other].range != use.range || other < index)
          return true; // the same read, or a wider one
        continue;
      }
      auto later = writers.find(uses[other].storage);
      if (later != writers.end() && behind(made->second, later->second))
        return true;
    }
    return false;
  }

  bool behind(const std::vector<Writer> &first, const std::vector<Writer> &later) const {
    for (const Writer &writer : first)
      for (size_t role = 0; role < 2; ++role) {
        if (!covers(writer.domain, role))
          continue;
        bool found = false;
        for (const Writer &other : later)
          found |= covers(other.domain, role) && writer.node < before[other.node][role].size() &&
                   before[other.node][role][writer.node];
        if (!found)
          return false;
      }
    return true;
  }

  std::map<unsigned, std::vector<Use>> instead;
  std::map<unsigned, std::vector<Writer>> writers;      ///< of those that are kept, by storage
  std::vector<std::array<std::vector<bool>, 2>> before; ///< by kept node and role: what it depends on
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
    node.uses = contraction.resolve(node);
    contraction.keep(node);
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
