// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/Accuracy.h"

#include "planner/OpTime.h"

#include <cmath>
#include <map>

namespace sennit::calibrate {
namespace {

struct Sum {
  double total = 0;
  int64_t count = 0;

  void add(double value) {
    total += value;
    ++count;
  }
  double mean() const { return count ? total / double(count) : 0; }
};

/// `targetFor` gives the target that a shape is predicted from.
template <typename TargetFor>
Accuracy compare(const std::vector<LinearFigures> &linears, TargetFor targetFor) {
  Accuracy accuracy;
  Sum all;
  std::map<double, std::pair<std::string, Sum>> byFormat;
  std::map<int64_t, Sum> byRows;
  for (const LinearFigures &linear : linears) {
    const planner::Target target = targetFor(linear.shape);
    for (size_t i = 0; i < linear.rows.size(); ++i) {
      double predicted = predictLinear(target, linear.format, linear.shape, linear.rows[i]);
      double error = std::abs(predicted - linear.seconds[i]) / linear.seconds[i];
      all.add(error);
      auto &format = byFormat[linear.format.bits];
      format.first = linear.format.name;
      format.second.add(error);
      byRows[linear.rows[i]].add(error);
      if (error > accuracy.worst || accuracy.worstAt.empty()) {
        accuracy.worst = error;
        accuracy.worstAt = linear.format.name + " " + std::to_string(linear.shape.n) + " x " +
                           std::to_string(linear.shape.k) + ", " + std::to_string(linear.rows[i]) +
                           (linear.rows[i] == 1 ? " row" : " rows");
      }
    }
  }
  accuracy.mean = all.mean();
  for (const auto &[bits, format] : byFormat)
    accuracy.byFormat.emplace_back(format.first, format.second.mean());
  for (const auto &[rows, sum] : byRows)
    accuracy.byRows.emplace_back(rows, sum.mean());
  return accuracy;
}

} // namespace

double predictLinear(const planner::Target &target, const WeightFormat &format, const Shape &shape,
                     int64_t rows) {
  planner::OpFacts facts;
  facts.opClass = planner::OpClass::Compute;
  facts.n = shape.n;
  facts.k = shape.k;
  facts.flopsPerRow = 2. * double(shape.n) * double(shape.k);
  facts.weightBytes = format.bytes() * double(shape.n) * double(shape.k);
  facts.activationBytesPerRow = double((shape.n + shape.k) * target.activationBytes);
  facts.integer = format.integer;
  return 1e-9 * planner::timeOf(target, facts, double(rows)).ns;
}

Accuracy leaveOneShapeOut(const planner::Target &target, const std::vector<LinearFigures> &linears) {
  return compare(linears, [&](const Shape &shape) {
    planner::Target without = target;
    std::erase_if(without.linears, [&](const planner::LinearEfficiency &entry) {
      return entry.n == shape.n && entry.k == shape.k;
    });
    return without;
  });
}

Accuracy accuracyOf(const planner::Target &target, const std::vector<LinearFigures> &linears) {
  return compare(linears, [&](const Shape &) { return target; });
}

} // namespace sennit::calibrate
