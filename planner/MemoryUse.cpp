// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/MemoryUse.h"

namespace sennit::planner {

double peakBytes(const Problem &problem, const Solution &solution, unsigned tier) {
  struct Life {
    double first = -1, last = 0;
  };
  std::vector<Life> lives(problem.storages.size());
  for (size_t index = 0; index < problem.nodes.size(); ++index)
    for (const Piece &piece : solution.pieces[index]) {
      if (rowsOf(problem, problem.nodes[index], piece.begin, piece.end) <= 0)
        continue;
      for (const Use &use : problem.nodes[index].uses) {
        if (use.storage >= lives.size())
          continue;
        Life &life = lives[use.storage];
        life.first = life.first < 0 ? piece.start : std::min(life.first, piece.start);
        life.last = std::max(life.last, piece.finish);
      }
    }
  std::vector<std::pair<double, double>> changes; // at one instant ends come before starts
  for (size_t storage = 0; storage < lives.size(); ++storage)
    if (lives[storage].first >= 0 && problem.storages[storage].tier == tier) {
      changes.emplace_back(lives[storage].first, problem.storages[storage].bytes);
      changes.emplace_back(lives[storage].last, -problem.storages[storage].bytes);
    }
  std::sort(changes.begin(), changes.end());
  double live = 0, peak = 0;
  for (const auto &[time, bytes] : changes)
    peak = std::max(peak, live += bytes);
  return peak;
}

} // namespace sennit::planner
