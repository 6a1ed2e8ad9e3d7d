// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/StepGaps.h"

#include <gtest/gtest.h>

#include <vector>

namespace sennit::cli {
namespace {

StepGaps gapsOfSpans(const std::vector<std::pair<int64_t, int64_t>> &spans) {
  std::vector<CommandEvent> commands;
  for (const auto &[begin, end] : spans) {
    CommandEvent &command = commands.emplace_back();
    command.begin = begin;
    command.end = end;
  }
  return gapsOf(commands);
}

TEST(StepGaps, AreWhatNoCommandCovers) {
  const struct {
    std::vector<std::pair<int64_t, int64_t>> spans;
    int64_t between, all;
  } cases[] = {
      {{}, 0, 0},
      {{{5, 5}}, 0, 0},
      {{{5, 9}}, 0, 4},
      {{{5, 9}, {9, 15}}, 0, 10},
      {{{5, 9}, {10, 15}}, 1, 10},
      {{{5, 9}, {8, 15}}, 0, 10},
      // A long command of another lane covers the gap of two short ones, but for its last part.
      {{{5, 12}, {5, 9}, {13, 15}}, 1, 10},
      {{{5, 15}, {5, 7}, {9, 11}}, 0, 10},
      // In the order of the program, not of time.
      {{{13, 15}, {5, 6}, {8, 10}}, 5, 10},
  };
  for (const auto &one : cases) {
    const StepGaps gaps = gapsOfSpans(one.spans);
    EXPECT_EQ(gaps.between, one.between) << &one - cases;
    EXPECT_EQ(gaps.all, one.all) << &one - cases;
  }
  EXPECT_EQ(gapsOfSpans({{0, 3}, {4, 8}}).share(), 0.125);
  EXPECT_EQ(gapsOfSpans({}).share(), 0);
}

} // namespace
} // namespace sennit::cli
