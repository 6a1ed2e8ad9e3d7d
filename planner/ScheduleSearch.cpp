// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/ScheduleParts.h"

#include <chrono>
#include <cmath>
#include <random>

namespace sennit::planner {

namespace {

/// A change of the plan must gain this part of its time to count: a cut that gains less is not worth its
/// launches.
constexpr double worthwhile = 2e-4;
/// How much worse than the current one a schedule may be that the walk goes on from, at first.
constexpr double firstTolerance = 4e-3;

/// Equal layers find a steady state: of many, so many are tried, and the others counted at the period of
/// these.
constexpr int sampleLayers = 16;

/// The nodes up to the last of the sample's layers; all of them where there are hardly more.
Problem sampleOf(const Problem &problem) {
  Problem sample = problem;
  if (problem.layers() <= sampleLayers + sampleLayers / 2)
    return sample;
  auto beyond = std::find_if(sample.nodes.begin(), sample.nodes.end(),
                             [](const Node &node) { return node.layer >= sampleLayers; });
  const unsigned count = unsigned(beyond - sample.nodes.begin());
  sample.nodes.erase(beyond, sample.nodes.end());
  std::erase_if(sample.edges, [&](const Edge &edge) { return edge.to >= count; });
  return sample;
}

class Search {
public:
  Search(const Problem &problem, const SearchOptions &options)
      : problem(problem), options(options), evaluator(problem), sample(sampleOf(problem)),
        sampleEvaluator(sample), random(options.seed), started(std::chrono::steady_clock::now()),
        laneOfKind(problem.kinds(), Lane::Compute), wholeKind(problem.kinds(), false) {
    for (const Node &node : problem.nodes) {
      laneOfKind[node.kind] = node.lane;
      wholeKind[node.kind] = node.whole;
    }
    if (sample.nodes.size() < problem.nodes.size())
      layersLeftOut = problem.layers() - sampleLayers;
    for (double share = 0.05; share < 0.99; share += 0.05)
      shares.push_back(std::round(share * 100) / 100);
    for (const Curve *curve : {&problem.memoryCurve, &problem.networkCurve})
      for (const auto &[share, fraction] : curve->points())
        if (share > 0)
          shares.push_back(share);
    std::sort(shares.begin(), shares.end());
    shares.erase(std::unique(shares.begin(), shares.end()), shares.end());
  }

  SearchResult run() {
    const int fewest = options.equalParts > 0 ? options.equalParts : 1;
    const int most = options.fixedCuts        ? fewest
                     : options.equalParts > 0 ? options.equalParts
                                              : options.maxParts;
    std::vector<Walk> walks;
    for (int parts = fewest; parts <= most; ++parts) {
      std::vector<Walk> ofParts;
      for (std::vector<KindChoice> &kinds : evaluator.listCandidates(parts, parts, options.fixedCuts)) {
        const double end = evaluate(kinds);
        ofParts.push_back({std::move(kinds), end});
        offer(ofParts.back());
        if (outOfTime())
          return finish();
      }
      std::stable_sort(ofParts.begin(), ofParts.end(),
                       [](const Walk &a, const Walk &b) { return a.end < b.end; });
      for (size_t place = 0; place < ofParts.size() && place < 2; ++place)
        walks.push_back(ofParts[place]);
    }
    // Half of the effort on a walk from each start, the other half on the best of them.
    const int64_t each = options.iterations / 2 / int64_t(walks.size());
    for (Walk &walk : walks)
      if (!climb(walk, each))
        return finish();
    const int64_t left = options.iterations - each * int64_t(walks.size());
    for (int round = 0; round < 4; ++round) {
      if (round == 2) // what the sample cannot tell
        takeWhole();
      Walk walk{best.kinds, evaluate(best.kinds)};
      if (!climb(walk, left / 4))
        break;
    }
    return finish();
  }

private:
  struct Walk {
    std::vector<KindChoice> kinds;
    double end = 0; ///< estimated from the sample; of the best one exact
  };

  struct Kept {
    std::vector<Cuts> cuts;
    TaskGraph graph;
  };

  /// The end of the step as the sample tells it: fill and drain as they are, the layers that are left out at
  /// the period of those in its middle.
  double evaluate(const std::vector<KindChoice> &kinds) {
    const TaskGraph &graph = graphOf(kinds);
    const Simulation simulation = active->simulate(graph, kinds);
    return simulation.end + (layersLeftOut > 0 ? layersLeftOut * periodOf(graph, simulation) : 0);
  }

  /// From now on every layer counts.
  void takeWhole() {
    if (layersLeftOut == 0)
      return;
    layersLeftOut = 0;
    active = &evaluator;
    bestEstimate = cost(best);
    for (Kept &graph : kept)
      graph = Kept();
  }

  double periodOf(const TaskGraph &graph, const Simulation &simulation) const {
    constexpr int first = sampleLayers / 2 - 2, last = sampleLayers - 3;
    double sums[2] = {}, counts[2] = {};
    for (size_t task = 0; task < graph.tasks.size(); ++task)
      if (const int layer = sample.nodes[graph.tasks[task].node].layer; layer == first || layer == last) {
        sums[layer == last] += simulation.tasks[task].start;
        ++counts[layer == last];
      }
    return counts[0] > 0 && counts[1] > 0 ? (sums[1] / counts[1] - sums[0] / counts[0]) / (last - first) : 0;
  }

  /// Most changes leave the cuts as they are, of the walk or of the try before: their tasks are kept.
  const TaskGraph &graphOf(const std::vector<KindChoice> &kinds) {
    auto cutAlike = [&](const Kept &kept) {
      return kept.cuts.size() == kinds.size() &&
             std::equal(kinds.begin(), kinds.end(), kept.cuts.begin(),
                        [](const KindChoice &kind, const Cuts &cuts) { return kind.cuts == cuts; });
    };
    if (!cutAlike(kept[latest])) {
      latest = 1 - latest;
      if (!cutAlike(kept[latest])) {
        kept[latest].cuts = cutsOf(kinds);
        kept[latest].graph = active->tasksOf(kinds);
      }
    }
    return kept[latest].graph;
  }

  static size_t piecesOf(const std::vector<KindChoice> &kinds) {
    size_t pieces = 0;
    for (const KindChoice &kind : kinds)
      pieces += kind.pieces.size();
    return pieces;
  }

  /// More pieces must gain something, fewer may lose as little.
  double cost(const Walk &walk) const {
    return walk.end * (1 + worthwhile * double(piecesOf(walk.kinds)) / double(problem.kinds()));
  }

  /// What looks better by the sample is held against the incumbent by the whole step.
  void offer(const Walk &walk) {
    if (!best.kinds.empty() && cost(walk) >= bestEstimate)
      return;
    bestEstimate = cost(walk);
    Walk exact = walk;
    if (layersLeftOut > 0)
      exact.end = evaluator.simulate(evaluator.tasksOf(walk.kinds), walk.kinds).end;
    if (!best.kinds.empty() && cost(exact) >= cost(best))
      return;
    best = std::move(exact);
    if (options.onImproved)
      options.onImproved(iterations, best.end);
  }

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }
  bool outOfTime() {
    return stopped = stopped || (options.budgetSeconds > 0 && seconds() > options.budgetSeconds) ||
                     (options.stop && options.stop());
  }

  /// False when the budget is used up.
  bool climb(Walk &walk, int64_t steps) {
    for (int64_t step = 0; step < steps; ++step) {
      if (outOfTime())
        return false;
      Walk next = walk;
      if (!change(next.kinds))
        continue;
      evaluator.follow(next.kinds);
      ++iterations;
      next.end = evaluate(next.kinds);
      const double tolerance = firstTolerance * std::pow(1 - double(step) / double(steps), 2);
      if (cost(next) <= cost(walk) * (1 + tolerance * uniform())) {
        walk = std::move(next);
        offer(walk);
      }
    }
    return true;
  }

  /// Leaves out the cuts of a kind, and then of all, that gain nothing.
  void simplify() {
    if (options.equalParts > 0 || options.fixedCuts)
      return;
    takeWhole();
    for (size_t kind = 0; kind <= best.kinds.size(); ++kind) {
      Walk walk = best;
      for (size_t other = 0; other < walk.kinds.size(); ++other)
        if (other == kind || kind == best.kinds.size()) {
          walk.kinds[other].cuts.clear();
          walk.kinds[other].pieces.resize(1);
        }
      evaluator.follow(walk.kinds);
      walk.end = evaluate(walk.kinds);
      offer(walk);
    }
  }

  SearchResult finish() {
    simplify();
    SearchResult result;
    result.schedule = scheduleBy(problem, best.kinds);
    result.iterations = iterations;
    result.seconds = seconds();
    result.stoppedByBudget = stopped;
    return result;
  }

  double uniform() { return double(random() >> 11) * 0x1.0p-53; }
  size_t below(size_t count) { return size_t(random() % count); }

  /// A kind that follows no other.
  size_t decider() {
    for (;;)
      if (const size_t kind = below(laneOfKind.size()); !evaluator.follows(kind))
        return kind;
  }

  bool change(std::vector<KindChoice> &kinds) {
    const double which = uniform();
    if (which < 0.30)
      return changeShare(kinds);
    if (which < 0.65)
      return changeOrder(kinds);
    if (options.equalParts > 0 || options.fixedCuts)
      return changeShare(kinds);
    if (which < 0.85)
      return moveCut(kinds);
    return which < 0.93 ? removeCut(kinds) : addCut(kinds);
  }

  /// One piece, all pieces of a kind, or all kinds of the lane.
  bool changeShare(std::vector<KindChoice> &kinds) {
    const size_t kind = below(kinds.size());
    if (laneOfKind[kind] == Lane::Compute)
      return false;
    const size_t piece = below(kinds[kind].pieces.size()), scope = below(4);
    const bool idle = below(5) == 0;
    double share = idle ? kinds[kind].pieces[piece].idleShare : kinds[kind].pieces[piece].share;
    const size_t how = below(4);
    if (how == 0) { // a little more or less
      const double step = below(2) ? 0.01 : 0.002;
      share = std::clamp(std::round((share + (below(2) ? step : -step)) * 1000) / 1000, 0.01, 1.0);
    } else if (how == 1) {
      share = shares[below(shares.size())];
    } else { // the next one up or down
      const size_t place = size_t(std::lower_bound(shares.begin(), shares.end(), share) - shares.begin());
      share = shares[std::min(shares.size() - 1, below(2) ? place + 1 : place > 0 ? place - 1 : 0)];
    }
    auto set = [&](TaskChoice &choice) { (idle ? choice.idleShare : choice.share) = share; };
    for (size_t other = 0; other < kinds.size(); ++other) {
      if (other != kind && (scope != 0 || laneOfKind[other] != laneOfKind[kind]))
        continue;
      for (size_t place = 0; place < kinds[other].pieces.size(); ++place)
        if (scope < 2 || place == piece)
          set(kinds[other].pieces[place]);
    }
    return true;
  }

  /// One piece, or a nano-batch as a whole.
  bool changeOrder(std::vector<KindChoice> &kinds) {
    const size_t kind = decider();
    const size_t piece = below(kinds[kind].pieces.size());
    const double shift = (uniform() * 2 - 1) * (below(3) == 0 ? 1.0 : 0.25);
    if (below(3) != 0) {
      kinds[kind].pieces[piece].order += shift;
      return true;
    }
    for (KindChoice &other : kinds)
      if (piece < other.pieces.size() && other.pieces.size() == kinds[kind].pieces.size())
        other.pieces[piece].order += shift;
    return true;
  }

  /// A kind that has cuts, or none.
  int cutKind(const std::vector<KindChoice> &kinds) {
    const size_t kind = decider();
    return kinds[kind].cuts.empty() ? -1 : int(kind);
  }

  /// In one kind, or wherever there is a cut at that row.
  bool moveCut(std::vector<KindChoice> &kinds) {
    const int kind = cutKind(kinds);
    if (kind < 0)
      return false;
    const int64_t from = kinds[size_t(kind)].cuts[below(kinds[size_t(kind)].cuts.size())];
    int64_t to;
    if (below(6) == 0 && problem.generated > 0) {
      to = problem.generated; // where the roles meet
    } else {
      const double most = double(problem.rows) * (below(2) ? 0.2 : 0.04);
      to = evaluator.roundToQuantum(from + int64_t((uniform() * 2 - 1) * most));
    }
    if (to == from || to <= 0 || to >= problem.rows)
      return false;
    bool moved = false;
    const bool all = below(3) != 0;
    for (size_t other = 0; other < kinds.size(); ++other) {
      if (!all && other != size_t(kind))
        continue;
      Cuts &cuts = kinds[other].cuts;
      auto place = std::find(cuts.begin(), cuts.end(), from);
      if (place == cuts.end())
        continue;
      const int64_t before = place == cuts.begin() ? 0 : *std::prev(place);
      const int64_t after = std::next(place) == cuts.end() ? problem.rows : *std::next(place);
      if (to <= before || to >= after)
        continue;
      *place = to;
      moved = true;
    }
    return moved;
  }

  bool removeCut(std::vector<KindChoice> &kinds) {
    const int kind = cutKind(kinds);
    if (kind < 0)
      return false;
    const int64_t row = kinds[size_t(kind)].cuts[below(kinds[size_t(kind)].cuts.size())];
    const bool all = below(3) == 0;
    for (size_t other = 0; other < kinds.size(); ++other) {
      if (!all && other != size_t(kind))
        continue;
      KindChoice &choice = kinds[other];
      auto place = std::find(choice.cuts.begin(), choice.cuts.end(), row);
      if (place == choice.cuts.end())
        continue;
      const auto index = place - choice.cuts.begin();
      choice.cuts.erase(place);
      choice.pieces.erase(choice.pieces.begin() + index + int(below(2)));
    }
    return true;
  }

  /// At a row where another kind has a cut, or in the middle of a piece.
  bool addCut(std::vector<KindChoice> &kinds) {
    const size_t kind = decider();
    if (wholeKind[kind])
      return false;
    const bool all = below(3) == 0;
    const int other = cutKind(kinds);
    int64_t row;
    if (other >= 0 && !all) {
      row = kinds[size_t(other)].cuts[below(kinds[size_t(other)].cuts.size())];
    } else {
      const Cuts &cuts = kinds[kind].cuts;
      const size_t piece = below(cuts.size() + 1);
      const int64_t begin = piece == 0 ? 0 : cuts[piece - 1];
      const int64_t end = piece == cuts.size() ? problem.rows : cuts[piece];
      row = evaluator.roundToQuantum(begin + (end - begin) / 2);
    }
    bool added = false;
    for (size_t place = 0; place < kinds.size(); ++place) {
      KindChoice &choice = kinds[place];
      if ((place != kind && !all) || wholeKind[place] || int(choice.pieces.size()) >= options.maxParts)
        continue;
      auto at = std::lower_bound(choice.cuts.begin(), choice.cuts.end(), row);
      if ((at != choice.cuts.end() && *at == row) || row <= 0 || row >= problem.rows)
        continue;
      const auto index = at - choice.cuts.begin();
      choice.cuts.insert(at, row);
      TaskChoice copy = choice.pieces[size_t(index)];
      copy.order += 0.25;
      choice.pieces.insert(choice.pieces.begin() + index + 1, copy);
      added = true;
    }
    return added;
  }

  const Problem &problem;
  const SearchOptions &options;
  const Evaluator evaluator;
  const Problem sample;
  const Evaluator sampleEvaluator;
  const Evaluator *active = &sampleEvaluator;
  int layersLeftOut = 0;
  double bestEstimate = 0;
  std::mt19937_64 random;
  const std::chrono::steady_clock::time_point started;
  std::vector<Lane> laneOfKind;
  std::vector<bool> wholeKind;
  std::vector<double> shares;
  Walk best;
  int64_t iterations = 0;
  bool stopped = false;
  Kept kept[2];
  size_t latest = 0;
};

} // namespace

SearchResult scheduleSearch(const Problem &problem, const SearchOptions &options) {
  if (problem.nodes.empty())
    return {};
  return Search(problem, options).run();
}

} // namespace sennit::planner
