// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace sennit::planner {

/// Nanoseconds as a function of rows: straight lines between points of ascending rows, through (0, 0), and on
/// along the last line beyond the last point. A value; thread-compatible.
class TimeCurve {
public:
  TimeCurve() = default;
  explicit TimeCurve(std::vector<std::pair<double, double>> points) : list(std::move(points)) {}
  /// Proportional to rows.
  static TimeCurve perRow(double nanoseconds) { return TimeCurve({{1.0, nanoseconds}}); }

  double at(double rows) const {
    if (list.empty() || rows <= 0)
      return 0;
    auto next = std::lower_bound(list.begin(), list.end(), rows,
                                 [](const auto &point, double value) { return point.first < value; });
    if (next == list.end())
      --next;
    const auto [x1, y1] = *next;
    const auto [x0, y0] = next == list.begin() ? std::pair(0.0, 0.0) : *std::prev(next);
    return y0 + (y1 - y0) * (rows - x0) / (x1 - x0);
  }
  const std::vector<std::pair<double, double>> &points() const { return list; }

private:
  std::vector<std::pair<double, double>> list;
};

} // namespace sennit::planner
