// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/TileOverlap.h"

#include "planner/OpTime.h"

#include <map>

namespace sennit::planner {

TileOverlap overlapTiles(double gemm, double collective, int ranks, const Curve &network) {
  TileOverlap best;
  if (gemm <= 0 || collective <= 0)
    return {gemm + collective, 0};
  for (int percent = 5; percent <= 100; percent += 5) {
    const double share = percent / 100.0, sending = collective / network.at(share);
    const double time = tileOverlapNs(gemm, sending, ranks, share * sending / gemm);
    // Where the curve is straight from 0 shares tie but for rounding: the largest sends soonest.
    if (best.time == 0 || time <= best.time * (1 + 1e-12))
      best = {time, share};
  }
  return best;
}

namespace {

/// A linear of the plan, as the planner sees one: on the compute lane, and not small.
bool isLinear(const Node &node) {
  return node.lane == Lane::Compute && !node.minor && node.domain == RowDomain::All;
}

class Overlap {
public:
  Overlap(const Problem &problem, const std::vector<bool> &isAllReduce, int ranks)
      : problem(problem), made(problem), isAllReduce(isAllReduce), ranks(ranks) {}

  Problem run() {
    for (size_t index = 0; index < problem.nodes.size(); ++index)
      if (isAllReduce[index])
        take(index);
    return std::move(made);
  }

private:
  void take(size_t index) {
    const int before = producerOf(index);
    const int behind = linearBehind(index);
    if (before < 0 || behind < 0)
      return;
    const TimeCurve half = scaled(problem.nodes[index].time, 0.5);
    fuse(made.nodes[size_t(before)], half);
    fuse(made.nodes[size_t(behind)], half);
    Node &gone = made.nodes[index];
    gone.time = gone.memory = TimeCurve();
    gone.minor = true;
  }

  static TimeCurve scaled(const TimeCurve &curve, double factor) {
    std::vector<std::pair<double, double>> points = curve.points();
    for (auto &[rows, time] : points)
      time *= factor;
    return TimeCurve(std::move(points));
  }

  void fuse(Node &linear, const TimeCurve &collective) {
    // Both curves have the same rows where times follow from one load; given times are straight lines.
    std::vector<std::pair<double, double>> points;
    for (const auto &[rows, time] : linear.time.points())
      points.emplace_back(rows, overlapTiles(time, collective.at(rows), ranks, problem.networkCurve).time);
    linear.time = TimeCurve(std::move(points));
    linear.alsoNetwork = true;
  }

  /// The linear whose result the collective takes; -1: none, or one that others have taken.
  int producerOf(size_t index) const {
    int from = -1;
    for (const Use &use : problem.nodes[index].uses)
      if (!use.write)
        for (size_t earlier = 0; earlier < index; ++earlier)
          for (const Use &other : problem.nodes[earlier].uses)
            if (other.write && other.storage == use.storage)
              from = int(earlier);
    return from >= 0 && isLinear(problem.nodes[size_t(from)]) && !made.nodes[size_t(from)].alsoNetwork ? from
                                                                                                       : -1;
  }

  /// The next linear that depends on the collective through small nodes alone.
  int linearBehind(size_t index) const {
    std::map<unsigned, bool> reached;
    for (const Use &use : problem.nodes[index].uses)
      if (use.write)
        reached[use.storage] = true;
    for (size_t later = index + 1; later < problem.nodes.size(); ++later) {
      const Node &node = problem.nodes[later];
      bool takes = false;
      for (const Use &use : node.uses)
        takes |= !use.write && reached.count(use.storage);
      if (!takes)
        continue;
      if (isLinear(node))
        return made.nodes[later].alsoNetwork ? -1 : int(later);
      if (!node.minor)
        return -1;
      for (const Use &use : node.uses)
        if (use.write)
          reached[use.storage] = true;
    }
    return -1;
  }

  const Problem &problem;
  Problem made;
  const std::vector<bool> &isAllReduce;
  int ranks;
};

} // namespace

Problem withTileOverlap(const Problem &problem, const std::vector<bool> &isAllReduce, int ranks) {
  return Overlap(problem, isAllReduce, ranks).run();
}

} // namespace sennit::planner
