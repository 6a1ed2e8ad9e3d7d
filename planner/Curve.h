// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// How fast an op runs on a part of the machine while another one has the rest.
#pragma once

#include "runtime/base/StatusOr.h"

#include <string>
#include <utility>
#include <vector>

namespace sennit::planner {

/// P(R), piecewise linear: the fraction of its speed alone that an op reaches with share R of the machine.
/// R and P lie in [0, 1], P(0) = 0, P(1) = 1, and P never falls. A value; thread-compatible.
/// Source of the notion: NanoFlow, OSDI 2025, interference between kernels.
class Curve {
public:
  /// P(R) = R: what it gets is what it does.
  Curve() : corners{{0, 0}, {1, 1}}, hull(corners) {}

  /// A curve through `points`, pairs of (R, P) that begin with (0, 0) and end with (1, 1); R ascends
  /// strictly. InvalidInput: one sentence that lists every offence at `place`.
  static StatusOr<Curve> make(std::vector<std::pair<double, double>> points, std::string place);

  /// What make() would refuse, each as "expected X, found Y".
  static std::vector<std::string> offencesOf(const std::vector<std::pair<double, double>> &points);

  /// P(share); a share outside [0, 1] counts as the nearest in it.
  double at(double share) const;

  /// The smallest R for which P(R) is at least `fraction`, which is clamped to [0, 1].
  double shareFor(double fraction) const;

  /// As shareFor, on the upper concave hull: what sharing time between two shares can reach. A bound uses it;
  /// a plan may not. At most shareFor(fraction).
  double hullShareFor(double fraction) const;

  const std::vector<std::pair<double, double>> &points() const { return corners; }

  /// The corners of the upper concave hull, from (0, 0) to (1, 1).
  const std::vector<std::pair<double, double>> &hullPoints() const { return hull; }

private:
  std::vector<std::pair<double, double>> corners, hull;
};

} // namespace sennit::planner
