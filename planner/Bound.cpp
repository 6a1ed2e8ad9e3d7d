// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Bound.h"

#include <map>

namespace sennit::planner {

double fluidBound(const Problem &problem, const std::vector<Task> &tasks) {
  double work[laneCount] = {}, traffics[laneCount] = {}, exclusive = 0;
  for (const Task &task : tasks) {
    work[unsigned(task.lane)] += task.solo;
    traffics[unsigned(task.lane)] += task.solo * task.memoryUse;
    if (problem.nodes[task.node].alsoNetwork)
      exclusive += task.solo;
  }
  // Pieces on the memory and network lanes keep their speed even where they need more than the bandwidth
  // together, so arithmetic shares it for certain with one of the two only.
  const double traffic = traffics[0] + std::max(traffics[1], traffics[2]);
  const double memory = work[unsigned(Lane::Memory)], network = work[unsigned(Lane::Network)];
  // For a given time the shares that memory and network need are least where each spreads its work over all
  // of it, at the hull's mix of two corners; with them what is left to arithmetic only grows with the time.
  // So the program's optimum is found by bisection.
  auto enough = [&](double time) {
    if (memory > time || network + exclusive > time || traffic > time)
      return false;
    const double taken =
        time * problem.memoryCurve.hullShareFor(memory / time) +
        (time - exclusive) *
            (network > 0 ? problem.networkCurve.hullShareFor(network / (time - exclusive)) : 0);
    return work[0] + taken <= time;
  };
  double low = std::max({work[0], memory, network + exclusive, traffic}), high = low;
  if (low <= 0 || enough(low))
    return low;
  while (!enough(high))
    high *= 2;
  for (int step = 0; step < 200 && low < high; ++step) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high)
      break;
    (enough(middle) ? high : low) = middle;
  }
  return low; // below the optimum by less than rounding
}

double unsplitTime(const Problem &problem) {
  const std::vector<Cuts> none(problem.kinds());
  const TaskGraph graph = makeTasks(problem, pairsOf(problem), none, problem.nodes.size());
  std::vector<unsigned> level(graph.tasks.size(), 0);
  std::map<unsigned, std::vector<Task>> levels;
  for (unsigned task = 0; task < graph.tasks.size(); ++task) { // program order is a topological order
    levels[level[task]].push_back(graph.tasks[task]);
    for (unsigned edge = graph.firstSuccessor[task]; edge < graph.firstSuccessor[task + 1]; ++edge)
      level[graph.successors[edge].first] = std::max(level[graph.successors[edge].first], level[task] + 1);
  }
  double time = 0;
  for (const auto &[depth, tasks] : levels)
    time += fluidBound(problem, tasks);
  return time;
}

} // namespace sennit::planner
