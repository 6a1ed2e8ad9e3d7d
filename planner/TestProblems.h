// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Problems that several tests of the planner look at.
#pragma once

#include "planner/Validator.h"

#include <algorithm>
#include <random>

namespace sennit::planner {

inline Use reads(unsigned storage, AccessRange range = AccessRange::Own) {
  return {storage, range, false};
}
inline Use writes(unsigned storage, AccessRange range = AccessRange::Own) {
  return {storage, range, true};
}

/// A kind of its own, once added to a problem by `problemOf`; `perRow` nanoseconds for each row.
inline Node nodeOf(std::string name, std::vector<Use> uses, Lane lane = Lane::Compute, double perRow = 10,
                   RowDomain domain = RowDomain::All) {
  Node node;
  node.name = node.op = std::move(name);
  node.lane = lane;
  node.domain = domain;
  node.time = TimeCurve::perRow(perRow);
  node.uses = std::move(uses);
  return node;
}

/// 100 rows, of which 50 are generated.
inline Problem problemOf(std::vector<Node> nodes) {
  Problem problem;
  problem.nodes = std::move(nodes);
  for (unsigned node = 0; node < problem.nodes.size(); ++node)
    problem.nodes[node].kind = node;
  problem.rows = problem.wanted = 100;
  problem.generated = 50;
  return problem;
}

/// The messages of the check, one a line, each behind the name of its node.
inline std::string reportOf(const Problem &problem, const Solution &solution) {
  std::string text;
  for (const Violation &violation : validate(problem, solution))
    text += problem.nodes[violation.node].name + ": " + violation.message + "\n";
  return text;
}

/// The end of the last piece, by the check's own integration.
inline double endByCheck(const Problem &problem, const Solution &solution) {
  double end = 0;
  for (const std::vector<double> &ends : endsOf(problem, solution))
    for (double time : ends)
      end = std::max(end, time);
  return end;
}

/// Milliseconds of a step over all layers, LLaMA-2-70B on 8 A100-80G, 2048 rows: prompt 512, output 1024, so
/// that 1365 rows are generated. Source: NanoFlow, OSDI 2025, measured column.
struct GoldenTimes {
  double kqv = 16.08, o = 16.01, upGate = 69.92, down = 34.96, decodeAttention = 35.60,
         prefillAttention = 4.56, network = 47.92;
};

inline constexpr int goldenLayers = 80;
inline constexpr unsigned goldenKinds = 8;

/// Interference on A100. Source: NanoFlow, OSDI 2025.
inline void setGoldenCurves(Problem &problem) {
  problem.memoryCurve =
      *Curve::make({{0, 0}, {.1, .2}, {.2, .3}, {.4, .8}, {.8, .85}, {.9, .95}, {1, 1}}, "memory");
  problem.networkCurve = *Curve::make({{0, 0}, {.1, .3}, {.2, .5}, {.8, .9}, {.9, 1}, {1, 1}}, "network");
}

/// The step as it comes from op times: a piece costs its share of rows, the network is two equal all-reduces
/// for each layer. `penalty` makes linears and attention slower for each piece after the first. With fewer
/// layers each still costs an 80th of `times`, and with other rows each row costs the same.
inline Problem goldenProblem(const GoldenTimes &times = {}, double penalty = 0, int layers = goldenLayers,
                             int64_t rows = 2048, int64_t generated = 1365) {
  Problem problem;
  problem.rows = problem.wanted = rows;
  problem.generated = generated;
  setGoldenCurves(problem);
  unsigned state = 0, storage = 1;
  for (int layer = 0; layer < layers; ++layer) {
    auto add = [&](const char *op, unsigned kind, double milliseconds, int64_t ofRows, Lane lane,
                   RowDomain domain, std::vector<Use> uses) {
      Node node = nodeOf(std::to_string(layer) + "." + op, std::move(uses), lane,
                         milliseconds * 1e6 / goldenLayers / double(ofRows), domain);
      node.op = op;
      node.layer = layer;
      node.kind = kind;
      node.splitPenalty = lane == Lane::Network ? 0 : penalty;
      problem.nodes.push_back(std::move(node));
    };
    const unsigned qkv = storage, cache = storage + 1, attended = storage + 2, part = storage + 3,
                   middle = storage + 4, up = storage + 5, down = storage + 6, next = storage + 7;
    storage += 8;
    add("kqv", 0, times.kqv, 2048, Lane::Compute, RowDomain::All, {reads(state), writes(qkv), writes(cache)});
    add("decode_attention", 1, times.decodeAttention, 1365, Lane::Memory, RowDomain::Generated,
        {reads(qkv), reads(cache, AccessRange::Before), writes(attended)});
    add("prefill_attention", 2, times.prefillAttention, 683, Lane::Compute, RowDomain::Prompt,
        {reads(qkv), reads(cache, AccessRange::Before), writes(attended)});
    add("o", 3, times.o, 2048, Lane::Compute, RowDomain::All, {reads(attended), writes(part)});
    add("network", 4, times.network / 2, 2048, Lane::Network, RowDomain::All, {reads(part), writes(middle)});
    add("up_gate", 5, times.upGate, 2048, Lane::Compute, RowDomain::All, {reads(middle), writes(up)});
    add("down", 6, times.down, 2048, Lane::Compute, RowDomain::All, {reads(up), writes(down)});
    add("network2", 7, times.network / 2, 2048, Lane::Network, RowDomain::All, {reads(down), writes(next)});
    state = next;
  }
  return problem;
}

/// A curve of up to six corners; one in four rises first at a positive share.
inline Curve randomCurve(std::mt19937_64 &random) {
  auto uniform = [&] { return double(random() >> 11) * 0x1.0p-53; };
  std::vector<double> shares = {0, 1}, fractions = {0, 1};
  for (size_t corner = random() % 5; corner > 0; --corner) {
    shares.push_back(0.02 + 0.96 * uniform());
    fractions.push_back(random() % 4 == 0 && corner == 1 ? 0 : 0.02 + 0.96 * uniform());
  }
  std::sort(shares.begin(), shares.end());
  std::sort(fractions.begin(), fractions.end());
  std::vector<std::pair<double, double>> points;
  for (size_t corner = 0; corner < shares.size(); ++corner)
    points.emplace_back(shares[corner], fractions[corner]);
  return *Curve::make(points, "random");
}

/// Up to `mostNodes` nodes in up to three layers of one structure, with accesses, domains, curves, penalties,
/// edges, joins, launches and memory traffic of all kinds; no memory limits.
inline Problem randomProblem(std::mt19937_64 &random, unsigned mostNodes) {
  auto uniform = [&] { return double(random() >> 11) * 0x1.0p-53; };
  auto oneIn = [&](unsigned count) { return random() % count == 0; };
  Problem problem;
  problem.rows = 1 + int64_t(random() % 200);
  problem.generated = int64_t(random() % uint64_t(problem.rows + 1));
  problem.wanted = 1 + int64_t(random() % uint64_t(problem.rows));
  problem.rowQuantum = oneIn(3) ? 8 : 1;
  problem.join = oneIn(2) ? 0 : 50 * uniform();
  if (!oneIn(4)) {
    problem.memoryCurve = randomCurve(random);
    problem.networkCurve = randomCurve(random);
  }
  const unsigned layers = mostNodes < 3 ? 1 : 1 + unsigned(random() % 3);
  const unsigned kinds = 1 + unsigned(random() % (mostNodes / layers));
  std::vector<Node> structure(kinds);
  for (unsigned kind = 0; kind < kinds; ++kind) {
    Node &node = structure[kind];
    node.kind = kind;
    node.lane = oneIn(2) ? Lane::Compute : oneIn(2) ? Lane::Memory : Lane::Network;
    node.domain = oneIn(2) ? RowDomain::All : RowDomain(random() % 4);
    const double perRow = oneIn(12) ? 0 : 1 + 99 * uniform(), launch = oneIn(2) ? 0 : 200 * uniform();
    node.time = launch > 0 ? TimeCurve({{1, launch + perRow}, {200, launch + 200 * perRow}})
                           : TimeCurve::perRow(perRow);
    const double traffic = oneIn(3) ? 0 : uniform();
    node.memory = TimeCurve::perRow(traffic * perRow);
    node.splitPenalty = oneIn(2) ? 0 : 0.3 * uniform();
    node.whole = oneIn(6);
    node.alsoNetwork = node.lane == Lane::Compute && oneIn(6);
  }
  const unsigned storages = 2 + layers * kinds;
  for (unsigned layer = 0; layer < layers; ++layer)
    for (const Node &prototype : structure) {
      Node node = prototype;
      const unsigned index = unsigned(problem.nodes.size());
      node.name = node.op = "n" + std::to_string(index);
      node.layer = int(layer);
      // Mostly what the few nodes before wrote, so that chains come about.
      for (size_t use = random() % 3; use > 0; --use)
        node.uses.push_back(reads(unsigned(index > 0 && !oneIn(4) ? index - 1 - random() % std::min(index, 3u)
                                                                  : random() % storages),
                                  oneIn(2) ? AccessRange::Own : AccessRange(random() % 3)));
      node.uses.push_back(writes(oneIn(5) ? unsigned(random() % storages) : index,
                                 oneIn(4) ? AccessRange(random() % 3) : AccessRange::Own));
      if (index > 0 && oneIn(4))
        problem.edges.push_back(
            {unsigned(random() % index), index, oneIn(2) ? EdgeKind::StartToStart : EdgeKind::FinishToStart});
      problem.nodes.push_back(std::move(node));
    }
  return problem;
}

} // namespace sennit::planner
