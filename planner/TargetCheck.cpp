// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/TargetCheck.h"

#include "planner/Curve.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <set>
#include <sstream>
#include <tuple>

namespace sennit::planner {
namespace {

using Json = nlohmann::ordered_json;

/// What a figure can be in its unit. The ranges are wide: they are there to find a figure in another unit.
struct Range {
  const char *path;
  double low, high;
  const char *unit;
};

constexpr Range ranges[] = {
    {"/cores", 1, 1e4, "cores"},
    {"/devices", 1, 1e6, "devices"},
    {"/devices_per_node", 1, 1e4, "devices"},
    {"/peaks/f16_tflops", 1, 1e5, "TFLOP/s"},
    {"/peaks/f32_tflops", .1, 1e4, "TFLOP/s"},
    {"/peaks/f32_gflops_per_core", 1, 1e4, "GFLOP/s"},
    {"/peaks/i8_gops_per_core", 1, 1e5, "GOP/s"},
    {"/memory/bytes", 1 << 28, 1e14, "bytes"},
    {"/memory/gb_per_s", 1, 1e5, "GB/s"},
    {"/memory/gb_per_s_per_core", .1, 1e4, "GB/s"},
    {"/links/node/gb_per_s", 1, 1e4, "GB/s"},
    {"/links/network/gb_per_s", .1, 1e4, "GB/s"},
    {"/links/node/latency_us", .05, 200, "us"},
    {"/links/network/latency_us", .05, 1e3, "us"},
    {"/launch_us", .05, 200, "us"},
    {"/join_us", .02, 200, "us"},
    {"/activation_bytes", 1, 8, "bytes"},
    {"/cache_element_bytes", 1, 8, "bytes"},
    {"/tile/rows", 1, 1024, "rows"},
    {"/tile/columns", 1, 4096, "columns"},
    {"/tile/processors", 1, 4096, "processors"},
};

/// Groups of figures that need a source where the target gives them.
constexpr const char *groups[] = {"peaks",
                                  "caches",
                                  "memory",
                                  "links",
                                  "tile",
                                  "launch_us",
                                  "join_us",
                                  "linear_efficiency",
                                  "attention_efficiency",
                                  "collectives",
                                  "interference",
                                  "schedule",
                                  "absorbs"};

std::string text(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

class Check {
public:
  explicit Check(const Json &target) : target(target) {}

  std::vector<std::string> run() {
    checkRanges();
    checkMemory();
    checkDevices();
    checkLinks();
    checkLinears();
    checkAttention();
    checkCollectives();
    checkCurves();
    checkSources();
    return std::move(offences);
  }

private:
  const Json &target;
  std::vector<std::string> offences;

  void offend(const std::string &expected, const std::string &found, const std::string &path) {
    offences.push_back("expected " + expected + ", found " + found + " at " + path);
  }

  /// The number at a JSON pointer, or `otherwise`.
  double at(const char *path, double otherwise) const {
    Json::json_pointer pointer(path);
    return target.contains(pointer) ? target[pointer].get<double>() : otherwise;
  }
  bool has(const char *path) const { return target.contains(Json::json_pointer(path)); }

  void checkRanges() {
    for (const Range &range : ranges) {
      double value = at(range.path, range.low);
      if (!(value >= range.low && value <= range.high))
        offend(text(range.low) + " to " + text(range.high) + " " + range.unit, text(value), range.path);
    }
  }

  void checkMemory() {
    double all = at("/memory/gb_per_s", 0), one = at("/memory/gb_per_s_per_core", 0);
    if (one > all)
      offend("at most the " + text(all) + " GB/s of all cores", text(one), "/memory/gb_per_s_per_core");
  }

  void checkDevices() {
    if (!has("/devices"))
      return;
    double devices = at("/devices", 1), perNode = at("/devices_per_node", 1);
    if (std::fmod(devices, perNode) != 0)
      return offend("a divisor of the " + text(devices) + " devices", text(perNode), "/devices_per_node");
    if (perNode > 1 && !has("/links/node"))
      offend("a link between the " + text(perNode) + " devices of a node", "none", "/links/node");
    if (devices > perNode && !has("/links/network"))
      offend("a link between the " + text(devices / perNode) + " nodes", "none", "/links/network");
  }

  void checkLinks() {
    double memory = at("/memory/gb_per_s", 0);
    for (std::string path : {"/links/node", "/links/network"}) {
      double speed = at((path + "/gb_per_s").c_str(), 0), efficiency = at((path + "/efficiency").c_str(), 1);
      if (speed > memory)
        offend("a link no faster than the memory (" + text(memory) + " GB/s)", text(speed),
               path + "/gb_per_s");
      if (!(efficiency <= 1))
        offend("an efficiency of at most 1", text(efficiency), path + "/efficiency");
    }
  }

  /// `x` ascends from `lowest` on, and `y` has as many.
  bool checkTable(const Json &table, const std::string &path, const char *x, const char *y, double lowest) {
    const Json &xs = table[x], &ys = table[y];
    size_t before = offences.size();
    if (xs.size() != ys.size())
      offend("as many values as " + std::string(x) + " has (" + std::to_string(xs.size()) + ")",
             std::to_string(ys.size()), path + "/" + y);
    for (size_t i = 0; i < xs.size(); ++i) {
      std::string place = path + "/" + x + "/" + std::to_string(i);
      double value = xs[i].get<double>();
      if (!(value >= lowest))
        offend("at least " + text(lowest), text(value), place);
      if (i > 0 && !(value > xs[i - 1].get<double>()))
        offend("more than the " + text(xs[i - 1].get<double>()) + " before it", text(value), place);
    }
    return offences.size() == before;
  }

  void checkEfficiencies(const Json &table, const std::string &path, const char *x) {
    checkTable(table, path, x, "efficiency", 1);
    for (size_t i = 0; i < table["efficiency"].size(); ++i) {
      double value = table["efficiency"][i].get<double>();
      if (!(value > 0 && value <= 1))
        offend("an efficiency above 0 and at most 1", text(value), path + "/efficiency/" + std::to_string(i));
    }
  }

  void checkLinears() {
    std::set<std::tuple<double, double, double>> seen;
    size_t withBits = 0;
    if (!has("/linear_efficiency"))
      return;
    const Json &list = target["linear_efficiency"];
    for (size_t i = 0; i < list.size(); ++i) {
      std::string path = "/linear_efficiency/" + std::to_string(i);
      checkEfficiencies(list[i], path, "rows");
      double n = list[i]["n"].get<double>(), k = list[i]["k"].get<double>();
      if (!(n <= 1e9 && k <= 1e9))
        offend("a shape of at most 1e+09 x 1e+09", text(n) + " x " + text(k), path);
      double bits = list[i].value("weight_bits", 0.0);
      withBits += bits > 0;
      if (bits > 0 && !(bits >= 1 && bits <= 64))
        offend("1 to 64 bits", text(bits), path + "/weight_bits");
      if (!seen.insert({n, k, bits}).second)
        offend("each shape once", "another " + text(n) + " x " + text(k), path);
    }
    if (withBits > 0 && withBits < list.size())
      offend("weight_bits for all shapes or for none",
             "it for " + std::to_string(withBits) + " of " + std::to_string(list.size()),
             "/linear_efficiency");
  }

  void checkAttention() {
    if (has("/attention_efficiency/decode"))
      checkEfficiencies(target["attention_efficiency"]["decode"], "/attention_efficiency/decode", "bytes");
    if (has("/attention_efficiency/decode_lean")) {
      const char *path = "/attention_efficiency/decode_lean";
      checkEfficiencies(target["attention_efficiency"]["decode_lean"], path, "bytes");
      const double full = at("/attention_efficiency/decode/flops_per_byte", 0),
                   lean = at("/attention_efficiency/decode_lean/flops_per_byte", 0);
      if (!(lean < full))
        offend("less than the " + text(full) + " of decode", text(lean),
               std::string(path) + "/flops_per_byte");
    }
    if (has("/attention_efficiency/prefill"))
      checkEfficiencies(target["attention_efficiency"]["prefill"], "/attention_efficiency/prefill", "flops");
  }

  void checkCollectives() {
    if (!has("/collectives"))
      return;
    std::set<std::pair<std::string, double>> seen;
    const Json &list = target["collectives"];
    double perNode = at("/devices_per_node", 1);
    for (size_t i = 0; i < list.size(); ++i) {
      std::string path = "/collectives/" + std::to_string(i);
      std::string kind = list[i]["kind"].get<std::string>();
      double ranks = list[i]["ranks"].get<double>();
      if (ranks > perNode)
        offend("at most the " + text(perNode) + " devices of a node", text(ranks), path + "/ranks");
      if (!seen.insert({kind, ranks}).second)
        offend("each collective once for a number of ranks", "another " + kind + " of " + text(ranks), path);
      if (checkTable(list[i], path, "bytes", "us", 0))
        checkTimes(list[i], path);
    }
  }

  void checkTimes(const Json &entry, const std::string &path) {
    double link = at("/links/node/gb_per_s", 0);
    for (size_t i = 0; i < entry["us"].size(); ++i) {
      std::string place = path + "/us/" + std::to_string(i);
      double us = entry["us"][i].get<double>(), bytes = entry["bytes"][i].get<double>();
      if (!(us > 0))
        offend("more than 0 us", text(us), place);
      else if (i > 0 && us < entry["us"][i - 1].get<double>())
        offend("at least the " + text(entry["us"][i - 1].get<double>()) + " us of fewer bytes", text(us),
               place);
      else if (us < bytes / link / 1e3 / 8)
        // Ranks send between half and twice the tensor; a switch that adds needs less.
        offend("at least an eighth of the " + text(bytes / link / 1e3) + " us in which the link moves " +
                   text(bytes) + " bytes",
               text(us), place);
      else if (bytes >= 1 << 24 && us > 200 * bytes / link / 1e3)
        offend("at most 200 times the " + text(bytes / link / 1e3) + " us in which the link moves " +
                   text(bytes) + " bytes",
               text(us), place);
    }
  }

  void checkCurves() {
    for (std::string path : {"/interference/memory", "/interference/network"}) {
      if (!has(path.c_str()))
        continue;
      std::vector<std::pair<double, double>> points;
      for (const Json &point : target[Json::json_pointer(path)]) {
        if (point.size() != 2) {
          offend("pairs of share and fraction", std::to_string(point.size()) + " numbers",
                 path + "/" + std::to_string(points.size()));
          break;
        }
        points.emplace_back(point[0].get<double>(), point[1].get<double>());
      }
      if (points.size() == target[Json::json_pointer(path)].size())
        for (const std::string &offence : Curve::offencesOf(points))
          offences.push_back(offence + " at " + path);
    }
  }

  /// A cpu target may do without; once it has the field, it names all.
  void checkSources() {
    if (!has("/sources"))
      return;
    const Json &sources = target["sources"];
    for (const char *group : groups) {
      std::string path = std::string("/sources/") + group;
      bool given = target.contains(group) && !target[group].empty();
      if (given && !sources.contains(group))
        offend("where the figures of " + std::string(group) + " come from", "none", path);
      else if (!given && sources.contains(group))
        offend("no source of figures that are not given", "one", path);
      else if (sources.contains(group) && sources[group].get<std::string>().empty())
        offend("where the figures of " + std::string(group) + " come from", "an empty text", path);
    }
  }
};

} // namespace

std::vector<std::string> findTargetOffences(const Json &target) {
  return Check(target).run();
}

} // namespace sennit::planner
