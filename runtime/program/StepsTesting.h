// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Steps of the made-up model of TestPackage.h, as tests of every device make them.
#pragma once

#include "runtime/program/Session.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace sennit::testing {

inline std::vector<int32_t> randomTokens(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<int32_t> tokens(count);
  for (int32_t &token : tokens)
    token = int32_t(random() % 43);
  return tokens;
}

inline std::vector<int32_t> firstTokens(const std::vector<int32_t> &tokens, size_t count) {
  return {tokens.begin(), tokens.begin() + std::ptrdiff_t(count)};
}

/// By item and token of it.
using Logits = std::map<std::pair<size_t, int32_t>, std::vector<float>>;

/// Runs one step and gathers what the sink got.
inline Status runStep(Session &session, std::span<const StepItem> items, Logits &out) {
  return session.step(items, [&](size_t item, int32_t token, std::span<const float> logits) {
    EXPECT_TRUE(out.emplace(std::pair(item, token), std::vector<float>(logits.begin(), logits.end())).second);
  });
}

/// Random ragged steps of several sequences: appends in both roles, forks, truncation, freeing, new segments.
class RandomSteps {
public:
  struct Live {
    SequenceId id;
    std::vector<int32_t> history;
    size_t promptLength = 0; ///< positions from the first generated token on are generated ones
    bool generating = false;
  };

  /// Up to `mostLive` sequences, one more every `newEvery` steps or so, prompts of up to `mostPrompt` tokens
  /// a step.
  RandomSteps(Session &session, std::mt19937 &random, size_t mostLive, uint32_t newEvery, uint32_t mostPrompt)
      : session(session), random(random), mostLive(mostLive), newEvery(newEvery), mostPrompt(mostPrompt) {}

  /// Changes the sequences and picks what the next step appends to them.
  void next() {
    using schema::StepRole;
    if (live.size() < mostLive && random() % newEvery == 0) {
      if (!live.empty() && random() % 2) {
        Live copy = live[random() % live.size()];
        copy.id = *session.forkSequence(copy.id);
        live.push_back(copy);
      } else {
        live.push_back({*session.createSequence(), {}, 0, false});
      }
    }
    if (!live.empty() && random() % 8 == 0) {
      const size_t at = random() % live.size();
      ASSERT_TRUE(session.freeSequence(live[at].id).ok());
      live.erase(live.begin() + std::ptrdiff_t(at));
    }
    if (!live.empty() && random() % 5 == 0) {
      Live &one = live[random() % live.size()];
      const size_t length = random() % (one.history.size() + 1);
      ASSERT_TRUE(session.truncateSequence(one.id, int32_t(length)).ok());
      one.history.resize(length);
      if (length <= one.promptLength)
        one.generating = false, one.promptLength = length;
    }
    if (!live.empty() && random() % 10 == 0)
      ASSERT_TRUE(session.startSegment(live[random() % live.size()].id).ok());

    items.clear();
    tokens.clear();
    which.clear();
    for (size_t i = 0; i < live.size(); ++i) {
      if (random() % 4 == 0)
        continue;
      const bool generate = !live[i].history.empty() && (live[i].generating || random() % 2);
      tokens.push_back(
          randomTokens(generate ? 1 + random() % 2 : 1 + random() % mostPrompt, uint32_t(random())));
      items.push_back({live[i].id,
                       {},
                       generate ? StepRole::Generated : StepRole::Prompt,
                       random() % 3 == 0 ? Wanted::All : Wanted::Last});
      which.push_back(i);
    }
    for (size_t i = 0; i < items.size(); ++i)
      items[i].tokens = tokens[i];
  }

  /// The step has run: calls see(item, token of it, sequence, whether its logits were wanted) for each token,
  /// with the sequence's history up to it.
  template <typename F>
  void grow(F see) {
    for (size_t i = 0; i < items.size(); ++i) {
      Live &one = live[which[i]];
      if (items[i].role == schema::StepRole::Generated)
        one.generating = true;
      for (size_t t = 0; t < tokens[i].size(); ++t) {
        one.history.push_back(tokens[i][t]);
        if (!one.generating)
          one.promptLength = one.history.size();
        see(i, int32_t(t), one, items[i].wanted == Wanted::All || t + 1 == tokens[i].size());
      }
    }
  }

  std::vector<Live> live;
  std::vector<StepItem> items; ///< of the next step

private:
  Session &session;
  std::mt19937 &random;
  const size_t mostLive;
  const uint32_t newEvery, mostPrompt;
  std::vector<std::vector<int32_t>> tokens; ///< by item
  std::vector<size_t> which;                ///< index into live, by item
};

} // namespace sennit::testing
