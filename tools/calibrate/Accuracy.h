// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "planner/Target.h"
#include "tools/calibrate/Figures.h"

#include <string>
#include <utility>
#include <vector>

namespace sennit::calibrate {

/// How far predicted times are off, as |predicted - measured| / measured, over every shape and row count.
struct Accuracy {
  double mean = 0, worst = 0;
  std::string worstAt;                                  ///< "q4_0 512 x 4096, 16 rows"
  std::vector<std::pair<std::string, double>> byFormat; ///< means
  std::vector<std::pair<int64_t, double>> byRows;
};

/// A larger mean of leaveOneShapeOut says that the machine was not left alone. Source: the mean error that
/// CloudFormer reports for its predicted times.
inline constexpr double usefulMean = .078;

/// Seconds that `target` predicts for a linear on a cpu.
double predictLinear(const planner::Target &target, const WeightFormat &format, const Shape &shape,
                     int64_t rows);

/// Each shape (all of its row counts and formats) predicted from a target without it, whose table has every
/// shape of `linears`. There must be at least two shapes.
Accuracy leaveOneShapeOut(const planner::Target &target, const std::vector<LinearFigures> &linears);

/// `linears`, which may have been measured elsewhere, predicted from the whole table.
Accuracy accuracyOf(const planner::Target &target, const std::vector<LinearFigures> &linears);

} // namespace sennit::calibrate
