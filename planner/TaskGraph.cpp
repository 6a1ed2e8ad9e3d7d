// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/TaskGraph.h"

#include <map>
#include <tuple>

namespace sennit::planner {

std::vector<NodePair> pairsOf(const Problem &problem) {
  struct Touch {
    unsigned node;
    AccessRange range;
    bool write;
  };
  std::map<unsigned, std::vector<Touch>> history;
  std::map<std::tuple<unsigned, unsigned, AccessRange, AccessRange, EdgeKind>, bool> found;
  for (unsigned node = 0; node < problem.nodes.size(); ++node) {
    for (const Use &use : problem.nodes[node].uses)
      for (const Touch &earlier : history[use.storage])
        if (earlier.write || use.write)
          found[{node, earlier.node, earlier.range, use.range, EdgeKind::FinishToStart}] = true;
    for (const Use &use : problem.nodes[node].uses)
      history[use.storage].push_back({node, use.range, use.write});
  }
  for (const Edge &edge : problem.edges)
    found[{edge.to, edge.from, AccessRange::All, AccessRange::All, edge.kind}] = true;
  std::vector<NodePair> pairs;
  for (const auto &[key, present] : found) {
    const auto &[to, from, fromRange, toRange, kind] = key;
    pairs.push_back({from, to, fromRange, toRange, kind});
  }
  return pairs; // by `to`, so that those of the first nodes come first
}

namespace {

/// The rows that an access of a piece may touch, as the step numbers them.
std::pair<int64_t, int64_t> touched(int64_t begin, int64_t end, AccessRange range) {
  switch (range) {
  case AccessRange::Own:
    return {begin, end};
  case AccessRange::Before:
    return {0, end};
  case AccessRange::All:
    return {0, lastRow};
  }
  return {0, lastRow};
}

} // namespace

TaskGraph makeTasks(const Problem &problem, const std::vector<NodePair> &pairs, const std::vector<Cuts> &cuts,
                    size_t nodes) {
  TaskGraph graph;
  graph.firstTask.reserve(nodes + 1);
  for (unsigned index = 0; index < nodes; ++index) {
    const Node &node = problem.nodes[index];
    graph.firstTask.push_back(unsigned(graph.tasks.size()));
    static const Cuts none;
    const Cuts &inner = node.whole ? none : cuts[node.kind];
    size_t full = 0;
    int64_t begin = 0;
    for (size_t place = 0; place <= inner.size(); ++place) {
      const int64_t end = place < inner.size() ? inner[place] : lastRow;
      full += rowsOf(problem, node, begin, end) > 0;
      begin = end;
    }
    begin = 0;
    for (size_t place = 0; place <= inner.size(); ++place) {
      const int64_t end = place < inner.size() ? inner[place] : lastRow;
      if (const double rows = rowsOf(problem, node, begin, end); rows > 0) {
        const double solo = soloTime(node, rows, full);
        const double memory = solo > 0 ? std::min(1.0, node.memory.at(rows) / solo) : 0;
        graph.tasks.push_back({index, unsigned(place), begin, end, node.lane, solo, memory});
      }
      begin = end;
    }
  }
  graph.firstTask.push_back(unsigned(graph.tasks.size()));

  auto forEachEdge = [&](auto &&body) {
    for (const NodePair &pair : pairs) {
      if (pair.to >= nodes)
        break;
      const RowDomain fromDomain = problem.nodes[pair.from].domain, toDomain = problem.nodes[pair.to].domain;
      // Wanted rows are numbered apart: nothing is known of them against the step's rows.
      const bool unknown = (fromDomain == RowDomain::Wanted) != (toDomain == RowDomain::Wanted);
      const bool roles = fromDomain != toDomain && fromDomain != RowDomain::All && toDomain != RowDomain::All;
      if (roles && !unknown && pair.fromRange == AccessRange::Own && pair.toRange == AccessRange::Own)
        continue; // generated and prompt rows are others
      for (unsigned from = graph.firstTask[pair.from]; from < graph.firstTask[pair.from + 1]; ++from)
        for (unsigned to = graph.firstTask[pair.to]; to < graph.firstTask[pair.to + 1]; ++to) {
          const auto [a0, a1] = touched(graph.tasks[from].begin, graph.tasks[from].end, pair.fromRange);
          const auto [b0, b1] = touched(graph.tasks[to].begin, graph.tasks[to].end, pair.toRange);
          if (unknown || (a0 < b1 && b0 < a1))
            body(from, to, pair.kind);
        }
    }
  };
  graph.predecessors.assign(graph.tasks.size(), 0);
  graph.firstSuccessor.assign(graph.tasks.size() + 1, 0);
  forEachEdge([&](unsigned from, unsigned to, EdgeKind) {
    ++graph.firstSuccessor[from + 1];
    ++graph.predecessors[to];
  });
  for (size_t task = 0; task < graph.tasks.size(); ++task)
    graph.firstSuccessor[task + 1] += graph.firstSuccessor[task];
  graph.successors.resize(graph.firstSuccessor.back());
  std::vector<unsigned> next(graph.firstSuccessor.begin(), graph.firstSuccessor.end() - 1);
  forEachEdge(
      [&](unsigned from, unsigned to, EdgeKind kind) { graph.successors[next[from]++] = {to, kind}; });
  return graph;
}

} // namespace sennit::planner
