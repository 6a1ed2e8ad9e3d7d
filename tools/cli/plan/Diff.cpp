// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Output.h"
#include "tools/cli/plan/Renderings.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace sennit;
using namespace sennit::cli;
using nlohmann::ordered_json;

namespace {

/// The share and lane of each piece of the steady state, by op and rows: layers repeat it, so one tells all.
std::map<std::pair<std::string, std::string>, std::string> placesOf(const PlanReport &report) {
  std::map<std::pair<std::string, std::string>, std::string> places;
  std::optional<int64_t> layer = steadyWindow(report).first;
  for (const PlanPiece &piece : report.pieces) {
    if (piece.layer != layer)
      continue;
    std::string place = std::string(laneName(piece.lane)) + " " + formatNumber(piece.share, 2);
    std::string &known = places[{piece.op, rowsText(piece.rows)}];
    if (known.find(place) == std::string::npos) // the two collectives of a layer may differ, or be alike
      known += (known.empty() ? "" : ", ") + place;
  }
  return places;
}

class Differ {
public:
  Differ(const PlanReport &a, const PlanReport &b) : a(a), b(b) {}

  ordered_json run() {
    context("model", a.model.name, b.model.name);
    context("family", a.model.family, b.model.family);
    context("layers", a.model.layers, b.model.layers);
    context("hidden_size", a.model.hiddenSize, b.model.hiddenSize);
    context("target", a.target, b.target);
    context("devices", a.devices, b.devices);
    context("layout", layoutText(a), layoutText(b));
    context("batch", a.load.batch, b.load.batch);
    context("generated_rows", a.load.generatedRows, b.load.generatedRows);
    context("prompt", a.load.prompt, b.load.prompt);
    context("output", a.load.output, b.load.output);
    context("objective", a.objective, b.objective);
    context("scheduler", a.scheduler, b.scheduler);
    context("valid", a.isValid, b.isValid);
    context("decision", a.decision, b.decision);
    context("condition", a.condition, b.condition);
    time("sequential_ms", a.sequentialMs, b.sequentialMs);
    time("unsplit_ms", a.unsplitMs, b.unsplitMs);
    time("bound_ms", a.boundMs, b.boundMs);
    time("plan_ms", a.planMs, b.planMs);
    time("steady_us_per_layer", a.steadyUsPerLayer, b.steadyUsPerLayer);
    time("tokens_per_s_per_gpu", a.tokensPerSecond, b.tokensPerSecond);
    for (const std::string &op : opsOfBoth())
      time(op + " ms", msOf(a, op), msOf(b, op));
    compareSplits();
    compareShares();
    bool same = true;
    for (const char *list : {"context", "times", "split", "shares"})
      same = same && result[list].empty();
    result["same"] = same;
    return result;
  }

private:
  template <typename T>
  void context(const char *field, const T &before, const T &after) {
    if (before != after)
      result["context"].push_back({{"field", field}, {"a", before}, {"b", after}});
  }

  void time(const std::string &field, double before, double after) {
    if (before == after)
      return;
    result["times"].push_back({{"field", field},
                               {"a", before},
                               {"b", after},
                               {"change", after - before},
                               {"ratio", before > 0 ? ordered_json(after / before) : ordered_json()}});
  }

  std::set<std::string> opsOfBoth() const {
    std::set<std::string> names;
    for (const PlanReport *report : {&a, &b})
      for (const PlanOp &op : report->ops)
        names.insert(op.op);
    return names;
  }
  static double msOf(const PlanReport &report, const std::string &op) {
    size_t index = report.orderOf(op);
    return index < report.ops.size() ? report.ops[index].ms : 0;
  }

  void compareSplits() {
    std::map<std::string, std::pair<std::string, std::string>> both;
    for (const auto &[op, ranges] : a.split)
      both[op].first = rangesText(ranges);
    for (const auto &[op, ranges] : b.split)
      both[op].second = rangesText(ranges);
    for (const auto &[op, texts] : both)
      if (texts.first != texts.second)
        result["split"].push_back({{"op", op}, {"a", texts.first}, {"b", texts.second}});
  }

  /// Pieces with the same op and rows in both; other pieces are told by the split.
  void compareShares() {
    auto before = placesOf(a), after = placesOf(b);
    for (const auto &[piece, place] : before)
      if (auto other = after.find(piece); other != after.end() && other->second != place)
        result["shares"].push_back(
            {{"op", piece.first}, {"rows", piece.second}, {"a", place}, {"b", other->second}});
  }

  const PlanReport &a, &b;
  ordered_json result = {{"same", true},
                         {"context", ordered_json::array()},
                         {"times", ordered_json::array()},
                         {"split", ordered_json::array()},
                         {"shares", ordered_json::array()}};
};

std::string cell(const ordered_json &value) {
  if (value.is_number_float())
    return formatNumber(value.get<double>(), 3);
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return text.empty() ? "none" : text;
}

} // namespace

ordered_json cli::diffPlans(const PlanReport &a, const PlanReport &b) {
  return Differ(a, b).run();
}

std::string cli::renderPlanDiff(const ordered_json &diff) {
  if (diff["same"].get<bool>())
    return "the plans are the same\n";
  std::string text;
  auto section = [&](const char *list, std::vector<std::string> headers, std::vector<const char *> fields) {
    std::vector<std::vector<std::string>> rows;
    for (const ordered_json &item : diff[list]) {
      std::vector<std::string> &row = rows.emplace_back();
      for (const char *field : fields)
        row.push_back(item[field].is_null() ? "" : cell(item[field]));
    }
    if (!rows.empty())
      text += (text.empty() ? "" : "\n") + formatTable(headers, rows);
  };
  section("context", {"what", "a", "b"}, {"field", "a", "b"});
  section("times", {"time", "a", "b", "b - a", "b / a"}, {"field", "a", "b", "change", "ratio"});
  if (!diff["split"].empty())
    text += text.empty() ? "" : "\n";
  for (const ordered_json &item : diff["split"])
    text += "rows of " + cell(item["op"]) + ": " + cell(item["a"]) + " -> " + cell(item["b"]) + "\n";
  if (!diff["shares"].empty())
    text += text.empty() ? "" : "\n";
  for (const ordered_json &item : diff["shares"])
    text += "lane and share of " + cell(item["op"]) + " " + cell(item["rows"]) + ": " + cell(item["a"]) +
            " -> " + cell(item["b"]) + "\n";
  return text;
}
