// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Output.h"
#include "tools/cli/plan/Renderings.h"

#include <algorithm>

using namespace sennit;
using namespace sennit::cli;

namespace {

/// "68.98 G": powers of 1000 of a count.
std::string scaled(double value) {
  const char *const units[] = {"", " k", " M", " G", " T"};
  int unit = 0;
  for (; value >= 1000 && unit < 4; ++unit)
    value /= 1000;
  return formatNumber(value, unit ? 2 : 0) + units[unit];
}

std::string heading(const PlanReport &report) {
  const PlanReport::Model &model = report.model;
  const PlanReport::Load &load = report.load;
  std::string text = (model.name.empty() ? "model" : model.name) + " (" + model.family +
                     "): " + counted(model.layers, "layer") + " of " + std::to_string(model.hiddenSize) +
                     ", " + scaled(model.parameters) + " parameters\n";
  text += "target    " + report.target + ", " + counted(report.devices, "device") +
          (report.layout.empty() ? "" : ", " + layoutText(report)) + "\n";
  text += "load      " + counted(load.batch, "row") + " a step: " + std::to_string(load.generatedRows) +
          " generated, " + std::to_string(load.promptRows) + " prompt; requests of " +
          formatNumber(load.prompt, 0) + " in, " + formatNumber(load.output, 0) + " out\n";
  if (!report.objective.empty())
    text += "objective " + report.objective + "\n";
  return text;
}

/// A resource that an op does not use shows as "-".
std::string used(double value, int digits) {
  return value == 0 ? "-" : formatNumber(value, digits);
}

std::string opsTable(const PlanReport &report) {
  std::vector<std::vector<std::string>> rows;
  double gflop = 0, memory = 0, network = 0, ms = 0;
  for (const PlanOp &op : report.ops) {
    rows.push_back({op.op, op.kind, used(op.gflop, 1), used(op.memoryGb, 1), used(op.networkGb, 1),
                    used(op.computeMs, 2), used(op.memoryMs, 2), used(op.networkMs, 2),
                    formatNumber(op.ms, 2), op.basis});
    gflop += op.gflop;
    memory += op.memoryGb;
    network += op.networkGb;
    ms += op.ms;
  }
  rows.push_back(
      {"sum", "", used(gflop, 1), used(memory, 1), used(network, 1), "", "", "", formatNumber(ms, 2), ""});
  // Numbers go to the right, also where some cell of theirs is a dash.
  std::vector<std::string> headers = {"op",      "class",  "GFLOP",  "GB mem", "GB net",
                                      "comp ms", "mem ms", "net ms", "ms",     "basis"};
  for (size_t column = 2; column < 9; ++column) {
    size_t width = headers[column].size();
    for (const auto &row : rows)
      width = std::max(width, row[column].size());
    headers[column].insert(0, width - headers[column].size(), ' ');
    for (auto &row : rows)
      row[column].insert(0, width - row[column].size(), ' ');
  }
  return formatTable(headers, rows);
}

std::string timesTable(const PlanReport &report) {
  std::vector<std::vector<std::string>> rows;
  auto add = [&](const char *name, double ms, double rate, const std::string &note) {
    rows.push_back({name, formatNumber(ms, 2), formatNumber(ms > 0 ? report.sequentialMs / ms : 0, 3),
                    formatNumber(rate, 0), note});
  };
  std::string over;
  if (report.boundMs > 0)
    over = formatNumber(std::max(0.0, 100 * (report.planMs / report.boundMs - 1)), 2) + " % above the bound";
  add("sequential", report.sequentialMs, report.rateOf(report.sequentialMs), "one op after another");
  add("unsplit", report.unsplitMs, report.rateOf(report.unsplitMs),
      "whole batch, independent ops side by side");
  add("plan", report.planMs, report.tokensPerSecond, over);
  add("bound", report.boundMs, report.rateOf(report.boundMs), "fluid bound of the plan's own pieces");
  std::string text = formatTable({"time", "ms", "speedup", "tokens/s/GPU", ""}, rows);
  return text + "steady state " + formatNumber(report.steadyUsPerLayer, 1) + " us a layer\n";
}

} // namespace

std::string cli::renderPlanText(const PlanReport &report) {
  std::string text = heading(report) + "\n" + opsTable(report) + "\n" + timesTable(report) + "\n";
  text += "decision  " + report.decision + (report.condition.empty() ? "" : ": " + report.condition) + "\n";
  text += "rows      ";
  size_t width = 0;
  for (const auto &[op, ranges] : report.split)
    width = std::max(width, op.size());
  bool isFirst = true;
  for (const auto &[op, ranges] : report.split) {
    text += (isFirst ? "" : "          ") + op + std::string(width - op.size() + 2, ' ') +
            rangesText(ranges) + "\n";
    isFirst = false;
  }
  if (report.split.empty())
    text += "all in one piece\n";
  if (!report.why.empty()) {
    std::vector<std::vector<std::string>> rows;
    for (const PlanAlternative &why : report.why)
      rows.push_back({why.alternative, why.ms ? formatNumber(*why.ms, 2) : "none",
                      why.losesByMs ? formatNumber(*why.losesByMs, 2) : "none", why.condition});
    text += "\n" + formatTable({"alternative", "ms", "loses by", "why"}, rows);
  }
  text += "\n";
  for (const std::string &violation : report.violations)
    text += "VIOLATED  " + violation + "\n";
  text += std::string(report.isValid ? "valid" : "NOT VALID") + " by the independent validator; " +
          report.scheduler + ", " + formatNumber(report.searchSeconds, 2) + " s, " +
          counted(report.iterations, "iteration") + ", " +
          counted(static_cast<int64_t>(report.pieces.size()), "piece") + "\n";
  return text;
}
