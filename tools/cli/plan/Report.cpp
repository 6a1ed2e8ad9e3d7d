// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/Report.h"

#include "tools/cli/plan/Fields.h"

#include <algorithm>
#include <set>

using namespace sennit;
using namespace sennit::cli;
using nlohmann::json;

static PlanOp readOp(FieldReader item) {
  PlanOp op;
  op.op = item.text("op");
  op.kind = item.text("class");
  op.gflop = item.number("gflop");
  op.memoryGb = item.number("gb_memory");
  op.networkGb = item.number("gb_network");
  op.computeMs = item.number("compute_ms");
  op.memoryMs = item.number("memory_ms");
  op.networkMs = item.number("network_ms");
  op.ms = item.number("ms");
  op.basis = item.text("basis", "");
  return op;
}

const char *cli::laneName(PlanLane lane) {
  return lane == PlanLane::Compute ? "compute" : lane == PlanLane::Memory ? "memory" : "network";
}

double PlanReport::rateOf(double ms) const {
  return ms > 0 ? static_cast<double>(load.batch) / (ms / 1e3) / static_cast<double>(devices) : 0;
}

size_t PlanReport::orderOf(const std::string &op) const {
  return static_cast<size_t>(
      std::find_if(ops.begin(), ops.end(), [&](const PlanOp &known) { return known.op == op; }) -
      ops.begin());
}

StatusOr<PlanReport> cli::parsePlanReport(const json &root, const std::string &place) {
  PlanReport report;
  std::string error;
  FieldReader reader(root, "", error);
  FieldReader model(reader.members("model"), "model", error);
  report.model = {model.text("family", ""), model.text("name", ""), model.count("layers"),
                  model.count("hidden_size"), model.number("parameters")};
  report.target = reader.text("target");
  report.devices = reader.count("devices", 1);
  FieldReader layout(reader.members("layout"), "layout", error);
  for (const auto &[axis, size] : reader.members("layout").items())
    report.layout.emplace_back(axis, layout.count(axis.c_str(), 1));
  FieldReader load(reader.members("load"), "load", error);
  report.load = {load.count("batch", 1), load.count("generated_rows"), load.count("prompt_rows"),
                 load.number("prompt"), load.number("output")};
  report.objective = reader.text("objective", "");
  const json &ops = reader.list("ops");
  for (size_t i = 0; i < ops.size(); ++i)
    report.ops.push_back(readOp(reader.item(ops, "ops", i)));
  report.sequentialMs = reader.number("sequential_ms");
  report.unsplitMs = reader.number("unsplit_ms");
  report.boundMs = reader.number("bound_ms");
  report.planMs = reader.number("plan_ms");
  report.steadyUsPerLayer = reader.number("steady_us_per_layer");
  report.tokensPerSecond = reader.number("tokens_per_s_per_gpu");
  report.isValid = reader.flag("valid");
  for (const json &item : reader.list("violations", true))
    report.violations.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  report.scheduler = reader.text("scheduler", "");
  report.searchSeconds = reader.numberOrNone("search_s").value_or(0);
  report.iterations = static_cast<int64_t>(reader.numberOrNone("iterations").value_or(0));
  report.decision = reader.text("decision");
  report.condition = reader.text("condition", "");
  report.split = readSplit(reader);
  // A second node of an op in a layer has its number behind a point: "network.2".
  auto orderOf = [&](const std::string &op) { return report.orderOf(op.substr(0, op.find('.'))); };
  std::sort(report.split.begin(), report.split.end(), [&](const auto &a, const auto &b) {
    return std::pair(orderOf(a.first), a.first) < std::pair(orderOf(b.first), b.first);
  });
  report.pieces = readPieces(reader);
  report.why = readAlternatives(reader);
  if (!error.empty())
    return invalidInput(place + ": expected the report of `sennit plan --json`: " + error);
  return report;
}

SteadyWindow cli::steadyWindow(const PlanReport &report) {
  SteadyWindow window;
  // Pieces that take no time, such as those of no rows, may stand anywhere.
  std::vector<const PlanPiece *> timed;
  for (const PlanPiece &piece : report.pieces)
    if (piece.end > piece.start)
      timed.push_back(&piece);
  if (timed.empty())
    return window;
  std::set<int64_t> known;
  window.begin = timed.front()->start;
  for (const PlanPiece *piece : timed) {
    window.begin = std::min(window.begin, piece->start);
    window.end = std::max(window.end, piece->end);
    if (piece->layer)
      known.insert(*piece->layer);
  }
  std::vector<int64_t> layers(known.begin(), known.end());
  if (layers.empty())
    return window;
  auto startOf = [&](int64_t layer) {
    double start = window.end;
    for (const PlanPiece *piece : timed)
      if (piece->layer == layer)
        start = std::min(start, piece->start);
    return start;
  };
  size_t first = layers.size() > 2 ? (layers.size() - 2) / 2 : 0,
         last = std::min(first + 1, layers.size() - 1);
  window.first = layers[first];
  window.last = layers[last];
  double begin = startOf(*window.first), end = window.end;
  if (last + 1 < layers.size()) {
    window.next = layers[last + 1];
    end = startOf(*window.next);
  }
  if (end > begin) {
    window.begin = begin;
    window.end = end;
  } else {
    window.next.reset();
  }
  return window;
}

std::string cli::counted(int64_t count, const std::string &what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string cli::rowsText(const PlanRows &rows) {
  return std::to_string(rows.begin) + "-" + std::to_string(rows.end);
}

std::string cli::rangesText(const std::vector<PlanRows> &ranges) {
  std::string text;
  for (const PlanRows &rows : ranges)
    if (rows.begin < rows.end)
      text += (text.empty() ? "" : " ") + rowsText(rows);
  return text;
}

std::string cli::layoutText(const PlanReport &report) {
  std::string text;
  for (const auto &[axis, size] : report.layout)
    text += (text.empty() ? "" : ",") + axis + "=" + std::to_string(size);
  return text.empty() ? "one device" : text;
}
