// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/Renderings.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

using namespace sennit;
using namespace sennit::cli;
using nlohmann::ordered_json;

namespace {

/// After the processes "measured" and "predicted" of a measured trace (tools/cli/TraceFile.cpp).
constexpr int process = 3;
/// Tracks of a lane: pieces that overlap on one lane, as a wrong plan may have, need one each.
constexpr int tracksOfLane = 1000;

int64_t nanoseconds(double ms) {
  return std::llround(ms * 1e6);
}

ordered_json metadata(const char *what, int track, const std::string &name) {
  return {{"name", what}, {"ph", "M"}, {"pid", process}, {"tid", track}, {"args", {{"name", name}}}};
}

} // namespace

std::string cli::renderPlanTrace(const PlanReport &report) {
  std::vector<size_t> order(report.pieces.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(report.pieces[a].start, a) < std::pair(report.pieces[b].start, b);
  });

  std::vector<ordered_json> events = {metadata("process_name", 0, "planned")};
  std::map<PlanLane, std::vector<int64_t>> ends; // of what each track of a lane holds so far
  std::vector<ordered_json> spans;
  for (size_t index : order) {
    const PlanPiece &piece = report.pieces[index];
    if (piece.rows.begin == piece.rows.end)
      continue; // nothing runs
    int64_t start = nanoseconds(piece.start), end = nanoseconds(piece.end);
    std::vector<int64_t> &tracks = ends[piece.lane];
    size_t free = 0;
    while (free < tracks.size() && tracks[free] > start)
      ++free;
    tracks.resize(std::max(tracks.size(), free + 1));
    tracks[free] = end;
    ordered_json args = {{"node", piece.node},
                         {"op", piece.op},
                         {"layer", piece.layer ? ordered_json(*piece.layer) : ordered_json()},
                         {"row_begin", piece.rows.begin},
                         {"row_end", piece.rows.end},
                         {"lane", laneName(piece.lane)},
                         {"share", piece.share}};
    spans.push_back({{"name", piece.node},
                     {"cat", piece.op},
                     {"ph", "X"},
                     {"pid", process},
                     {"tid", static_cast<int>(piece.lane) * tracksOfLane + static_cast<int>(free)},
                     {"ts", static_cast<double>(start) / 1e3},
                     {"dur", static_cast<double>(end - start) / 1e3},
                     {"args", args}});
  }
  for (const auto &[lane, tracks] : ends)
    for (size_t i = 0; i < tracks.size(); ++i) {
      int track = static_cast<int>(lane) * tracksOfLane + static_cast<int>(i);
      events.push_back(metadata("thread_name", track,
                                std::string(laneName(lane)) + (i ? " " + std::to_string(i + 1) : "")));
      events.push_back({{"name", "thread_sort_index"},
                        {"ph", "M"},
                        {"pid", process},
                        {"tid", track},
                        {"args", {{"sort_index", track}}}});
    }
  events.insert(events.end(), spans.begin(), spans.end());

  ordered_json about = {
      {"model", report.model.name},          {"target", report.target},  {"layout", layoutText(report)},
      {"rows", report.load.batch},           {"plan_ms", report.planMs}, {"bound_ms", report.boundMs},
      {"sequential_ms", report.sequentialMs}};
  auto dump = [](const ordered_json &value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  };
  std::string text = "{\"displayTimeUnit\":\"ns\",\"otherData\":" + dump(about) + ",\n\"traceEvents\":[";
  for (size_t i = 0; i < events.size(); ++i)
    text += (i ? ",\n" : "\n") + dump(events[i]);
  return text + "\n]}\n";
}
