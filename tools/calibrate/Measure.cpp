// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/Measure.h"

#include <algorithm>

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

/// Readings of all cases of a plan, by round.
class Readings {
public:
  Readings(Device &device, const Plan &plan) : device(device), plan(plan) {
    for (int64_t n : plan.cases.widths)
      for (int64_t k : plan.cases.widths)
        shapes.push_back({n, k});
    linears.resize(plan.cases.formats.size() * shapes.size() * plan.cases.rows.size());
    attention.resize(plan.cases.attention.size());
    for (Partner partner : {Partner::Attention, Partner::Copy})
      for (int workers = 1; workers < device.facts().workers; ++workers)
        pairs.push_back({partner, workers, {}, {}});
  }

  /// `done` gets the part of these that is done.
  Status readLinears(const Progress &done) {
    size_t steps = 0;
    for (size_t f = 0; f < plan.cases.formats.size(); ++f)
      for (size_t r = 0; r < plan.cases.rows.size(); ++r) {
        SENNIT_RETURN_IF_ERROR(
            done(double(steps++) / double(plan.cases.formats.size() * plan.cases.rows.size())));
        SENNIT_ASSIGN_OR_RETURN(std::vector<double> seconds,
                                device.linears(plan.cases.formats[f], shapes, plan.cases.rows[r]));
        for (size_t s = 0; s < shapes.size(); ++s)
          linears[(f * shapes.size() + s) * plan.cases.rows.size() + r].push_back(seconds[s]);
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
    const std::vector<double> *next = linears.data();
    for (const WeightFormat &format : plan.cases.formats)
      for (const Shape &shape : shapes) {
        LinearFigures &made = figures.emplace_back(LinearFigures{format, shape, plan.cases.rows, {}});
        for (size_t r = 0; r < plan.cases.rows.size(); ++r)
          made.seconds.push_back(fastQuarter(*next++));
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
  std::vector<std::vector<double>> linears; ///< [format][shape][rows]
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
