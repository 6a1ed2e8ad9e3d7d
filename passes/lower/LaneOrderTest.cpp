// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/LaneOrder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace sennit;

namespace {

enum : unsigned { Compute, Memory, Network };

/// What one lane does, in the order of the text.
struct Event {
  enum Kind { Wait, Raise, Begin, End } kind;
  unsigned what; ///< signal or command
};

/// begins[b][a]: command a has begun when b begins; ends[b][a]: it has ended. Found by following lanes and
/// signals, without the wait `leftOut` (command, place).
struct Reached {
  std::vector<std::vector<bool>> begins, ends;

  Reached(const std::vector<LaneCommand> &commands, const LaneOrder &order,
          std::pair<int, int> leftOut = {-1, -1}) {
    const size_t size = commands.size();
    begins.assign(size, std::vector<bool>(size));
    ends = begins;
    std::vector<std::vector<Event>> lanes(3);
    for (unsigned i = 0; i < size; ++i) {
      const LaneOrder::Signals &around = order.signals()[i];
      std::vector<Event> &lane = lanes[commands[i].lane];
      for (unsigned w = 0; w < around.waits.size(); ++w)
        if (std::pair(int(i), int(w)) != leftOut)
          lane.push_back({Event::Wait, around.waits[w]});
      // The lane goes on from the signal to the command without waiting, so the command counts as begun.
      lane.push_back({Event::Begin, i});
      if (around.raisedBefore >= 0)
        lane.push_back({Event::Raise, unsigned(around.raisedBefore)});
      lane.push_back({Event::End, i});
      if (around.raisedAfter >= 0)
        lane.push_back({Event::Raise, unsigned(around.raisedAfter)});
    }
    // A command's past is a search backwards over events.
    for (unsigned target = 0; target < size; ++target) {
      std::set<std::pair<unsigned, size_t>> seen;
      std::vector<std::pair<unsigned, size_t>> todo;
      const auto find = [&](Event::Kind kind, unsigned what) {
        for (unsigned lane = 0; lane < 3; ++lane)
          for (size_t at = 0; at < lanes[lane].size(); ++at)
            if (lanes[lane][at].kind == kind && lanes[lane][at].what == what)
              todo.push_back({lane, at});
      };
      find(Event::Begin, target);
      while (!todo.empty()) {
        const auto [lane, at] = todo.back();
        todo.pop_back();
        if (!seen.insert({lane, at}).second)
          continue;
        const Event event = lanes[lane][at];
        if (event.kind == Event::Begin && event.what != target)
          begins[target][event.what] = true;
        if (event.kind == Event::End)
          ends[target][event.what] = true;
        if (event.kind == Event::Wait)
          find(Event::Raise, event.what);
        if (at > 0)
          todo.push_back({lane, at - 1});
      }
    }
  }

  /// Whether everything that the commands ask for is kept. Of announced commands, the last one before a
  /// command that yields counts.
  bool keeps(const std::vector<LaneCommand> &commands) const {
    for (unsigned i = 0; i < commands.size(); ++i) {
      for (unsigned other : commands[i].after)
        if (!ends[i][other])
          return false;
      if (commands[i].yields)
        for (unsigned other = 0; other < i; ++other)
          if (commands[other].announced && commands[other].lane != commands[i].lane && !begins[i][other])
            return false;
    }
    return true;
  }
};

TEST(LaneOrder, NothingAndOneCommand) {
  EXPECT_EQ(LaneOrder({}).signalCount(), 0u);
  LaneOrder one({{Compute, {}}});
  EXPECT_EQ(one.signalCount(), 0u);
  EXPECT_FALSE(one.before(0, 0));
}

TEST(LaneOrder, OneLaneNeedsNoSignal) {
  LaneOrder order({{Compute, {}}, {Compute, {0}}, {Compute, {0, 1}}});
  EXPECT_EQ(order.signalCount(), 0u);
  EXPECT_TRUE(order.before(0, 2));
  EXPECT_FALSE(order.before(2, 0));
}

TEST(LaneOrder, OneSignalServesAllThatFollow) {
  // 1 and 2 wait for 0; 3 need not, since it follows 1; 4 waits for 2, and so for 0.
  LaneOrder order({{Compute, {}}, {Memory, {0}}, {Network, {0}}, {Memory, {0}}, {Compute, {0, 2}}});
  ASSERT_EQ(order.signalCount(), 2u);
  EXPECT_EQ(order.signals()[0].raisedAfter, 0);
  EXPECT_EQ(order.signals()[1].waits, std::vector<unsigned>{0});
  EXPECT_EQ(order.signals()[2].waits, std::vector<unsigned>{0});
  EXPECT_TRUE(order.signals()[3].waits.empty());
  EXPECT_EQ(order.signals()[2].raisedAfter, 1);
  EXPECT_EQ(order.signals()[4].waits, std::vector<unsigned>{1});
  EXPECT_FALSE(order.before(1, 4));
}

TEST(LaneOrder, AWaitThatAnotherImpliesIsLeftOut) {
  // 2 needs both, and 1 has waited for 0.
  LaneOrder order({{Compute, {}}, {Memory, {0}}, {Network, {0, 1}}});
  EXPECT_EQ(order.signals()[2].waits, std::vector<unsigned>{1});
  EXPECT_TRUE(order.before(0, 2));
}

TEST(LaneOrder, AKernelWaitsForTheBeginOfACollective) {
  const LaneCommand collective{Network, {0}, true, false};
  LaneOrder order(
      {{Compute, {}, false, true}, collective, {Compute, {}, false, true}, {Compute, {}, false, true}});
  EXPECT_EQ(order.signals()[1].raisedBefore, 1);
  EXPECT_EQ(order.signals()[1].raisedAfter, -1);
  EXPECT_EQ(order.signals()[2].waits, std::vector<unsigned>{1});
  EXPECT_TRUE(order.signals()[3].waits.empty());
  EXPECT_FALSE(order.before(1, 3));
  // What needs its end needs no begin.
  LaneOrder end({{Compute, {}, false, true}, collective, {Compute, {1}, false, true}});
  EXPECT_EQ(end.signals()[1].raisedBefore, -1);
  EXPECT_EQ(end.signals()[2].waits, std::vector<unsigned>{1});
}

TEST(LaneOrder, UsesOnSeveralLanes) {
  LaneOrder order({{Compute, {}}, {Memory, {}}, {Compute, {1}}, {Memory, {0}}, {Network, {2, 3}}});
  EXPECT_TRUE(order.allBefore({0, 1}, {2, 4}));
  EXPECT_TRUE(order.allBefore({0}, {3}));
  EXPECT_FALSE(order.allBefore({2}, {3}));
  EXPECT_FALSE(order.allBefore({0, 2}, {3, 4}));
  EXPECT_TRUE(order.allBefore({2, 3}, {4}));
}

TEST(LaneOrder, RandomProgramsAreKeptByTheFewestWaits) {
  uint64_t state = 3;
  const auto next = [&](uint64_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return unsigned((state >> 33) % bound);
  };
  size_t waits = 0, starts = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<LaneCommand> commands;
    const unsigned size = next(14), lanes = 1 + next(3);
    for (unsigned i = 0; i < size; ++i) {
      LaneCommand command{next(lanes), {}};
      for (unsigned other = 0; other < i; ++other)
        if (next(5) == 0)
          command.after.push_back(other);
      command.announced = command.lane == Network;
      command.yields = command.lane == Compute;
      commands.push_back(command);
    }
    LaneOrder order(commands);
    const Reached reached(commands, order);
    EXPECT_TRUE(reached.keeps(commands)) << "round " << round;
    std::vector<int> raised(order.signalCount()), awaited(order.signalCount());
    int lastRaised = -1;
    for (unsigned i = 0; i < size; ++i) {
      const LaneOrder::Signals &around = order.signals()[i];
      for (unsigned other = 0; other < size; ++other)
        EXPECT_EQ(order.before(other, i), bool(reached.ends[i][other])) << "round " << round;
      for (unsigned wait = 0; wait < around.waits.size(); ++wait) {
        ++waits;
        ++awaited[around.waits[wait]];
        EXPECT_LE(int(around.waits[wait]), lastRaised) << "a signal is awaited before it is raised";
        EXPECT_FALSE(Reached(commands, order, {int(i), int(wait)}).keeps(commands))
            << "round " << round << ": command " << i << " waits without need";
      }
      for (int signal : {around.raisedBefore, around.raisedAfter})
        if (signal >= 0) {
          ++raised[size_t(signal)];
          EXPECT_EQ(signal, ++lastRaised);
        }
      starts += around.raisedBefore >= 0;
    }
    for (unsigned signal = 0; signal < order.signalCount(); ++signal)
      EXPECT_TRUE(raised[signal] == 1 && awaited[signal] >= 1) << "round " << round;
  }
  EXPECT_GT(waits, 300u);
  EXPECT_GT(starts, 50u);
}

} // namespace
