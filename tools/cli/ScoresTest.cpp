// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Scores.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

using namespace sennit::cli;

TEST(Scores, TakeTheProbabilityOfTheNextToken) {
  Scores scores({2, 0, 1});
  scores.addRow(std::array<float, 3>{0, 0, 0});
  scores.addRow(std::array<float, 3>{1, 3, 1});
  scores.addRow(std::array<float, 3>{5, 1, 5});
  EXPECT_EQ(scores.argmaxes, (std::vector<int32_t>{0, 1, 0}));
  ASSERT_EQ(scores.nll.size(), 2u);
  EXPECT_NEAR(scores.nll[0], std::log(3.0), 1e-12);
  EXPECT_NEAR(scores.nll[1], std::log(1 + 2 * std::exp(-2.0)), 1e-12);
  EXPECT_NEAR(scores.meanNll(), (scores.nll[0] + scores.nll[1]) / 2, 1e-15);
}

TEST(Scores, StandLargeLogits) {
  EXPECT_NEAR(negativeLogLikelihood(std::array<float, 2>{3e4f, -3e4f}, 1), 6e4, 1e-6);
  EXPECT_NEAR(negativeLogLikelihood(std::array<float, 2>{-3e38f, -3e38f}, 0), std::log(2.0), 1e-12);
}
