// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/ScheduleParts.h"
#include "planner/Schedulers.h"

#include <cmath>

namespace sennit::planner {

Schedule scheduleSequential(const Problem &problem) {
  return scheduleInOrder(problem, std::vector<Cuts>(problem.kinds()));
}

Schedule scheduleInOrder(const Problem &problem, const std::vector<Cuts> &cuts) {
  Schedule schedule;
  for (const Node &node : problem.nodes) {
    std::vector<Piece> &pieces = schedule.solution.pieces.emplace_back();
    size_t full = 0;
    for (size_t place = 0; place <= cuts[node.kind].size(); ++place) {
      const bool last = place == cuts[node.kind].size();
      const int64_t begin = place == 0 ? 0 : cuts[node.kind][place - 1];
      pieces.push_back({begin, last ? lastRow : cuts[node.kind][place]});
      full += rowsOf(problem, node, pieces.back().begin, pieces.back().end) > 0;
    }
    for (Piece &piece : pieces) {
      const double rows = rowsOf(problem, node, piece.begin, piece.end);
      piece.start = schedule.end;
      schedule.end += rows > 0 ? soloTime(node, rows, full) : 0;
      piece.finish = schedule.end;
    }
  }
  return schedule;
}

std::vector<Cuts> cutsOf(const std::vector<KindChoice> &kinds) {
  std::vector<Cuts> cuts;
  for (const KindChoice &kind : kinds)
    cuts.push_back(kind.cuts);
  return cuts;
}

Schedule scheduleBy(const Problem &problem, const std::vector<KindChoice> &kinds) {
  const Evaluator evaluator(problem);
  Schedule schedule;
  schedule.kinds = kinds;
  const std::vector<Cuts> cuts = cutsOf(kinds);
  const TaskGraph graph = evaluator.tasksOf(kinds);
  const Simulation simulation = evaluator.simulate(graph, kinds);
  if (!std::isfinite(simulation.end)) { // other lanes would have all workers for themselves
    schedule = scheduleInOrder(problem, cuts);
    schedule.kinds = kinds;
    return schedule;
  }
  schedule.solution = solutionOf(problem, graph, cuts, simulation);
  schedule.end = simulation.end;
  return schedule;
}

Evaluator::Evaluator(const Problem &problem) : problem(problem), pairs(pairsOf(problem)) {
  const int layers = problem.layers();
  // Nodes of a layer come in a row; what has no layer comes before or after all of them.
  bool seenLayer = false;
  std::vector<unsigned> placeInLayer(size_t(layers) + 1, 0);
  for (const Node &node : problem.nodes) {
    seenLayer |= node.layer >= 0;
    const int layer = node.layer >= 0 ? node.layer : seenLayer ? layers : -1;
    const unsigned place = node.layer >= 0 ? placeInLayer[size_t(node.layer)]++ : 0;
    depth.push_back(layer);
    places.push_back(place);
    longestLayer = std::max(longestLayer, place + 1);
  }
  findLeaders();
}

void Evaluator::findLeaders() {
  leaders.resize(problem.kinds());
  for (size_t kind = 0; kind < leaders.size(); ++kind)
    leaders[kind] = kind;
  behind.assign(leaders.size(), 0);
  std::vector<int> producer; // by storage: the last node that wrote it
  for (size_t index = 0; index < problem.nodes.size(); ++index) {
    const Node &node = problem.nodes[index];
    int from = -1; // the latest node that made something that this one takes
    for (const Use &use : node.uses) {
      if (use.storage >= producer.size())
        producer.resize(use.storage + 1, -1);
      if (!use.write)
        from = std::max(from, producer[use.storage]);
    }
    for (const Use &use : node.uses)
      if (use.write)
        producer[use.storage] = int(index);
    // Where the equal nodes of a kind have different producers, the first one in the layers decides.
    if (!node.minor || node.whole || from < 0 || leaders[node.kind] != node.kind)
      continue;
    const Node &leader = problem.nodes[size_t(from)];
    if (leaders[leader.kind] == node.kind || leader.whole || leader.domain != node.domain ||
        (leader.layer < 0 && node.layer >= 0))
      continue;
    leaders[node.kind] = leaders[leader.kind];
    behind[node.kind] = behind[leader.kind] + 1.0 / (16.0 * longestLayer);
  }
}

void Evaluator::follow(std::vector<KindChoice> &kinds) const {
  for (size_t kind = 0; kind < kinds.size(); ++kind)
    if (follows(kind)) {
      kinds[kind] = kinds[leaders[kind]];
      for (TaskChoice &choice : kinds[kind].pieces)
        choice = {choice.order + behind[kind], 1, 1};
    }
}

TaskGraph Evaluator::tasksOf(const std::vector<KindChoice> &kinds) const {
  return makeTasks(problem, pairs, cutsOf(kinds), problem.nodes.size());
}

Simulation Evaluator::simulate(const TaskGraph &graph, const std::vector<KindChoice> &kinds) const {
  std::vector<TaskChoice> choices;
  choices.reserve(graph.tasks.size());
  for (const Task &task : graph.tasks) {
    choices.push_back(kinds[problem.nodes[task.node].kind].pieces[task.piece]);
    choices.back().order += depth[task.node];
  }
  return planner::simulate(problem, graph, choices);
}

std::vector<KindChoice> Evaluator::equalParts(int parts, const ListChoice &choice) const {
  Cuts cuts;
  for (int part = 1; part < parts; ++part) {
    const int64_t cut = roundToQuantum(problem.rows * part / parts);
    if (cut > (cuts.empty() ? 0 : cuts.back()) && cut < problem.rows)
      cuts.push_back(cut);
  }
  std::vector<Cuts> all(problem.kinds(), cuts);
  for (const Node &node : problem.nodes)
    if (node.whole)
      all[node.kind].clear();
  std::vector<KindChoice> kinds = cutAt(all, choice);
  follow(kinds);
  return kinds;
}

std::vector<KindChoice> Evaluator::cutAt(const std::vector<Cuts> &cuts, const ListChoice &choice) const {
  std::vector<KindChoice> kinds(problem.kinds());
  for (size_t index = 0; index < problem.nodes.size(); ++index) {
    const Node &node = problem.nodes[index];
    KindChoice &kind = kinds[node.kind];
    if (!kind.pieces.empty())
      continue;
    kind.cuts = cuts[node.kind];
    for (size_t piece = 0; piece <= kind.cuts.size(); ++piece)
      kind.pieces.push_back(
          {double(places[index]) / longestLayer + choice.lag * double(piece) / double(kind.cuts.size() + 1),
           node.lane == Lane::Memory    ? choice.memoryShare
           : node.lane == Lane::Network ? choice.networkShare
                                        : 1.0,
           choice.idleShare});
  }
  return kinds;
}

int64_t Evaluator::roundToQuantum(int64_t row) const {
  const int64_t quantum = std::max<int64_t>(1, problem.rowQuantum);
  return (row + quantum / 2) / quantum * quantum;
}

std::vector<std::vector<KindChoice>> Evaluator::listCandidates(int fewest, int most,
                                                               const std::vector<Cuts> *fixedCuts) const {
  std::vector<std::vector<KindChoice>> candidates;
  if (fixedCuts) {
    fewest = most = 2; // the number only says that lags make a difference
  }
  for (int parts = fewest; parts <= most; ++parts)
    for (double network : {0.1, 0.15, 0.2, 0.4, 0.9})
      for (double memory : {0.2, 0.4, 0.6, 0.9}) {
        if (network + memory > 1 + 1e-9)
          continue;
        for (double lag : {0.0, 0.25, 0.5, 1.0, 1.5})
          for (double idle : {0.9, 0.0}) {
            if (parts == 1 && lag > 0)
              continue;
            const ListChoice choice{lag, memory, network, idle};
            candidates.push_back(fixedCuts ? cutAt(*fixedCuts, choice) : equalParts(parts, choice));
          }
      }
  return candidates;
}

Schedule scheduleList(const Problem &problem, const SearchOptions &options) {
  const Evaluator evaluator(problem);
  const int fewest = options.equalParts > 0 ? options.equalParts : 1;
  const int most = options.equalParts > 0 ? options.equalParts : options.maxParts;
  std::vector<KindChoice> best, last;
  double end = 0;
  TaskGraph graph; // of `last`: neighbours in the grid are cut alike
  auto cutAlike = [](const KindChoice &a, const KindChoice &b) { return a.cuts == b.cuts; };
  for (const std::vector<KindChoice> &kinds : evaluator.listCandidates(fewest, most, options.fixedCuts)) {
    if (!std::equal(kinds.begin(), kinds.end(), last.begin(), last.end(), cutAlike)) {
      graph = evaluator.tasksOf(kinds);
      last = kinds;
    }
    const double time = evaluator.simulate(graph, kinds).end;
    if (best.empty() || time < end) {
      best = kinds;
      end = time;
    }
    if (options.stop && options.stop())
      break;
  }
  return scheduleBy(problem, best);
}

} // namespace sennit::planner
