// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Plans that the search finds, damaged in one place: the check must name that damage first.
#include "planner/Schedulers.h"
#include "planner/TestProblems.h"

#include <gtest/gtest.h>

#include <functional>

using namespace sennit::planner;

namespace {

struct Plan {
  std::string name;
  Problem problem;
  Solution solution;
};

/// The least memory of the only tier that the solution fits into, where each storage takes a byte.
double leastMemory(Problem problem, const Solution &solution) {
  for (double limit = 1;; ++limit) {
    problem.tierLimits = {limit};
    if (validate(problem, solution).empty())
      return limit;
  }
}

Plan planOf(std::string name, Problem problem, SearchOptions options = {}) {
  options.iterations = 400;
  unsigned storages = 0;
  for (const Node &node : problem.nodes)
    for (const Use &use : node.uses)
      storages = std::max(storages, use.storage + 1);
  problem.storages.assign(storages, {1, 0});
  Solution solution = scheduleSearch(problem, options).schedule.solution;
  EXPECT_EQ(reportOf(problem, solution), "") << name;
  problem.tierLimits = {leastMemory(problem, solution)};
  return {std::move(name), std::move(problem), std::move(solution)};
}

std::vector<Plan> plans() {
  constexpr int layers = 5;
  std::vector<Plan> list;
  list.push_back(planOf("golden", goldenProblem({}, 0, layers)));
  for (int parts : {2, 3}) {
    SearchOptions options;
    options.equalParts = parts;
    list.push_back(planOf(std::to_string(parts) + " equal parts", goldenProblem({}, 0, layers), options));
  }
  list.push_back(planOf("13.2 % a part", goldenProblem({}, 0.132, layers)));
  list.push_back(planOf("each part costs the whole", goldenProblem({}, 1, layers)));
  for (const auto &[decodeAttention, network] :
       {std::pair(10.0, 20.0), {35.60, 100.0}, {35.60, 150.0}, {90.0, 47.92}, {150.0, 47.92}}) {
    GoldenTimes times;
    times.decodeAttention = decodeAttention;
    times.network = network;
    list.push_back(planOf("decode attention " + std::to_string(int(decodeAttention)) + ", network " +
                              std::to_string(int(network)),
                          goldenProblem(times, 0, layers)));
  }
  Problem joined = goldenProblem({}, 0.05, layers);
  joined.join = 5000;
  list.push_back(planOf("with joins", std::move(joined)));
  return list;
}

/// A place in a solution.
struct Place {
  unsigned node;
  size_t piece;
};

std::vector<Place> placesOf(const Plan &plan, Lane lane) {
  std::vector<Place> places;
  for (unsigned node = 0; node < plan.solution.pieces.size(); ++node)
    for (size_t piece = 0; piece < plan.solution.pieces[node].size(); ++piece)
      if (const Piece &found = plan.solution.pieces[node][piece];
          found.lane == lane && rowsOf(plan.problem, plan.problem.nodes[node], found.begin, found.end) > 0)
        places.push_back({node, piece});
  auto startOf = [&](const Place &place) { return plan.solution.pieces[place.node][place.piece].start; };
  std::stable_sort(places.begin(), places.end(),
                   [&](const Place &a, const Place &b) { return startOf(a) < startOf(b); });
  return places;
}

class Damage : public testing::Test {
protected:
  static void SetUpTestSuite() { stored = new std::vector<Plan>(plans()); }
  static void TearDownTestSuite() { delete stored; }

  /// Damages each plan once; `change` returns false where there is no place for it. The first violation says
  /// `expected`, and that or one that follows from the damage says `also`.
  static void damage(const std::string &expected, size_t least,
                     const std::function<bool(const Plan &, Problem &, Solution &)> &change,
                     const std::string &also = "") {
    size_t damaged = 0;
    for (const Plan &plan : *stored) {
      Problem problem = plan.problem;
      Solution solution = plan.solution;
      if (!change(plan, problem, solution))
        continue;
      ++damaged;
      const std::vector<Violation> violations = validate(problem, solution);
      ASSERT_FALSE(violations.empty()) << plan.name;
      EXPECT_NE(violations[0].message.find(expected), std::string::npos)
          << plan.name << ": " << violations[0].message;
      EXPECT_TRUE(std::any_of(violations.begin(), violations.end(), [&](const Violation &violation) {
        return violation.message.find(also) != std::string::npos;
      })) << plan.name;
    }
    EXPECT_GE(damaged, least);
  }

  static Piece &at(Solution &solution, const Place &place) {
    return solution.pieces[place.node][place.piece];
  }
  static const Piece &at(const Solution &solution, const Place &place) {
    return solution.pieces[place.node][place.piece];
  }

  static std::vector<Plan> *stored;
};
std::vector<Plan> *Damage::stored = nullptr;

constexpr size_t all = 11;

TEST_F(Damage, APieceIsDropped) {
  ASSERT_EQ(stored->size(), all);
  damage("expected a piece for rows", all, [](const Plan &plan, Problem &, Solution &solution) {
    const std::vector<Place> places = placesOf(plan, Lane::Network);
    const Place place = places[places.size() / 2];
    solution.pieces[place.node].erase(solution.pieces[place.node].begin() + int64_t(place.piece));
    return true;
  });
}

TEST_F(Damage, ARangeIsDoubled) {
  damage("expected one piece for each row", all, [](const Plan &plan, Problem &, Solution &solution) {
    const Place place = placesOf(plan, Lane::Memory).back();
    solution.pieces[place.node].push_back(at(plan.solution, place));
    return true;
  });
  damage("expected one piece for each row", all - 2, [](const Plan &, Problem &, Solution &solution) {
    for (std::vector<Piece> &pieces : solution.pieces)
      if (pieces.size() > 1) {
        ++pieces[0].end;
        return true;
      }
    return false; // the plan that splits nothing
  });
}

TEST_F(Damage, AStartIsBeforeTheEndOfAPredecessor) {
  damage("to start at", all - 2, [](const Plan &plan, Problem &, Solution &solution) {
    // Arithmetic that waited for another lane, while its own was idle. That it states no share and the same
    // end leaves only the wait.
    const std::vector<Place> places = placesOf(plan, Lane::Compute);
    double idleFrom = 0;
    for (const Place &place : places) {
      Piece &piece = at(solution, place);
      if (piece.start > idleFrom + 1000) {
        piece.start -= 500;
        piece.share = 0;
        return true;
      }
      idleFrom = std::max(idleFrom, piece.finish);
    }
    // Or the last piece on the network, which waited for the last arithmetic. That slows it down.
    const std::vector<Place> network = placesOf(plan, Lane::Network);
    Piece &last = at(solution, network.back()), &arithmetic = at(solution, places.back());
    if (at(solution, network[network.size() - 2]).finish > last.start - 1)
      return false;
    last.start -= 1;
    arithmetic.share = 0;
    arithmetic.finish += 20;
    return true;
  });
}

TEST_F(Damage, TwoPiecesOfALaneAreMovedOntoOneAnother) {
  // On the other lanes that slows down arithmetic, so that its lane is taken, too.
  for (Lane lane : {Lane::Compute, Lane::Memory, Lane::Network})
    damage(
        "to be free at", all,
        [lane](const Plan &plan, Problem &, Solution &solution) {
          const std::vector<Place> places = placesOf(plan, lane);
          const Piece &first = at(solution, places[places.size() / 2]);
          at(solution, places[places.size() / 2 + 1]).start = (first.start + first.finish) / 2;
          return true;
        },
        "expected lane " + std::string(sennit::schema::EnumNameLane(lane)) + " to be free at");
}

TEST_F(Damage, AShareIsRaisedAboveWhatIsLeft) {
  damage("expected a share of at most", all, [](const Plan &plan, Problem &, Solution &solution) {
    for (const Place &place : placesOf(plan, Lane::Compute))
      if (Piece &piece = at(solution, place); piece.share < 0.99) {
        piece.share += 0.01;
        return true;
      }
    return false;
  });
  // What runs beside it then takes longer, so that its lane is named first.
  damage(
      "expected ", all - 2,
      [](const Plan &plan, Problem &, Solution &solution) {
        for (const Place &memory : placesOf(plan, Lane::Memory))
          for (const Place &network : placesOf(plan, Lane::Network)) {
            Piece &a = at(solution, memory);
            const Piece &b = at(solution, network);
            if (std::max(a.start, b.start) < std::min(a.finish, b.finish) - 1) {
              a.share = 1.01 - b.share;
              return true;
            }
          }
        return false;
      },
      "expected shares of at most 1");
}

TEST_F(Damage, AnEndIsMovedForward) {
  for (Lane lane : {Lane::Compute, Lane::Memory, Lane::Network})
    damage("or later, by its share", all, [lane](const Plan &plan, Problem &, Solution &solution) {
      const std::vector<Place> places = placesOf(plan, lane);
      Piece &piece = at(solution, places[places.size() / 2]);
      piece.finish -= 0.01 * (piece.finish - piece.start);
      return true;
    });
}

TEST_F(Damage, ALaneIsSwapped) {
  for (const auto &[from, to] : {std::pair(Lane::Compute, Lane::Memory),
                                 {Lane::Compute, Lane::Network},
                                 {Lane::Memory, Lane::Network},
                                 {Lane::Network, Lane::Memory}})
    damage("on lane", all, [from = from, to = to](const Plan &plan, Problem &, Solution &solution) {
      at(solution, placesOf(plan, from)[1]).lane = to;
      return true;
    });
}

TEST_F(Damage, AMemoryLimitIsLowered) {
  damage("bytes in use at", all, [](const Plan &, Problem &problem, Solution &) {
    --problem.tierLimits[0];
    return true;
  });
}

TEST_F(Damage, ANodeMustNoLongerBeCut) {
  damage("which must not be cut", all - 2, [](const Plan &plan, Problem &problem, Solution &) {
    for (unsigned node = 0; node < problem.nodes.size(); ++node)
      if (plan.solution.pieces[node].size() > 1 && problem.nodes[node].domain == RowDomain::All)
        return problem.nodes[node].whole = true;
    return false;
  });
}

TEST_F(Damage, AJoinGetsLonger) {
  damage("and was waited for", all, [](const Plan &, Problem &problem, Solution &) {
    problem.join += 20;
    return true;
  });
}

} // namespace
