// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/Measure.h"

#include <algorithm>
#include <cmath>

namespace sennit::calibrate {
namespace {

/// The reading that a quarter of them undercuts or meets. The best alone would be one lucky moment, the
/// middle one of a machine that others use: memory here is slow for seconds at a time.
double fastQuarter(std::vector<double> readings) {
  std::sort(readings.begin(), readings.end());
  return readings[(readings.size() - 1) / 4];
}

double middle(std::vector<double> readings) {
  std::sort(readings.begin(), readings.end());
  return readings[readings.size() / 2];
}

/// Seconds of all shapes: one pass over the linears of one format and number of rows.
using Pass = std::vector<double>;

/// Passes in one round: those of few rows take milliseconds, and depend on the memory the most.
int64_t passesOf(int64_t rows) {
  return std::clamp<int64_t>(64 / rows, 1, 4);
}

/// The quarter of passes that was the fastest as a whole, by geometric mean: small shapes count as much as
/// large ones.
std::vector<Pass> fastPasses(const std::vector<Pass> &passes) {
  std::vector<std::pair<double, size_t>> order;
  for (size_t i = 0; i < passes.size(); ++i) {
    double sum = 0;
    for (double seconds : passes[i])
      sum += std::log(seconds);
    order.emplace_back(sum, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<Pass> fast;
  for (size_t i = 0; i < (passes.size() + 3) / 4; ++i)
    fast.push_back(passes[order[i].second]);
  return fast;
}

/// One figure for each shape, see fastQuarter. Of few rows only fast passes count, so that all shapes of a
/// table are from times when memory was equally fast, and their ratios are right. A pass of many rows is
/// longer than a machine stays undisturbed, and is bound by arithmetic.
Pass figuresOf(const std::vector<Pass> &passes, int64_t rows) {
  const std::vector<Pass> taken = passesOf(rows) > 1 ? fastPasses(passes) : passes;
  Pass figures;
  for (size_t shape = 0; shape < passes.front().size(); ++shape) {
    std::vector<double> readings;
    for (const Pass &pass : taken)
      readings.push_back(pass[shape]);
    figures.push_back(fastQuarter(std::move(readings)));
  }
  return figures;
}

/// On how many of `workers` the partner of a linear runs: every number, of many workers seven evenly spaced.
std::vector<int> partnerWorkers(int workers) {
  constexpr int parts = 8;
  std::vector<int> counts;
  for (int i = 1; i < std::min(workers, parts); ++i)
    counts.push_back(workers <= parts ? i : i * workers / parts);
  return counts;
}

/// Readings of all cases of a plan, by round.
class Readings {
public:
  Readings(Device &device, const Plan &plan) : device(device), plan(plan) {
    for (int64_t n : plan.cases.widths)
      for (int64_t k : plan.cases.widths)
        shapes.push_back({n, k});
    linears.resize(plan.cases.formats.size() * plan.cases.rows.size());
    attention.resize(plan.cases.attention.size());
    for (Partner partner : {Partner::Attention, Partner::Copy})
      for (int workers : partnerWorkers(device.facts().workers))
        pairs.push_back({partner, workers, {}, {}});
  }

  /// `done` gets the part of these that is done.
  Status readLinears(const Progress &done) {
    for (size_t i = 0; i < linears.size(); ++i) {
      const WeightFormat &format = plan.cases.formats[i / plan.cases.rows.size()];
      const int64_t rows = plan.cases.rows[i % plan.cases.rows.size()];
      SENNIT_RETURN_IF_ERROR(done(double(i) / double(linears.size())));
      for (int64_t pass = 0; pass < passesOf(rows); ++pass) {
        SENNIT_ASSIGN_OR_RETURN(Pass seconds, device.linears(format, shapes, rows));
        linears[i].push_back(std::move(seconds));
      }
    }
    return Status::okay();
  }

  Status readOthers() {
    for (size_t i = 0; i < plan.cases.attention.size(); ++i) {
      SENNIT_ASSIGN_OR_RETURN(attentionFacts.emplace_back(), device.attention(plan.cases.attention[i]));
      attention[i].push_back(attentionFacts.back().seconds);
      if (attentionFacts.size() > plan.cases.attention.size())
        attentionFacts.pop_back();
    }
    SENNIT_ASSIGN_OR_RETURN(rowOpFacts, device.rowOp(plan.rowOpRows));
    rowOp.push_back(rowOpFacts.seconds);
    SENNIT_RETURN_IF_ERROR(add(f32Peak, device.peak(false)));
    SENNIT_RETURN_IF_ERROR(add(i8Peak, device.peak(true)));
    SENNIT_RETURN_IF_ERROR(add(readOne, device.readBandwidth(1)));
    SENNIT_RETURN_IF_ERROR(add(readAll, device.readBandwidth(device.facts().workers)));
    SENNIT_RETURN_IF_ERROR(add(launch, device.launch()));
    SENNIT_RETURN_IF_ERROR(add(join, device.join()));
    for (Pair &pair : pairs) {
      PairCase one{{plan.cases.widths.back(), plan.cases.widths.back()},
                   plan.cases.formats.front(),
                   plan.pairRows,
                   pair.partner,
                   pair.workers,
                   plan.pairSeconds};
      SENNIT_ASSIGN_OR_RETURN(PairReading reading, device.pair(one));
      pair.linear.push_back(reading.linear);
      pair.partnerSpeed.push_back(reading.partner);
    }
    return Status::okay();
  }

  std::vector<LinearFigures> linearFigures() const {
    std::vector<LinearFigures> figures;
    for (size_t f = 0; f < plan.cases.formats.size(); ++f) {
      const size_t first = figures.size();
      for (const Shape &shape : shapes)
        figures.push_back({plan.cases.formats[f], shape, plan.cases.rows, {}});
      for (size_t r = 0; r < plan.cases.rows.size(); ++r) {
        const Pass seconds = figuresOf(linears[f * plan.cases.rows.size() + r], plan.cases.rows[r]);
        for (size_t s = 0; s < shapes.size(); ++s)
          figures[first + s].seconds.push_back(seconds[s]);
      }
    }
    return figures;
  }

  Figures figures() const {
    Figures made;
    made.facts = device.facts();
    // Peaks are what the machine can do at its best.
    made.f32Peak = *std::max_element(f32Peak.begin(), f32Peak.end());
    made.i8Peak = *std::max_element(i8Peak.begin(), i8Peak.end());
    made.readAll = *std::max_element(readAll.begin(), readAll.end());
    made.readOne = std::min(*std::max_element(readOne.begin(), readOne.end()), made.readAll);
    made.launch = fastQuarter(launch);
    made.join = fastQuarter(join);
    made.linears = linearFigures();
    for (size_t i = 0; i < attention.size(); ++i) {
      made.attention.push_back({plan.cases.attention[i], attentionFacts[i]});
      made.attention.back().reading.seconds = fastQuarter(attention[i]);
    }
    made.rowOps.push_back({plan.rowOpRows, rowOpFacts});
    made.rowOps.back().reading.seconds = fastQuarter(rowOp);
    for (const Pair &pair : pairs)
      made.pairs.push_back({pair.partner, pair.workers, {middle(pair.linear), middle(pair.partnerSpeed)}});
    return made;
  }

private:
  struct Pair {
    Partner partner;
    int workers;
    std::vector<double> linear, partnerSpeed;
  };

  static Status add(std::vector<double> &readings, StatusOr<double> reading) {
    if (!reading.ok())
      return reading.status();
    readings.push_back(*reading);
    return Status::okay();
  }

  Device &device;
  const Plan &plan;
  std::vector<Shape> shapes;
  std::vector<std::vector<Pass>> linears; ///< [format][rows]
  std::vector<std::vector<double>> attention;
  std::vector<Reading> attentionFacts;
  Reading rowOpFacts;
  std::vector<double> rowOp, f32Peak, i8Peak, readOne, readAll, launch, join;
  std::vector<Pair> pairs;
};

} // namespace

namespace {

/// All rounds; `others` says whether more than linears is read.
Status readAll(Readings &readings, const Plan &plan, bool others, const Progress &progress) {
  for (int round = 0; round < plan.rounds; ++round) {
    SENNIT_RETURN_IF_ERROR(
        readings.readLinears([&](double part) { return progress((round + part) / plan.rounds); }));
    if (others)
      SENNIT_RETURN_IF_ERROR(readings.readOthers());
  }
  return progress(1);
}

} // namespace

StatusOr<Figures> measure(Device &device, const Plan &plan, const Progress &progress) {
  SENNIT_RETURN_IF_ERROR(device.prepare(plan.cases));
  Readings readings(device, plan);
  SENNIT_RETURN_IF_ERROR(readAll(readings, plan, true, progress));
  return readings.figures();
}

StatusOr<std::vector<LinearFigures>> measureLinears(Device &device, const Plan &plan,
                                                    const Progress &progress) {
  Readings readings(device, plan);
  SENNIT_RETURN_IF_ERROR(readAll(readings, plan, false, progress));
  return readings.linearFigures();
}

} // namespace sennit::calibrate
