// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Steps from event to event by itself, so that it can be an oracle of the simulator and of what builds on it.
#include "planner/Bound.h"
#include "planner/Schedulers.h"

#include <limits>
#include <map>

namespace sennit::planner {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr int nobody = -1;
/// Shares are sums of decimals.
constexpr double shareSlack = 1e-9;

/// What a lane does.
struct Slot {
  int task = nobody;
  double left = 0;  ///< nanoseconds of work
  double share = 0; ///< on the memory and network lanes
  double speed = 0; ///< there: what the share achieves
  double end = 0;   ///< there
};

/// A schedule up to an instant.
struct State {
  double now = 0;
  Slot lanes[laneCount];
  std::vector<TaskTimes> times;
  std::vector<bool> started;
  std::vector<unsigned> missing; ///< predecessors that have not let go
  std::vector<double> readyAt;
  size_t finished = 0;
  /// Of the starts of this instant the last: lanes are served in order, so that each set of starts comes up
  /// once. What a start of this instant released may still begin on a lane that was passed.
  int lastLane = nobody;
  std::vector<bool> releasedNow;
};

class Tree {
public:
  Tree(const Problem &problem, const TaskGraph &graph, const std::vector<double> &shares, int64_t nodeLimit,
       const std::function<bool()> &stop)
      : problem(problem), graph(graph), nodeLimit(nodeLimit), stop(stop) {
    collectShares(shares, problem.memoryCurve, speeds[unsigned(Lane::Memory)]);
    collectShares(shares, problem.networkCurve, speeds[unsigned(Lane::Network)]);
    // Edges go forward, so that successors are known when a task's chain is.
    chain.resize(graph.tasks.size());
    for (size_t task = graph.tasks.size(); task-- > 0;) {
      chain[task] = graph.tasks[task].solo + longestAfterEnd(unsigned(task));
      for (unsigned edge = graph.firstSuccessor[task]; edge < graph.firstSuccessor[task + 1]; ++edge)
        if (graph.successors[edge].second == EdgeKind::StartToStart)
          chain[task] = std::max(chain[task], chain[graph.successors[edge].first]);
    }
    for (unsigned task = 0; task < graph.tasks.size(); ++task)
      byChain.push_back(task);
    std::sort(byChain.begin(), byChain.end(),
              [&](unsigned a, unsigned b) { return chain[a] != chain[b] ? chain[a] > chain[b] : a < b; });
  }

  /// False where the tree is too large or has no complete schedule.
  bool run() {
    State root;
    root.times.resize(graph.tasks.size());
    root.started.assign(graph.tasks.size(), false);
    root.releasedNow.assign(graph.tasks.size(), false);
    root.missing = graph.predecessors;
    root.readyAt.assign(graph.tasks.size(), 0.0);
    explore(root);
    return nodes <= nodeLimit && best.end < never;
  }

  Simulation best{{}, never};

private:
  /// Shares in falling order; of those that achieve the same only the least, and none that achieves nothing.
  static void collectShares(std::vector<double> shares, const Curve &curve,
                            std::vector<std::pair<double, double>> &result) {
    std::sort(shares.begin(), shares.end());
    double fastest = 0;
    for (double share : shares)
      if (share <= 1 && curve.at(share) > fastest)
        result.emplace_back(share, fastest = curve.at(share));
    std::reverse(result.begin(), result.end());
  }

  double joinOf(unsigned from, unsigned to) const {
    return graph.tasks[from].lane == graph.tasks[to].lane ? 0 : problem.join;
  }

  /// Nanoseconds that at least pass from the end of a task to the end of the last that waits for it.
  double longestAfterEnd(unsigned task) const {
    double longest = 0;
    for (unsigned edge = graph.firstSuccessor[task]; edge < graph.firstSuccessor[task + 1]; ++edge)
      if (const auto [to, kind] = graph.successors[edge]; kind == EdgeKind::FinishToStart)
        longest = std::max(longest, joinOf(task, to) + chain[to]);
    return longest;
  }

  bool exclusive(int task) const {
    return task != nobody && problem.nodes[graph.tasks[unsigned(task)].node].alsoNetwork;
  }

  static double shareLeft(const State &state) {
    return std::max(0.0, 1 - state.lanes[1].share - state.lanes[2].share);
  }

  double computeSpeed(const State &state) const {
    double bandwidth = 1;
    for (unsigned lane = 1; lane < laneCount; ++lane)
      if (const Slot &slot = state.lanes[lane]; slot.task != nobody)
        bandwidth -= slot.speed * graph.tasks[unsigned(slot.task)].memoryUse;
    const double speed = shareLeft(state), use = graph.tasks[unsigned(state.lanes[0].task)].memoryUse;
    return use > 0 ? std::min(speed, std::max(0.0, bandwidth) / use) : speed;
  }

  /// The end of no schedule that goes on from here is before it.
  double lowerBound(const State &state) const {
    double latest = state.now;
    std::vector<Task> left;
    for (unsigned task = 0; task < graph.tasks.size(); ++task)
      if (!state.started[task]) {
        latest = std::max(latest, std::max(state.now, state.readyAt[task]) + chain[task]);
        left.push_back(graph.tasks[task]);
      }
    for (unsigned lane = 0; lane < laneCount; ++lane)
      if (const Slot &slot = state.lanes[lane]; slot.task != nobody) {
        const double end = lane == 0 ? state.now + slot.left : slot.end;
        latest = std::max(latest, end + longestAfterEnd(unsigned(slot.task)));
        left.push_back(graph.tasks[unsigned(slot.task)]);
        left.back().solo = lane == 0 ? slot.left : (slot.end - state.now) * slot.speed;
      }
    return latest < best.end ? std::max(latest, state.now + fluidBound(problem, left)) : latest;
  }

  void explore(const State &state) {
    if (++nodes > nodeLimit)
      return;
    if (nodes % 64 == 0 && stop && stop()) {
      nodes = nodeLimit + 1;
      return;
    }
    if (state.finished == graph.tasks.size()) {
      if (state.now < best.end)
        best = {state.times, state.now};
      return;
    }
    if (lowerBound(state) >= best.end * (1 - 1e-12))
      return;
    for (unsigned task : byChain) {
      const unsigned lane = unsigned(graph.tasks[task].lane);
      if (state.started[task] || state.missing[task] > 0 || state.readyAt[task] > state.now ||
          state.lanes[lane].task != nobody || (int(lane) <= state.lastLane && !state.releasedNow[task]))
        continue;
      if (lane == 0) {
        if (!exclusive(int(task)) || state.lanes[2].task == nobody)
          begin(state, task, 1, 1);
      } else if (lane != 2 || !exclusive(state.lanes[0].task)) {
        for (const auto &[share, speed] : speeds[lane])
          if (share <= 1 - state.lanes[1].share - state.lanes[2].share + shareSlack)
            begin(state, task, share, speed);
      }
      if (nodes > nodeLimit)
        return;
    }
    wait(state);
  }

  void begin(const State &state, unsigned task, double share, double speed) {
    State next = state;
    const unsigned lane = unsigned(graph.tasks[task].lane);
    const double solo = graph.tasks[task].solo;
    next.lanes[lane] =
        lane == 0 ? Slot{int(task), solo} : Slot{int(task), solo, share, speed, next.now + solo / speed};
    next.started[task] = true;
    next.times[task] = {next.now, next.now, lane == 0 ? 1 : share};
    next.lastLane = int(lane);
    if (const int runs = next.lanes[0].task; runs != nobody)
      next.times[unsigned(runs)].share = std::min(next.times[unsigned(runs)].share, shareLeft(next));
    for (unsigned edge = graph.firstSuccessor[task]; edge < graph.firstSuccessor[task + 1]; ++edge)
      if (const auto [to, kind] = graph.successors[edge]; kind == EdgeKind::StartToStart) {
        next.readyAt[to] = std::max(next.readyAt[to], next.now);
        next.releasedNow[to] = --next.missing[to] == 0;
      }
    explore(next);
  }

  /// Leaves the lanes as they are until something ends or becomes ready.
  void wait(const State &state) {
    double until = never;
    for (unsigned lane = 1; lane < laneCount; ++lane)
      if (state.lanes[lane].task != nobody)
        until = std::min(until, state.lanes[lane].end);
    double computeEnd = never;
    const double speed = state.lanes[0].task != nobody ? computeSpeed(state) : 0;
    if (state.lanes[0].task != nobody && state.lanes[0].left == 0)
      computeEnd = state.now; // what takes no time ends at once, even where nothing is left to it
    else if (speed > 0)
      computeEnd = state.now + state.lanes[0].left / speed;
    until = std::min(until, computeEnd);
    for (unsigned task = 0; task < graph.tasks.size(); ++task)
      if (!state.started[task] && state.missing[task] == 0 && state.readyAt[task] > state.now)
        until = std::min(until, state.readyAt[task]);
    if (until == never)
      return;
    State next = state;
    next.lanes[0].left = std::max(0.0, next.lanes[0].left - (until - next.now) * speed);
    next.now = until;
    next.lastLane = nobody;
    next.releasedNow.assign(graph.tasks.size(), false);
    for (unsigned lane = 0; lane < laneCount; ++lane)
      if (next.lanes[lane].task != nobody && (lane == 0 ? computeEnd : next.lanes[lane].end) <= until)
        end(next, lane);
    if (firstHere(next))
      explore(next);
  }

  void end(State &state, unsigned lane) {
    const unsigned task = unsigned(state.lanes[lane].task);
    state.lanes[lane] = Slot();
    state.times[task].end = state.now;
    ++state.finished;
    for (unsigned edge = graph.firstSuccessor[task]; edge < graph.firstSuccessor[task + 1]; ++edge)
      if (const auto [to, kind] = graph.successors[edge]; kind == EdgeKind::FinishToStart) {
        state.readyAt[to] = std::max(state.readyAt[to], state.now + joinOf(task, to));
        --state.missing[to];
      }
  }

  /// Whether no state that is alike, but for what the way to it was, was reached as early.
  bool firstHere(const State &state) {
    // In millionths of a nanosecond: far below what tells two schedules apart.
    auto round = [](double time) { return int64_t(time * 1e6 + 0.5); };
    std::vector<int64_t> key;
    for (unsigned task = 0; task < graph.tasks.size(); ++task)
      key.push_back(state.started[task] ? -1 : round(std::max(0.0, state.readyAt[task] - state.now)));
    for (unsigned lane = 0; lane < laneCount; ++lane) {
      const Slot &slot = state.lanes[lane];
      key.push_back(slot.task);
      if (slot.task != nobody) {
        key.push_back(round(lane == 0 ? slot.left : slot.end - state.now));
        key.push_back(round(slot.share * 1e3));
      }
    }
    const auto [place, isNew] = earliest.try_emplace(std::move(key), state.now);
    if (!isNew && place->second <= state.now)
      return false;
    place->second = state.now;
    return true;
  }

  const Problem &problem;
  const TaskGraph &graph;
  const int64_t nodeLimit;
  const std::function<bool()> &stop;
  int64_t nodes = 0;
  std::vector<std::pair<double, double>> speeds[laneCount]; ///< by lane: share and what it achieves
  std::vector<double> chain; ///< nanoseconds from the start of a task to the end of the last that needs it
  std::vector<unsigned> byChain;
  std::map<std::vector<int64_t>, double> earliest;
};

} // namespace

Schedule scheduleExact(const Problem &problem, const std::vector<Cuts> &cuts,
                       const std::vector<double> &shares, int64_t nodeLimit,
                       const std::function<bool()> &stop) {
  if (problem.fixedLanes) // its tree decides share by share
    return {};
  const TaskGraph graph = makeTasks(problem, pairsOf(problem), cuts, problem.nodes.size());
  Tree tree(problem, graph, shares, nodeLimit, stop);
  if (!tree.run())
    return {};
  return {{}, solutionOf(problem, graph, cuts, tree.best), tree.best.end};
}

} // namespace sennit::planner
