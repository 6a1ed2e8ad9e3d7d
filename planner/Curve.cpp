// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Curve.h"

#include <algorithm>
#include <sstream>

namespace sennit::planner {
namespace {

using Point = std::pair<double, double>;

std::string pointText(const Point &point) {
  std::ostringstream text;
  text << "[" << point.first << ", " << point.second << "]";
  return text.str();
}

/// Twice the area of the triangle a, b, c: positive where the way from a over b to c turns left.
double turn(const Point &a, const Point &b, const Point &c) {
  return (b.first - a.first) * (c.second - a.second) - (b.second - a.second) * (c.first - a.first);
}

std::vector<Point> upperHull(const std::vector<Point> &points) {
  std::vector<Point> hull;
  for (const Point &point : points) {
    while (hull.size() >= 2 && turn(hull[hull.size() - 2], hull.back(), point) >= 0)
      hull.pop_back();
    hull.push_back(point);
  }
  return hull;
}

/// The smallest share at which the line through `points` reaches `fraction`.
double inverse(const std::vector<Point> &points, double fraction) {
  if (!(fraction > 0))
    return 0;
  fraction = std::min(fraction, 1.0);
  auto upper = std::find_if(points.begin(), points.end(),
                            [fraction](const Point &point) { return point.second >= fraction; });
  if (upper->second == fraction)
    return upper->first;
  // A step upwards lies before it, since the first point has fraction 0.
  const Point &lower = *std::prev(upper);
  return lower.first +
         (fraction - lower.second) / (upper->second - lower.second) * (upper->first - lower.first);
}

} // namespace

std::vector<std::string> Curve::offencesOf(const std::vector<Point> &points) {
  std::vector<std::string> offences;
  auto offend = [&](const std::string &expected, const std::string &found) {
    offences.push_back("expected " + expected + ", found " + found);
  };
  if (points.size() < 2)
    offend("at least 2 points [share, fraction]", std::to_string(points.size()));
  for (size_t i = 0; i < points.size(); ++i) {
    auto [share, fraction] = points[i];
    std::string index = " as point " + std::to_string(i);
    if (!(share >= 0 && share <= 1 && fraction >= 0 && fraction <= 1))
      offend("share and fraction from 0 to 1" + index, pointText(points[i]));
    if (i > 0 && !(share > points[i - 1].first))
      offend("a share above that before it" + index,
             pointText(points[i]) + " after " + pointText(points[i - 1]));
    if (i > 0 && !(fraction >= points[i - 1].second))
      offend("a fraction no lower than that before it" + index,
             pointText(points[i]) + " after " + pointText(points[i - 1]));
  }
  if (!points.empty() && points.front() != Point(0, 0))
    offend("[0, 0] as the first point", pointText(points.front()));
  if (!points.empty() && points.back() != Point(1, 1))
    offend("[1, 1] as the last point", pointText(points.back()));
  return offences;
}

StatusOr<Curve> Curve::make(std::vector<Point> points, std::string place) {
  std::string message;
  for (const std::string &offence : offencesOf(points))
    message += (message.empty() ? ": " : "; ") + offence;
  if (!message.empty())
    return invalidInput(place + message);
  Curve curve;
  curve.hull = upperHull(points);
  curve.corners = std::move(points);
  return curve;
}

double Curve::at(double share) const {
  if (!(share > 0))
    return 0;
  if (share >= 1)
    return 1;
  auto upper = std::find_if(corners.begin(), corners.end(),
                            [share](const Point &point) { return point.first >= share; });
  if (upper->first == share)
    return upper->second;
  const Point &lower = *std::prev(upper);
  return lower.second + (share - lower.first) / (upper->first - lower.first) * (upper->second - lower.second);
}

double Curve::shareFor(double fraction) const {
  return inverse(corners, fraction);
}

double Curve::hullShareFor(double fraction) const {
  return inverse(hull, fraction);
}

} // namespace sennit::planner
