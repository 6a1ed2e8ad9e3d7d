// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Simulate.h"

#include <cassert>
#include <limits>

namespace sennit::planner {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr int nobody = -1;
/// Shares are sums of decimals.
constexpr double shareSlack = 1e-9;

class Simulator {
public:
  Simulator(const Problem &problem, const TaskGraph &graph, const std::vector<TaskChoice> &choices)
      : problem(problem), graph(graph), choices(choices), missing(graph.predecessors),
        readyAt(graph.tasks.size(), 0.0) {
    result.tasks.resize(graph.tasks.size());
    if (problem.fixedLanes)
      for (size_t task = 0; task < graph.tasks.size(); ++task)
        if (const unsigned lane = unsigned(graph.tasks[task].lane); lane > 0 && graph.tasks[task].solo > 0) {
          const double wanted = shareOfWorkers(problem, choices[task].share);
          const double share = curve(lane).at(wanted) > 0 ? wanted : 1;
          laneShare[lane] = std::max(laneShare[lane], share);
        }
    reserved = std::min(1.0, laneShare[1] + laneShare[2]);
  }

  Simulation run() {
    for (unsigned task = 0; task < graph.tasks.size(); ++task)
      if (missing[task] == 0)
        makeReady(task);
    for (;;) {
      startAll();
      const double next = nextEvent();
      if (next == never)
        break;
      advance(next);
    }
    // Where other lanes have all workers for themselves, arithmetic never begins.
    assert((finished == graph.tasks.size() || reserved >= 1) && "a dependence goes back");
    result.end = finished == graph.tasks.size() ? now : never;
    return std::move(result);
  }

private:
  struct Running {
    int task = nobody;
    double left = 0;  ///< nanoseconds of work, on the compute lane
    double end = 0;   ///< on the others
    double share = 0; ///< on the others
    double speed = 0; ///< on the others: what the share achieves
  };

  bool exclusive(unsigned task) const { return problem.nodes[graph.tasks[task].node].alsoNetwork; }
  const Curve &curve(unsigned lane) const {
    return lane == unsigned(Lane::Memory) ? problem.memoryCurve : problem.networkCurve;
  }

  void makeReady(unsigned task) { ready[unsigned(graph.tasks[task].lane)].push_back(task); }

  double sharesTaken() const { return running[1].share + running[2].share; }

  /// How fast the task on the compute lane runs, as a part of its speed when alone.
  double computeSpeed() const {
    const Task &task = graph.tasks[unsigned(running[0].task)];
    double speed = std::max(0.0, 1 - std::max(reserved, sharesTaken()));
    if (task.memoryUse > 0) {
      double bandwidth = 1;
      for (unsigned lane = 1; lane < laneCount; ++lane)
        if (running[lane].task != nobody)
          bandwidth -= running[lane].speed * graph.tasks[unsigned(running[lane].task)].memoryUse;
      speed = std::min(speed, std::max(0.0, bandwidth) / task.memoryUse);
    }
    return speed;
  }

  /// What takes no time ends at once, even where nothing is left to it.
  double computeEnd(double speed) const {
    const double left = running[0].left;
    return left == 0 ? now : speed > 0 ? now + left / speed : never;
  }

  /// The ready task of the lane that comes first, as a place in its list.
  int first(unsigned lane) const {
    int best = nobody;
    for (unsigned place = 0; place < ready[lane].size(); ++place) {
      const unsigned task = ready[lane][place];
      if (readyAt[task] > now)
        continue;
      if (best == nobody)
        best = int(place);
      else if (const unsigned other = ready[lane][unsigned(best)];
               std::pair(choices[task].order, task) < std::pair(choices[other].order, other))
        best = int(place);
    }
    return best;
  }

  void startAll() {
    for (bool changed = true; changed;) { // a start may let another begin
      changed = false;
      for (unsigned lane = 0; lane < laneCount; ++lane)
        if (running[lane].task == nobody)
          changed |= startOne(lane);
    }
    if (running[0].task != nobody) {
      TaskTimes &times = result.tasks[unsigned(running[0].task)];
      times.share = std::min(times.share, std::max(0.0, 1 - std::max(reserved, sharesTaken())));
    }
  }

  bool startOne(unsigned lane) {
    const int place = first(lane);
    if (place == nobody)
      return false;
    const unsigned task = ready[lane][unsigned(place)];
    Running &runs = running[lane];
    const double left = 1 - sharesTaken();
    if (lane == 0) {
      if (exclusive(task) && running[2].task != nobody)
        return false;
      runs.left = graph.tasks[task].solo;
    } else {
      if (lane == 2 && running[0].task != nobody && exclusive(unsigned(running[0].task)))
        return false;
      double share = choices[task].share;
      if (problem.fixedLanes)
        share = laneShare[lane];
      else if (running[0].task == nobody)
        share = std::max(share, std::min(choices[task].idleShare, left));
      if (curve(lane).at(share) <= 0)
        share = 1;
      if (share > left + shareSlack)
        return false;
      runs.share = std::min(share, 1.0);
      runs.speed = curve(lane).at(runs.share);
      runs.end = now + graph.tasks[task].solo / runs.speed;
    }
    runs.task = int(task);
    ready[lane].erase(ready[lane].begin() + place);
    result.tasks[task].start = now;
    result.tasks[task].share = lane == 0 ? std::max(0.0, std::min(left, 1 - reserved)) : runs.share;
    for (unsigned edge = graph.firstSuccessor[task]; edge < graph.firstSuccessor[task + 1]; ++edge)
      if (graph.successors[edge].second == EdgeKind::StartToStart)
        release(graph.successors[edge].first, now);
    return true;
  }

  void release(unsigned task, double at) {
    readyAt[task] = std::max(readyAt[task], at);
    if (--missing[task] == 0)
      makeReady(task);
  }

  double nextEvent() const {
    double next = never;
    for (unsigned lane = 1; lane < laneCount; ++lane)
      if (running[lane].task != nobody)
        next = std::min(next, running[lane].end);
    if (running[0].task != nobody)
      next = std::min(next, computeEnd(computeSpeed()));
    if (problem.join > 0)
      for (const auto &list : ready)
        for (unsigned task : list)
          if (readyAt[task] > now)
            next = std::min(next, readyAt[task]);
    return next;
  }

  void advance(double time) {
    bool computeEnds = false;
    if (running[0].task != nobody) {
      const double speed = computeSpeed();
      // The same sum as in nextEvent, so that an end is met exactly.
      computeEnds = computeEnd(speed) <= time;
      running[0].left = std::max(0.0, running[0].left - (time - now) * speed);
    }
    now = time;
    if (computeEnds)
      finish(0);
    for (unsigned lane = 1; lane < laneCount; ++lane)
      if (running[lane].task != nobody && running[lane].end <= now)
        finish(lane);
  }

  void finish(unsigned lane) {
    const unsigned task = unsigned(running[lane].task);
    running[lane] = Running();
    result.tasks[task].end = now;
    ++finished;
    for (unsigned edge = graph.firstSuccessor[task]; edge < graph.firstSuccessor[task + 1]; ++edge) {
      const auto [to, kind] = graph.successors[edge];
      if (kind == EdgeKind::FinishToStart)
        release(to, graph.tasks[to].lane == graph.tasks[task].lane ? now : now + problem.join);
    }
  }

  const Problem &problem;
  const TaskGraph &graph;
  const std::vector<TaskChoice> &choices;
  std::vector<unsigned> missing;
  std::vector<double> readyAt;
  std::vector<unsigned> ready[laneCount];
  Running running[laneCount];
  double laneShare[laneCount] = {}; ///< of lanes that keep their workers
  double reserved = 0;              ///< what arithmetic never gets
  double now = 0;
  size_t finished = 0;
  Simulation result;
};

} // namespace

Simulation simulate(const Problem &problem, const TaskGraph &graph, const std::vector<TaskChoice> &choices) {
  return Simulator(problem, graph, choices).run();
}

Solution solutionOf(const Problem &problem, const TaskGraph &graph, const std::vector<Cuts> &cuts,
                    const Simulation &simulation) {
  Solution solution;
  for (const Node &node : problem.nodes) {
    std::vector<Piece> &pieces = solution.pieces.emplace_back();
    int64_t begin = 0;
    const size_t inner = node.whole ? 0 : cuts[node.kind].size();
    for (size_t place = 0; place <= inner; ++place) {
      const int64_t end = place < inner ? cuts[node.kind][place] : lastRow;
      pieces.push_back({begin, end, node.lane});
      begin = end;
    }
  }
  for (size_t index = 0; index < graph.tasks.size(); ++index) {
    const Task &task = graph.tasks[index];
    Piece &piece = solution.pieces[task.node][task.piece];
    piece.lane = task.lane;
    piece.share = simulation.tasks[index].share;
    piece.start = simulation.tasks[index].start;
    piece.finish = simulation.tasks[index].end;
  }
  return solution;
}

} // namespace sennit::planner
