// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Validator.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

namespace sennit::planner {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

/// A piece at its place in time.
struct Run {
  unsigned node;
  const Piece *what;
  double start, end;
  double rows;    ///< that it has at this load; none: it is not there
  double work;    ///< nanoseconds alone on the whole machine
  double traffic; ///< part of the memory bandwidth that it takes when alone
  double speed;   ///< part of its speed alone that its share reaches; not on the compute lane
};

/// Nanoseconds that the sums which a time comes from may be off.
double rounding(double time) {
  return 1e-6 + 1e-9 * std::abs(time);
}

/// Two times that differ by less than rounding are one.
bool before(double a, double b) {
  return b == never ? a < b : a < b - std::max(rounding(a), rounding(b));
}

std::string rowText(int64_t begin, int64_t end) {
  return std::to_string(begin) + " to " + (end == lastRow ? "max" : std::to_string(end));
}

std::string numberText(double value) {
  std::ostringstream text;
  text.precision(9);
  text << value;
  return text.str();
}

std::string laneText(Lane lane) {
  return schema::EnumNameLane(lane);
}

class Check {
public:
  Check(const Problem &problem, const Solution &solution) : problem(problem), solution(solution) {
    for (unsigned node = 0; node < problem.nodes.size(); ++node) {
      const Node &facts = problem.nodes[node];
      size_t full = 0;
      for (const Piece &piece : solution.pieces[node])
        full += rowsOf(problem, facts, piece.begin, piece.end) > 0;
      for (const Piece &piece : solution.pieces[node]) {
        const double rows = rowsOf(problem, facts, piece.begin, piece.end);
        const double work = rows > 0 ? soloTime(facts, rows, full) : 0;
        const double traffic = work > 0 ? std::min(1.0, facts.memory.at(rows) / work) : 0;
        runs.push_back({node, &piece, piece.start, 0, rows, work, traffic, 1});
      }
    }
    // Those that keep their share end by it alone; arithmetic then takes what they leave.
    for (Run &run : runs)
      if (run.what->lane != Lane::Compute) {
        run.speed = curveOf(run).at(run.what->share);
        const double duration = run.work == 0 ? 0 : run.speed > 0 ? run.work / run.speed : never;
        settle(run, run.start + duration);
      }
    for (const Run &run : runs)
      if (run.what->lane != Lane::Compute && run.work > 0)
        partners.push_back(&run);
    std::stable_sort(partners.begin(), partners.end(),
                     [](const Run *a, const Run *b) { return a->start < b->start; });
    for (const Run *run : partners)
      laneShares[run->what->lane] = std::max(laneShares[run->what->lane], run->what->share);
    if (problem.fixedLanes)
      for (const auto &[lane, share] : laneShares)
        reserved = std::min(1.0, reserved + share);
    std::vector<double> instants;
    double latest = 0;
    for (const Run *run : partners) {
      instants.push_back(run->start);
      instants.push_back(run->end);
      latestEnd.push_back(latest = std::max(latest, run->end));
    }
    std::sort(instants.begin(), instants.end());
    for (Run &run : runs)
      if (run.what->lane == Lane::Compute)
        settle(run, endOfArithmetic(run, instants));
  }

  const std::vector<Run> &all() const { return runs; }

  void checkRows() {
    for (unsigned node = 0; node < problem.nodes.size(); ++node) {
      std::vector<Piece> sorted = solution.pieces[node];
      std::sort(sorted.begin(), sorted.end(), [](const Piece &a, const Piece &b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
      });
      int64_t next = 0;
      for (const Piece &piece : sorted) {
        if (piece.begin > next)
          add(node, -1, "expected a piece for rows " + rowText(next, piece.begin) + ", found none");
        if (piece.begin < next)
          add(node, -1,
              "expected one piece for each row, found two for rows " +
                  rowText(piece.begin, std::min(next, piece.end)));
        if (piece.begin > 0 && piece.begin >= problem.rows && problem.nodes[node].domain != RowDomain::Wanted)
          add(node, -1,
              "expected pieces that begin within the " + std::to_string(problem.rows) +
                  " rows of the step, found rows " + rowText(piece.begin, piece.end));
        next = std::max(next, piece.end);
      }
      if (next != lastRow)
        add(node, -1, "expected a piece for rows " + rowText(next, lastRow) + ", found none");
    }
    std::vector<size_t> pieces(problem.nodes.size(), 0);
    for (const Run &run : runs)
      pieces[run.node] += run.rows > 0;
    for (unsigned node = 0; node < problem.nodes.size(); ++node)
      if (problem.nodes[node].whole && pieces[node] > 1)
        add(node, -1,
            "expected one piece of '" + problem.nodes[node].name + "', which must not be cut, found " +
                std::to_string(pieces[node]));
  }

  void checkFigures() {
    for (const Run &run : runs) {
      const Piece &piece = *run.what;
      if (!(piece.start >= 0 && piece.start < never))
        add(run.node, -1,
            "expected " + pieceText(run) + " to start at 0 or later, found " + numberText(piece.start));
      if (!(piece.share >= 0 && piece.share <= 1 + 1e-9))
        add(run.node, -1,
            "expected a share from 0 to 1 for " + pieceText(run) + ", found " + numberText(piece.share));
      if (!(piece.finish >= 0 && piece.finish < never))
        add(run.node, -1,
            "expected " + pieceText(run) + " to end at a finite time, found " + numberText(piece.finish));
    }
  }

  void checkLanes() {
    std::map<Lane, std::vector<const Run *>> lanes;
    for (const Run &run : runs) {
      const Lane own = problem.nodes[run.node].lane;
      if (run.what->lane != own && run.what->lane != Lane::Compute)
        add(run.node, -1,
            "expected " + pieceText(run) + " on lane Compute" +
                (own == Lane::Compute ? "" : " or " + laneText(own)) + ", found lane " +
                laneText(run.what->lane));
      if (run.work == 0)
        continue;
      lanes[run.what->lane].push_back(&run);
      if (problem.nodes[run.node].alsoNetwork)
        lanes[Lane::Network].push_back(&run);
    }
    for (auto &[lane, list] : lanes) {
      std::sort(list.begin(), list.end(), [](const Run *a, const Run *b) {
        return std::tuple(a->start, a->node, a->what->begin) < std::tuple(b->start, b->node, b->what->begin);
      });
      const Run *running = nullptr; // the one that ends last among those that started
      for (const Run *run : list) {
        if (running && before(run->start, running->end))
          add(run->node, int(running->node),
              "expected lane " + laneText(lane) + " to be free at " + numberText(run->start) + " for " +
                  pieceText(*run) + ", found " + pieceText(*running) + " until " + numberText(running->end));
        if (!running || run->end > running->end)
          running = run;
      }
    }
  }

  /// The sum of shares can grow only where a piece on the memory or network lane starts.
  void checkShares() {
    for (const Run &run : runs) {
      if (run.work == 0 || run.what->lane == Lane::Compute)
        continue;
      const double sum = takenAt(run.start);
      if (sum > 1 + 1e-9)
        add(run.node, -1,
            "expected shares of at most 1 at " + numberText(run.start) + ", found " + numberText(sum));
      const double whole = laneShares[run.what->lane];
      if (problem.fixedLanes && run.what->share < whole - 1e-9)
        add(run.node, -1,
            "expected the share of its lane, " + numberText(whole) + ", for " + pieceText(run) + ", found " +
                numberText(run.what->share));
      const double workers = run.what->share * double(problem.workers);
      if (problem.fixedLanes && std::abs(workers - std::round(workers)) > 1e-6)
        add(run.node, -1,
            "expected a share of whole workers of " + std::to_string(problem.workers) + " for " +
                pieceText(run) + ", found " + numberText(run.what->share));
    }
    for (const Run &run : runs) {
      if (run.work == 0 || run.what->lane != Lane::Compute)
        continue;
      double left = 1 - std::max(reserved, takenAt(run.start));
      for (const Run *other : partnersBetween(run.start, run.end))
        if (before(run.start, other->start) && before(other->start, run.end))
          left = std::min(left, 1 - takenAt(other->start));
      if (run.what->share > left + 1e-6)
        add(run.node, -1,
            "expected a share of at most " + numberText(std::max(0.0, left)) + " for " + pieceText(run) +
                ", which others leave to it, found " + numberText(run.what->share));
    }
  }

  void checkDurations() {
    for (const Run &run : runs) {
      if (run.end == never)
        add(run.node, -1,
            "expected " + pieceText(run) + " to end, found that nothing of the machine is left to it");
      else if (run.what->finish > 0 && before(run.what->finish, run.end))
        add(run.node, -1,
            "expected " + pieceText(run) + " to end at " + numberText(run.end) +
                " or later, by its share, found " + numberText(run.what->finish));
    }
  }

  void checkDependences() {
    struct Touch {
      const Run *run;
      const Use *use;
    };
    std::map<unsigned, std::vector<Touch>> storages;
    for (const Run &run : runs)
      if (run.rows > 0)
        for (const Use &use : problem.nodes[run.node].uses)
          storages[use.storage].push_back({&run, &use});
    std::set<std::pair<const Run *, const Run *>> reported;
    for (auto &[storage, touches] : storages) {
      bool written = false;
      for (const Touch &touch : touches)
        written |= touch.use->write;
      if (!written)
        continue;
      for (const Touch &to : touches)
        for (const Touch &from : touches)
          if (from.run->node < to.run->node && (from.use->write || to.use->write) && shareRows(from, to))
            require(*from.run, *to.run, EdgeKind::FinishToStart, reported);
    }
    std::map<unsigned, std::vector<const Run *>> byNode;
    if (!problem.edges.empty())
      for (const Run &run : runs)
        if (run.rows > 0)
          byNode[run.node].push_back(&run);
    for (const Edge &edge : problem.edges)
      for (const Run *from : byNode[edge.from])
        for (const Run *to : byNode[edge.to])
          require(*from, *to, edge.kind, reported);
  }

  void checkMemory() {
    if (problem.tierLimits.empty())
      return;
    struct Life {
      double first = never, last = 0;
      unsigned node = 0; ///< that begins it
    };
    std::map<unsigned, Life> lives;
    for (const Run &run : runs)
      if (run.rows > 0)
        for (const Use &use : problem.nodes[run.node].uses) {
          Life &life = lives[use.storage];
          if (run.start < life.first) {
            life.first = run.start;
            life.node = run.node;
          }
          life.last = std::max(life.last, run.end);
        }
    for (unsigned tier = 0; tier < problem.tierLimits.size(); ++tier) {
      std::vector<std::tuple<double, double, unsigned>> changes; // ends before starts of the same instant
      for (const auto &[storage, life] : lives)
        if (storage < problem.storages.size() && problem.storages[storage].tier == tier) {
          changes.emplace_back(life.first, problem.storages[storage].bytes, life.node);
          // An end that is later than a start by rounding only is no later.
          changes.emplace_back(std::max(life.first, life.last - rounding(life.last)),
                               -problem.storages[storage].bytes, life.node);
        }
      std::sort(changes.begin(), changes.end());
      double live = 0;
      for (const auto &[time, bytes, node] : changes) {
        live += bytes;
        if (bytes > 0 && live > problem.tierLimits[tier] * (1 + 1e-12)) {
          add(node, -1,
              "expected at most " + numberText(problem.tierLimits[tier]) + " bytes in use at " +
                  numberText(time) + " in tier " + std::to_string(tier) + ", found " + numberText(live));
          break;
        }
      }
    }
  }

  std::vector<Violation> take() { return std::move(violations); }

private:
  void add(unsigned node, int other, std::string message) {
    violations.push_back({node, other, std::move(message)});
  }

  std::string pieceText(const Run &run) const {
    return "rows " + rowText(run.what->begin, run.what->end) + " of '" + problem.nodes[run.node].name + "'";
  }

  const Curve &curveOf(const Run &run) const {
    return run.what->lane == Lane::Memory ? problem.memoryCurve : problem.networkCurve;
  }

  static void settle(Run &run, double earliest) {
    run.end = std::max(earliest, run.work > 0 ? run.what->finish : 0);
  }

  /// The sum of the shares that the memory and network lanes hold just after an instant.
  double takenAt(double time) const {
    double sum = 0;
    for (const Run *run : partnersBetween(time, time))
      if (!before(time, run->start) && before(time, run->end))
        sum += run->what->share;
    return sum;
  }

  /// All that hold shares at some time in [from, to], and perhaps others close by.
  std::vector<const Run *> partnersBetween(double from, double to) const {
    const double slack = 1e-3;
    auto end = std::upper_bound(partners.begin(), partners.end(), to + slack,
                                [](double time, const Run *run) { return time < run->start; });
    std::vector<const Run *> found;
    while (end != partners.begin()) {
      --end;
      if (latestEnd[size_t(end - partners.begin())] + slack < from)
        break;
      if ((*end)->end + slack >= from)
        found.push_back(*end);
    }
    return found;
  }

  /// Integrates what is left, from instant to instant, until the work is done.
  double endOfArithmetic(const Run &run, const std::vector<double> &instants) const {
    double now = run.start, left = run.work;
    auto next = std::upper_bound(instants.begin(), instants.end(), now);
    while (left > 0) {
      double share = 1, bandwidth = 1;
      for (const Run *other : partnersBetween(now, now))
        if (other->start <= now && now < other->end) {
          share -= other->what->share;
          bandwidth -= other->speed * other->traffic;
        }
      double speed = std::max(0.0, std::min(share, 1 - reserved));
      if (run.traffic > 0)
        speed = std::min(speed, std::max(0.0, bandwidth) / run.traffic);
      const double until = next == instants.end() ? never : *next;
      const double done = speed > 0 ? now + left / speed : never;
      // Where nothing is left to it afterwards, rounding must not leave work over.
      if (done <= until + rounding(until))
        return done;
      if (until == never)
        return never;
      left -= (until - now) * speed;
      now = until;
      while (next != instants.end() && *next <= now)
        ++next;
    }
    return now;
  }

  void require(const Run &from, const Run &to, EdgeKind kind,
               std::set<std::pair<const Run *, const Run *>> &reported) {
    const bool starts = kind == EdgeKind::StartToStart;
    double least = starts ? from.start : from.end;
    if (!starts && from.what->lane != to.what->lane)
      least += problem.join;
    if (!before(to.start, least) || !reported.insert({&from, &to}).second)
      return;
    add(to.node, int(from.node),
        "expected " + pieceText(to) + " to start at " + numberText(least) + " or later, when " +
            pieceText(from) +
            (starts             ? " starts"
             : least > from.end ? " has ended and was waited for"
                                : " ends") +
            ", found " + numberText(to.start));
  }

  /// The step's rows that an access may touch.
  struct Span {
    int64_t begin, end;
    bool generated, prompt; ///< may it touch rows of that role
  };

  static Span spanOf(RowDomain domain, AccessRange range, const Piece &piece) {
    if (range == AccessRange::All)
      return {0, lastRow, true, true};
    const bool own = range == AccessRange::Own;
    return {own ? piece.begin : 0, piece.end, !own || domain != RowDomain::Prompt,
            !own || domain != RowDomain::Generated};
  }

  template <typename Touch>
  bool shareRows(const Touch &a, const Touch &b) const {
    const RowDomain aDomain = problem.nodes[a.run->node].domain, bDomain = problem.nodes[b.run->node].domain;
    // Wanted rows are numbered apart: nothing is known of them against the step's rows.
    if ((aDomain == RowDomain::Wanted) != (bDomain == RowDomain::Wanted))
      return true;
    const Span left = spanOf(aDomain, a.use->range, *a.run->what),
               right = spanOf(bDomain, b.use->range, *b.run->what);
    const bool common = (left.generated && right.generated) || (left.prompt && right.prompt);
    return common && left.begin < right.end && right.begin < left.end;
  }

  const Problem &problem;
  const Solution &solution;
  std::vector<Run> runs;
  std::map<Lane, double> laneShares; ///< the largest share of each lane but the compute lane
  double reserved = 0;               ///< what arithmetic never gets, where lanes keep their workers
  std::vector<const Run *> partners; ///< what holds shares, by start
  std::vector<double> latestEnd;     ///< of these up to each
  std::vector<Violation> violations;
};

} // namespace

std::vector<Violation> validate(const Problem &problem, const Solution &solution) {
  if (solution.pieces.size() != problem.nodes.size())
    return {{0, -1,
             "expected pieces for " + std::to_string(problem.nodes.size()) + " nodes, found them for " +
                 std::to_string(solution.pieces.size())}};
  Check check(problem, solution);
  // What follows compares times and shares, so they must be such.
  check.checkFigures();
  if (std::vector<Violation> violations = check.take(); !violations.empty())
    return violations;
  check.checkRows();
  check.checkLanes();
  check.checkShares();
  check.checkDurations();
  check.checkDependences();
  check.checkMemory();
  return check.take();
}

std::vector<std::vector<double>> endsOf(const Problem &problem, const Solution &solution) {
  std::vector<std::vector<double>> ends(solution.pieces.size());
  const Check check(problem, solution);
  for (const Run &run : check.all())
    ends[run.node].push_back(run.end);
  return ends;
}

} // namespace sennit::planner
