// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/OpTime.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sennit::planner {
namespace {

/// Nanoseconds without the launch.
struct Part {
  double ns;
  Basis basis;
};

/// The part of the tensor that each rank of a ring sends.
double wireFraction(Collective kind, double ranks) {
  switch (kind) {
  case Collective::AllReduce:
    return 2 * (ranks - 1) / ranks;
  case Collective::AllGather:
  case Collective::ReduceScatter:
  case Collective::AllToAll:
    return (ranks - 1) / ranks;
  case Collective::Broadcast:
  case Collective::SendReceive:
    return 1;
  }
  return 1;
}

double stepsOf(Collective kind, double ranks) {
  if (kind == Collective::SendReceive)
    return 1;
  return kind == Collective::AllReduce ? 2 * (ranks - 1) : ranks - 1;
}

double alphaBeta(const Link &link, Collective kind, double ranks, double bytes) {
  if (link.gbPerSecond == 0)
    return std::numeric_limits<double>::infinity();
  return stepsOf(kind, ranks) * link.latencyUs * 1e3 +
         wireFraction(kind, ranks) * bytes / (link.gbPerSecond * link.efficiency);
}

/// The table's microseconds at `bytes`, straight between its points and in the direction of the last two
/// behind them, though never faster than the link.
double microseconds(const Target &target, const CollectiveTimes &times, double bytes) {
  const std::vector<double> &x = times.usByBytes.x, &y = times.usByBytes.y;
  auto upper = std::lower_bound(x.begin(), x.end(), bytes);
  size_t index = upper - x.begin();
  if (upper != x.end() && (index == 0 || *upper == bytes))
    return y[index];
  if (upper != x.end())
    return y[index - 1] + (bytes - x[index - 1]) / (x[index] - x[index - 1]) * (y[index] - y[index - 1]);
  double slope = wireFraction(times.kind, times.ranks) / (target.node.gbPerSecond * 1e3);
  if (x.size() > 1)
    slope = std::max(slope, (y.back() - y[y.size() - 2]) / (x.back() - x[x.size() - 2]));
  return y.back() + (bytes - x.back()) * slope;
}

/// Between devices of one node. Numbers of ranks that the table lacks lie between their neighbours in the
/// logarithm of ranks; beyond the last they follow the alpha-beta model from there on.
Part inNode(const Target &target, Collective kind, double ranks, double bytes) {
  const CollectiveTimes *below = nullptr, *above = nullptr;
  for (const CollectiveTimes &times : target.collectives) {
    if (times.kind != kind)
      continue;
    if (times.ranks <= ranks && (!below || times.ranks > below->ranks))
      below = &times;
    if (times.ranks >= ranks && (!above || times.ranks < above->ranks))
      above = &times;
  }
  auto fromTable = [&](const CollectiveTimes &times) {
    return std::max(0.0, microseconds(target, times, bytes) - target.launchUs) * 1e3;
  };
  if (below && above) {
    double ns = fromTable(*below);
    if (below != above)
      ns += std::log(ranks / below->ranks) / std::log(double(above->ranks) / below->ranks) *
            (fromTable(*above) - ns);
    return {ns, Basis::CollectiveTable};
  }
  double modelled = alphaBeta(target.node, kind, ranks, bytes);
  if (const CollectiveTimes *nearest = below ? below : above)
    return {fromTable(*nearest) * modelled / alphaBeta(target.node, kind, nearest->ranks, bytes),
            Basis::CollectiveTable};
  return {modelled, Basis::AlphaBeta};
}

/// Over `nodes` nodes with `perNode` ranks in each. Every rank of a node sends its part of the tensor over
/// its own link to the network.
double acrossNodes(const Target &target, Collective kind, double perNode, double nodes, double bytes) {
  auto node = [&](Collective part, double size) {
    return perNode > 1 ? inNode(target, part, perNode, size).ns : 0;
  };
  auto network = [&](double size) { return alphaBeta(target.network, kind, nodes, size); };
  switch (kind) {
  case Collective::AllReduce:
    return node(Collective::ReduceScatter, bytes) + network(bytes / perNode) +
           node(Collective::AllGather, bytes);
  case Collective::AllGather:
  case Collective::ReduceScatter:
    return network(bytes / perNode) + node(kind, bytes);
  case Collective::AllToAll:
    return network(bytes) + node(kind, bytes / nodes);
  case Collective::Broadcast:
    return network(bytes) + node(kind, bytes);
  case Collective::SendReceive:
    return network(bytes);
  }
  return 0;
}

} // namespace

OpTime collectiveTime(const Target &target, Collective kind, int64_t ranks, double bytes, bool crossesNodes) {
  OpTime time;
  time.basis = Basis::AlphaBeta;
  if (ranks < 2)
    return time;
  time.launchNs = target.launchUs * 1e3;
  if (ranks > target.devices) {
    time.ns = std::numeric_limits<double>::infinity();
    return time;
  }
  int64_t allNodes = target.devices / target.devicesPerNode;
  int64_t fewest = (ranks + target.devicesPerNode - 1) / target.devicesPerNode;
  int64_t nodes = crossesNodes ? std::min(ranks, allNodes) : fewest;
  int64_t perNode = (ranks + nodes - 1) / nodes;
  Part part = nodes == 1 ? inNode(target, kind, ranks, bytes)
                         : Part{acrossNodes(target, kind, perNode, nodes, bytes), Basis::AlphaBeta};
  time.basis = part.basis;
  time.ns = time.launchNs + part.ns;
  return time;
}

} // namespace sennit::planner
