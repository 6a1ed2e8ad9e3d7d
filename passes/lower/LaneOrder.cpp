// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/LaneOrder.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>

namespace sennit {

LaneOrder::LaneOrder(const std::vector<LaneCommand> &commands) : around(commands.size()) {
  const unsigned size = unsigned(commands.size());
  earlier.assign(size, llvm::BitVector(size));
  struct Edge {
    unsigned from, to;
    bool start; ///< `to` waits for the begin of `from`, not for its end
  };
  std::vector<Edge> edges;
  std::map<unsigned, unsigned> lastOfLane;                   // by lane
  std::map<unsigned, unsigned> lastAnnounced;                // by lane
  std::map<std::pair<unsigned, unsigned>, unsigned> heardOf; // by lane that yields and lane that announces
  for (unsigned index = 0; index < size; ++index) {
    const LaneCommand &command = commands[index];
    lanes.push_back(command.lane);
    llvm::BitVector &mine = earlier[index];
    const auto add = [&](unsigned other) {
      mine |= earlier[other];
      mine.set(other);
    };
    if (auto last = lastOfLane.find(command.lane); last != lastOfLane.end())
      add(last->second);
    // Of what it depends on, the last command of each lane brings all before it there.
    std::map<unsigned, unsigned> latest;
    for (unsigned other : command.after)
      if (auto [place, inserted] = latest.try_emplace(commands[other].lane, other); !inserted)
        place->second = std::max(place->second, other);
    std::vector<unsigned> needed;
    for (auto [lane, other] : latest)
      if (!mine.test(other))
        needed.push_back(other);
    const auto implied = [&](unsigned other) {
      return llvm::any_of(needed, [&](unsigned via) { return earlier[via].test(other); });
    };
    // The last announced command of each other lane, unless an earlier command here has heard of it.
    std::vector<unsigned> announced;
    if (command.yields)
      for (auto [lane, other] : lastAnnounced) {
        auto [heard, isNew] = heardOf.try_emplace({command.lane, lane}, other);
        const bool known = lane == command.lane || (!isNew && heard->second == other);
        heard->second = other;
        const bool finished = mine.test(other) || implied(other) || llvm::is_contained(needed, other);
        if (!known && !finished)
          announced.push_back(other);
      }
    const auto ended = [&](unsigned other) {
      return llvm::any_of(announced, [&](unsigned via) { return earlier[via].test(other); });
    };
    llvm::erase_if(announced, ended);
    for (unsigned other : needed)
      if (!implied(other) && !ended(other))
        edges.push_back({other, index, false});
    for (unsigned other : announced)
      edges.push_back({other, index, true});
    for (unsigned other : needed)
      add(other);
    for (unsigned other : announced)
      mine |= earlier[other];
    lastOfLane[command.lane] = index;
    if (command.announced)
      lastAnnounced[command.lane] = index;
  }

  // Numbers in the order of the text: before a command, then after it.
  for (const Edge &edge : edges)
    (edge.start ? around[edge.from].raisedBefore : around[edge.from].raisedAfter) = 0;
  for (Signals &signals : around)
    for (int *raised : {&signals.raisedBefore, &signals.raisedAfter})
      if (*raised == 0)
        *raised = int(count++);
  for (const Edge &edge : edges)
    around[edge.to].waits.push_back(
        unsigned(edge.start ? around[edge.from].raisedBefore : around[edge.from].raisedAfter));
  for (Signals &signals : around)
    std::sort(signals.waits.begin(), signals.waits.end());
}

bool LaneOrder::allBefore(const std::vector<unsigned> &uses, const std::vector<unsigned> &others) const {
  // The last use on each lane comes after the others there, and the first one before.
  std::map<unsigned, unsigned> last, first;
  for (unsigned use : uses)
    last[lanes[use]] = use;
  for (unsigned other : others)
    first.try_emplace(lanes[other], other);
  return llvm::all_of(last, [&](const auto &use) {
    return llvm::all_of(first, [&](const auto &other) { return before(use.second, other.second); });
  });
}

} // namespace sennit
