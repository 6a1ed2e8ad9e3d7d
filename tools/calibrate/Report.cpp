// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/Report.h"

#include "planner/OpTime.h"
#include "tools/cli/Output.h"

#include <nlohmann/json.hpp>

namespace sennit::calibrate {
namespace {

using Json = nlohmann::ordered_json;
using cli::formatNumber;

const char *nameOf(Partner partner) {
  return partner == Partner::Attention ? "attention" : "copy";
}

Json dataOf(const Accuracy &accuracy) {
  Json data = {{"mean", accuracy.mean}, {"worst", accuracy.worst}, {"worst_at", accuracy.worstAt}};
  for (const auto &[format, error] : accuracy.byFormat)
    data["mean_by_format"][format] = error;
  for (const auto &[rows, error] : accuracy.byRows)
    data["mean_by_rows"][std::to_string(rows)] = error;
  return data;
}

std::string textOf(const Accuracy &accuracy) {
  std::string text = "mean " + formatNumber(100 * accuracy.mean, 1) + " %, worst " +
                     formatNumber(100 * accuracy.worst, 1) + " % (" + accuracy.worstAt + "); ";
  for (size_t i = 0; i < accuracy.byFormat.size(); ++i)
    text += (i ? ", " : "") + accuracy.byFormat[i].first + " " +
            formatNumber(100 * accuracy.byFormat[i].second, 1) + " %";
  return text + "\n";
}

/// An op over rows has no table: what its roofline says.
double predictRowOp(const planner::Target &target, const RowOpFigure &figure) {
  planner::OpFacts facts;
  facts.flopsFixed = figure.reading.flops;
  facts.weightBytes = figure.reading.bytes;
  return 1e-9 * planner::timeOf(target, facts, 1).ns;
}

} // namespace

Json reportData(const Report &report) {
  const Figures &figures = report.figures;
  const planner::Target &target = report.target;
  Json data = {{"machine", figures.facts.machine},
               {"threads", figures.facts.workers},
               {"f32_gflops_per_core", target.f32GflopsPerCore},
               {"i8_gops_per_core", target.i8GopsPerCore},
               {"read_gb_per_s_per_core", figures.readOne / 1e9},
               {"read_gb_per_s", figures.readAll / 1e9},
               {"launch_us", figures.launch * 1e6},
               {"join_us", figures.join * 1e6},
               {"leave_one_shape_out", dataOf(report.leftOut)}};
  data["under_contention"] = report.contended ? dataOf(*report.contended) : Json();
  for (const char *list : {"interference", "row_ops", "attention", "linears"})
    data[list] = Json::array();
  for (const PairFigure &pair : figures.pairs)
    data["interference"].push_back({{"partner", nameOf(pair.partner)},
                                    {"share", double(pair.partnerWorkers) / figures.facts.workers},
                                    {"partner_speed", pair.speeds.partner},
                                    {"linear_speed", pair.speeds.linear}});
  for (const RowOpFigure &one : figures.rowOps)
    data["row_ops"].push_back({{"rows", one.rows},
                               {"us", one.reading.seconds * 1e6},
                               {"roofline_us", predictRowOp(target, one) * 1e6}});
  for (const AttentionFigure &one : figures.attention)
    data["attention"].push_back({{"kind", one.attention.decode ? "decode" : "prefill"},
                                 {"sequences", one.attention.sequences},
                                 {"rows", one.attention.sequences * one.attention.rowsEach},
                                 {"context", one.attention.context},
                                 {"lean", one.attention.lean},
                                 {"us", one.reading.seconds * 1e6},
                                 {"gb_per_s", one.reading.bytes / one.reading.seconds / 1e9},
                                 {"gflops", one.reading.flops / one.reading.seconds / 1e9}});
  for (const LinearFigures &linear : figures.linears) {
    std::vector<double> us;
    for (double seconds : linear.seconds)
      us.push_back(seconds * 1e6);
    data["linears"].push_back({{"format", linear.format.name},
                               {"n", linear.shape.n},
                               {"k", linear.shape.k},
                               {"rows", linear.rows},
                               {"us", us}});
  }
  return data;
}

std::string reportText(const Report &report) {
  const Figures &figures = report.figures;
  const planner::Target &target = report.target;
  std::string text = figures.facts.machine + "\n";
  if (target.kind == "gpu")
    text += "  peak             f16 " + formatNumber(target.f16Tflops, 1) + " TFLOP/s\n  memory           " +
            formatNumber(target.memoryGbPerSecond, 1) + " GB/s\n";
  else
    text += "  peaks per core   f32 " + formatNumber(target.f32GflopsPerCore, 0) + " GFLOP/s, 8-bit " +
            formatNumber(target.i8GopsPerCore, 0) + " GOP/s\n" + "  memory           " +
            formatNumber(target.memoryGbPerSecondPerCore, 1) + " GB/s by one core, " +
            formatNumber(target.memoryGbPerSecond, 1) + " GB/s by all\n";
  text += "  launch, join     " + formatNumber(target.launchUs, 2) + " us, " +
          formatNumber(target.joinUs, 2) + " us\n";
  for (const PairFigure &pair : figures.pairs)
    text += std::string("  side by side     ") + nameOf(pair.partner) + " on " +
            std::to_string(pair.partnerWorkers) + " of " + std::to_string(figures.facts.workers) +
            (target.kind == "gpu" ? " multiprocessors" : " threads") + " runs at " +
            formatNumber(pair.speeds.partner, 2) + " of its speed alone, the linear at " +
            formatNumber(pair.speeds.linear, 2) + "\n";
  text += "  each shape from the others: " + textOf(report.leftOut);
  if (report.leftOut.mean > usefulMean)
    text += "  That is more than " + formatNumber(100 * usefulMean, 1) +
            " %: measure again when nothing else runs.\n";
  if (report.contended)
    text += "  beside a busy thread:       " + textOf(*report.contended);
  return text;
}

} // namespace sennit::calibrate
