// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Validator.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>

namespace sennit::planner {

namespace {

using schema::AccessRange;
using schema::RowDomain;

/// A piece at its place in time.
struct Run {
  unsigned node, piece;
  double start, end;
  const Piece *what;
};

/// Two times that differ by less than rounding are one.
bool before(double a, double b) {
  return a < b - 1e-9 * (1.0 + std::max(a, b));
}

std::string rowText(int64_t begin, int64_t end) {
  return std::to_string(begin) + " to " + (end == lastRow ? "max" : std::to_string(end));
}

std::string numberText(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

std::string pieceText(const Problem &problem, const Run &run) {
  return "rows " + rowText(run.what->begin, run.what->end) + " of '" + problem.nodes[run.node].name + "'";
}

class Check {
public:
  Check(const Problem &problem, const Solution &solution) : problem(problem), solution(solution) {
    for (unsigned node = 0; node < problem.nodes.size(); ++node)
      for (unsigned piece = 0; piece < solution.pieces[node].size(); ++piece) {
        const Piece &what = solution.pieces[node][piece];
        runs.push_back(
            {node, piece, what.start, what.start + durationOf(problem, problem.nodes[node], what), &what});
      }
  }

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
        next = std::max(next, piece.end);
      }
      if (next != lastRow)
        add(node, -1, "expected a piece for rows " + rowText(next, lastRow) + ", found none");
    }
  }

  void checkLanes() {
    std::map<schema::Lane, std::vector<const Run *>> lanes;
    for (const Run &run : runs)
      lanes[run.what->lane].push_back(&run);
    for (auto &[lane, list] : lanes) {
      std::sort(list.begin(), list.end(), [](const Run *a, const Run *b) {
        return std::tuple(a->start, a->node, a->piece) < std::tuple(b->start, b->node, b->piece);
      });
      const Run *running = nullptr; // the one that ends last among those that started
      for (const Run *run : list) {
        if (running && before(run->start, running->end))
          add(run->node, running->node,
              "expected lane " + std::string(schema::EnumNameLane(lane)) + " to be free at " +
                  numberText(run->start) + " for " + pieceText(problem, *run) + ", found " +
                  pieceText(problem, *running) + " until " + numberText(running->end));
        if (!running || run->end > running->end)
          running = run;
      }
    }
  }

  /// The sum of shares can exceed 1 only where a piece starts.
  void checkShares() {
    for (const Run &run : runs) {
      double sum = 0;
      for (const Run &other : runs)
        if (!before(run.start, other.start) && before(run.start, other.end))
          sum += other.what->share;
      if (sum > 1 + 1e-9)
        add(run.node, -1,
            "expected shares of at most 1 at " + numberText(run.start) + ", found " + numberText(sum));
    }
  }

  void checkDependences() {
    struct Touch {
      const Run *run;
      const Use *use;
    };
    std::map<unsigned, std::vector<Touch>> storages;
    for (const Run &run : runs)
      for (const Use &use : problem.nodes[run.node].uses)
        storages[use.storage].push_back({&run, &use});
    std::map<std::pair<const Run *, const Run *>, bool> reported;
    for (auto &[storage, touches] : storages)
      for (const Touch &to : touches)
        for (const Touch &from : touches) {
          if (from.run->node >= to.run->node || !(from.use->write || to.use->write) || !shareRows(from, to))
            continue;
          if (!before(to.run->start, from.run->end) || reported[{from.run, to.run}])
            continue;
          reported[{from.run, to.run}] = true;
          add(to.run->node, from.run->node,
              "expected " + pieceText(problem, *to.run) + " to start at " + numberText(from.run->end) +
                  " or later, when " + pieceText(problem, *from.run) + " ends, found " +
                  numberText(to.run->start));
        }
  }

  std::vector<Violation> take() { return std::move(violations); }

private:
  void add(unsigned node, int other, std::string message) {
    violations.push_back({node, other, std::move(message)});
  }

  /// The step's rows that an access may touch, as the smallest range that holds for any number D of generated
  /// rows.
  struct Span {
    int64_t begin, end;
    bool generated, prompt; ///< may it touch rows of that role
  };

  Span spanOf(RowDomain domain, AccessRange range, const Piece &piece) const {
    if (range == AccessRange::All)
      return {0, lastRow, true, true};
    bool own = range == AccessRange::Own;
    int64_t begin = own ? piece.begin : 0;
    switch (domain) {
    case RowDomain::Generated:
      return {begin, piece.end, true, false};
    case RowDomain::Prompt:
      return {begin, lastRow, !own, true}; // rows D + begin to D + end
    default:
      return {begin, piece.end, true, true};
    }
  }

  template <typename Touch>
  bool shareRows(const Touch &a, const Touch &b) const {
    RowDomain aDomain = problem.nodes[a.run->node].domain, bDomain = problem.nodes[b.run->node].domain;
    // Wanted rows are numbered apart: nothing is known of them against the step's rows.
    if ((aDomain == RowDomain::Wanted) != (bDomain == RowDomain::Wanted))
      return true;
    if (aDomain == RowDomain::Prompt && bDomain == RowDomain::Prompt && a.use->range == AccessRange::Own &&
        b.use->range == AccessRange::Own)
      return a.run->what->begin < b.run->what->end && b.run->what->begin < a.run->what->end;
    Span left = spanOf(aDomain, a.use->range, *a.run->what),
         right = spanOf(bDomain, b.use->range, *b.run->what);
    bool common = (left.generated && right.generated) || (left.prompt && right.prompt);
    return common && left.begin < right.end && right.begin < left.end;
  }

  const Problem &problem;
  const Solution &solution;
  std::vector<Run> runs;
  std::vector<Violation> violations;
};

} // namespace

double durationOf(const Problem &problem, const Node &node, const Piece &piece) {
  const Rates &rates = problem.rates;
  double rows = double(std::max<int64_t>(0, std::min(piece.end, problem.maxRows) - piece.begin));
  double flops = node.cost.flopsFixed + rows * node.cost.flopsPerRow;
  double bytes = node.cost.bytesFixed + rows * node.cost.bytesPerRow;
  double slowest = std::max(
      {flops / rates.flops, bytes / rates.bytes, rows * node.cost.networkBytesPerRow / rates.networkBytes});
  return slowest / piece.share + rates.launch;
}

std::vector<Violation> validate(const Problem &problem, const Solution &solution) {
  if (solution.pieces.size() != problem.nodes.size())
    return {{0, -1,
             "expected pieces for " + std::to_string(problem.nodes.size()) + " nodes, found them for " +
                 std::to_string(solution.pieces.size())}};
  Check check(problem, solution);
  check.checkRows();
  check.checkLanes();
  check.checkShares();
  check.checkDependences();
  return check.take();
}

} // namespace sennit::planner
