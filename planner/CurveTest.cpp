// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace sennit::planner;
using Points = std::vector<std::pair<double, double>>;

// NanoFlow, OSDI 2025, interference on A100.
static const Points gemv = {{0, 0}, {.1, .2}, {.2, .3}, {.4, .8}, {.8, .85}, {.9, .95}, {1, 1}};
static const Points network = {{0, 0}, {.1, .3}, {.2, .5}, {.8, .9}, {.9, 1}, {1, 1}};

static Curve curveOf(const Points &points) {
  auto curve = Curve::make(points, "t");
  EXPECT_TRUE(curve.ok()) << curve.status().message();
  return curve.ok() ? *curve : Curve();
}

static std::string offencesOf(const Points &points) {
  auto curve = Curve::make(points, "t");
  if (curve.ok())
    return "";
  EXPECT_EQ(curve.status().code(), sennit::Code::InvalidInput);
  return curve.status().message();
}

TEST(Curve, IsTheIdentityByDefault) {
  Curve curve;
  for (double share : {0.0, .1, .33, .5, 1.0}) {
    EXPECT_EQ(curve.at(share), share);
    EXPECT_EQ(curve.shareFor(share), share);
    EXPECT_EQ(curve.hullShareFor(share), share);
  }
  EXPECT_EQ(curve.points(), (Points{{0, 0}, {1, 1}}));
}

TEST(Curve, PassesThroughItsPointsAndStraightBetweenThem) {
  for (const Points &points : {gemv, network}) {
    Curve curve = curveOf(points);
    for (auto [share, fraction] : points)
      EXPECT_EQ(curve.at(share), fraction);
  }
  EXPECT_NEAR(curveOf(gemv).at(.3), .55, 1e-12);
  EXPECT_NEAR(curveOf(network).at(.5), .7, 1e-12); // the table has no value at .4: from .2 straight to .8
  EXPECT_EQ(curveOf(gemv).at(-.5), 0);
  EXPECT_EQ(curveOf(gemv).at(1.5), 1);
}

TEST(Curve, InverseIsTheSmallestShareThatSuffices) {
  Curve curve = curveOf(network);
  EXPECT_EQ(curve.shareFor(1), .9); // flat from there on
  EXPECT_EQ(curve.shareFor(2), .9);
  EXPECT_EQ(curve.shareFor(0), 0);
  EXPECT_EQ(curve.shareFor(-1), 0);
  EXPECT_EQ(curve.shareFor(.5), .2);
  for (const Points &points : {gemv, network})
    for (int i = 0; i <= 100; ++i) {
      double fraction = i / 100.0, share = curveOf(points).shareFor(fraction);
      EXPECT_NEAR(curveOf(points).at(share), fraction, 1e-12);
      if (share > 1e-6) {
        EXPECT_LT(curveOf(points).at(share - 1e-6), fraction);
      }
    }
  // A level stretch in the middle: the share where it begins, not where it ends.
  EXPECT_EQ(curveOf({{0, 0}, {.2, .5}, {.6, .5}, {1, 1}}).shareFor(.5), .2);
}

TEST(Curve, HullIsConcaveAboveAndTight) {
  // By hand: the hull of the matrix-vector curve is (0, 0), (.4, .8), (1, 1); that of the network leaves out
  // (.8, .9) only.
  EXPECT_EQ(curveOf(gemv).hullPoints().back(), std::pair(1.0, 1.0));
  EXPECT_NEAR(curveOf(gemv).hullShareFor(.3), .15, 1e-12);
  EXPECT_NEAR(curveOf(gemv).hullShareFor(.8), .4, 1e-12);
  EXPECT_NEAR(curveOf(gemv).hullShareFor(.9), .7, 1e-12);
  EXPECT_EQ(curveOf(network).hullPoints(), (Points{{0, 0}, {.1, .3}, {.2, .5}, {.9, 1}, {1, 1}}));
  EXPECT_NEAR(curveOf(network).hullShareFor(.9), .2 + .4 / .5 * .7, 1e-12);
  EXPECT_EQ(curveOf(network).hullShareFor(1), .9);
  for (const Points &points : {gemv, network})
    for (int i = 0; i <= 100; ++i)
      EXPECT_LE(curveOf(points).hullShareFor(i / 100.0), curveOf(points).shareFor(i / 100.0) + 1e-12);
}

TEST(Curve, RefusesEachOffence) {
  EXPECT_EQ(offencesOf({}), "t: expected at least 2 points [share, fraction], found 0");
  EXPECT_EQ(offencesOf({{0, .1}, {1, 1}}), "t: expected [0, 0] as the first point, found [0, 0.1]");
  EXPECT_EQ(offencesOf({{0, 0}, {1, .9}}), "t: expected [1, 1] as the last point, found [1, 0.9]");
  EXPECT_EQ(offencesOf({{0, 0}, {.5, .6}, {.5, .7}, {1, 1}}),
            "t: expected a share above that before it as point 2, found [0.5, 0.7] after [0.5, 0.6]");
  EXPECT_EQ(
      offencesOf({{0, 0}, {.5, .6}, {.7, .5}, {1, 1}}),
      "t: expected a fraction no lower than that before it as point 2, found [0.7, 0.5] after [0.5, 0.6]");
  EXPECT_EQ(
      offencesOf({{0, 0}, {.5, -.25}, {1, 1}}),
      "t: expected share and fraction from 0 to 1 as point 1, found [0.5, -0.25]; expected a fraction no "
      "lower than that before it as point 1, found [0.5, -0.25] after [0, 0]");
  EXPECT_NE(offencesOf({{0, 0}, {.5, std::numeric_limits<double>::quiet_NaN()}, {1, 1}}), "");
}
