// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/MakeTarget.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace sennit::calibrate {
namespace {

using Json = nlohmann::ordered_json;

/// Five digits that count: more would only be noise.
double rounded(double value) {
  if (!(value > 0))
    return 0;
  double unit = std::pow(10, std::floor(std::log10(value)) - 4);
  // Through a power of ten that is whole, so that the text stays short.
  return unit < 1 ? std::round(value / unit) / std::round(1 / unit) : std::round(value / unit) * unit;
}

/// The rates of the whole device that all efficiencies refer to.
struct Rates {
  double f32 = 0, i8 = 0, memory = 0; ///< per second

  double arithmetic(const WeightFormat &format) const { return format.integer ? i8 : f32; }
};

double bytesOf(const LinearFigures &linear, size_t point, int64_t activationBytes) {
  const Shape &shape = linear.shape;
  return linear.format.bytes() * double(shape.n) * double(shape.k) +
         double(linear.rows[point] * (shape.n + shape.k) * activationBytes);
}

double flopsOf(const LinearFigures &linear, size_t point) {
  return 2. * double(linear.shape.n) * double(linear.shape.k) * double(linear.rows[point]);
}

Rates ratesOf(const Figures &figures, int64_t activationBytes) {
  const double workers = figures.facts.workers;
  Rates rates{figures.f32Peak * workers, figures.i8Peak * workers, figures.readAll};
  for (const LinearFigures &linear : figures.linears)
    for (size_t i = 0; i < linear.rows.size(); ++i) {
      double &peak = linear.format.integer ? rates.i8 : rates.f32;
      peak = std::max(peak, flopsOf(linear, i) / linear.seconds[i]);
      rates.memory = std::max(rates.memory, bytesOf(linear, i, activationBytes) / linear.seconds[i]);
    }
  for (const AttentionFigure &one : figures.attention) {
    double &rate = one.attention.decode ? rates.memory : rates.f32;
    rate =
        std::max(rate, (one.attention.decode ? one.reading.bytes : one.reading.flops) / one.reading.seconds);
  }
  return rates;
}

double efficiency(double roofline, double seconds) {
  return std::min(1., rounded(roofline / seconds));
}

Json linearsOf(const Figures &figures, const Rates &rates, int64_t activationBytes) {
  Json list = Json::array();
  for (const LinearFigures &linear : figures.linears) {
    std::vector<double> values;
    for (size_t i = 0; i < linear.rows.size(); ++i)
      values.push_back(efficiency(std::max(flopsOf(linear, i) / rates.arithmetic(linear.format),
                                           bytesOf(linear, i, activationBytes) / rates.memory),
                                  linear.seconds[i]));
    list.push_back({{"n", linear.shape.n},
                    {"k", linear.shape.k},
                    {"weight_bits", linear.format.bits},
                    {"rows", linear.rows},
                    {"efficiency", values}});
  }
  return list;
}

Json attentionOf(const Figures &figures, const Rates &rates) {
  Json made = Json::object();
  for (const auto &[name, decode, lean] :
       {std::tuple("decode", true, false), std::tuple("decode_lean", true, true),
        std::tuple("prefill", false, false)}) {
    std::vector<std::pair<double, double>> points;
    double flops = 0, bytes = 0; // of the largest
    for (const AttentionFigure &one : figures.attention)
      if (one.attention.decode == decode && one.attention.lean == lean) {
        double size = decode ? one.reading.bytes : one.reading.flops;
        if (one.reading.bytes > bytes) {
          bytes = one.reading.bytes;
          flops = one.reading.flops;
        }
        points.emplace_back(size,
                            efficiency(size / (decode ? rates.memory : rates.f32), one.reading.seconds));
      }
    std::sort(points.begin(), points.end());
    Json table = {{decode ? "bytes" : "flops", Json::array()}, {"efficiency", Json::array()}};
    for (const auto &[size, value] : points)
      if (table.begin()->empty() || size > table.begin()->back().get<double>()) {
        table.begin()->push_back(size);
        table["efficiency"].push_back(value);
      }
    if (decode && bytes > 0)
      table["flops_per_byte"] = rounded(flops / bytes);
    if (!points.empty())
      made[name] = table;
  }
  return made;
}

/// Shares are those of the workers. A curve never falls, whatever the noise.
Json curveOf(const Figures &figures, Partner partner) {
  Json curve = {{0, 0}};
  double last = 0;
  for (const PairFigure &pair : figures.pairs)
    if (pair.partner == partner) {
      last = std::clamp(rounded(pair.speeds.partner), last, 1.);
      curve.push_back({rounded(double(pair.partnerWorkers) / figures.facts.workers), last});
    }
  curve.push_back({1, 1});
  return curve;
}

Json absorbsOf(const planner::Absorbs &absorbs) {
  return {{"siblings", absorbs.siblings},
          {"prologue", absorbs.prologue},
          {"epilogue", absorbs.epilogue},
          {"append", absorbs.append},
          {"rows", absorbs.rows},
          {"block_rows", absorbs.blockRows},
          {"scratch_bytes", absorbs.scratchBytes}};
}

Json cachesOf(const planner::Target &builtin) {
  Json list = Json::array();
  for (const planner::Cache &cache : builtin.caches)
    list.push_back({{"name", cache.name},
                    {"bytes", cache.bytes},
                    {"shared_by", cache.sharedBy},
                    {"gb_per_s_per_core", cache.gbPerSecondPerCore}});
  return list;
}

/// Within what the target's checks take: on an overloaded machine, or an emulated one, a reading can be
/// anything.
constexpr double leastLaunchUs = .05, leastJoinUs = .02, mostUs = 200;
constexpr double leastTflops = 1, mostTflops = 1e5, leastGigabytes = 1, mostGigabytes = 1e5;

/// What is measured of every kind of device alike.
void addReadings(Json &target, const Figures &figures, const Rates &rates, const planner::Target &builtin) {
  target["launch_us"] = std::clamp(rounded(figures.launch * 1e6), leastLaunchUs, mostUs);
  target["join_us"] = std::clamp(rounded(figures.join * 1e6), leastJoinUs, mostUs);
  target["linear_efficiency"] = linearsOf(figures, rates, builtin.activationBytes);
  target["attention_efficiency"] = attentionOf(figures, rates);
  target["interference"] = {{"memory", curveOf(figures, Partner::Attention)},
                            {"network", curveOf(figures, Partner::Copy)}};
}

Json cpuTarget(const Figures &figures, const planner::Target &builtin, const std::string &name,
               const std::string &date) {
  const Rates rates = ratesOf(figures, builtin.activationBytes);
  const double workers = figures.facts.workers;
  const std::string measured = "measured on " + date + " by sennit calibrate on " + figures.facts.machine;
  const std::string kept = "taken over from " + builtin.name;
  Json target = {
      {"name", name}, {"kind", "cpu"}, {"cpu_level", builtin.cpuLevel}, {"cores", figures.facts.workers}};
  target["peaks"] = {{"f32_gflops_per_core", rounded(rates.f32 / workers / 1e9)},
                     {"i8_gops_per_core", rounded(rates.i8 / workers / 1e9)}};
  target["caches"] = cachesOf(builtin);
  target["memory"] = {{"gb_per_s_per_core", rounded(std::min(figures.readOne, rates.memory) / 1e9)},
                      {"gb_per_s", rounded(rates.memory / 1e9)}};
  target["schedule"] = {{"rows", builtin.schedule.rows},
                        {"streams", builtin.schedule.streams},
                        {"ahead", builtin.schedule.ahead}};
  target["absorbs"] = absorbsOf(builtin.absorbs);
  target["activation_bytes"] = builtin.activationBytes;
  target["cache_element_bytes"] = builtin.cacheElementBytes;
  addReadings(target, figures, rates, builtin);
  target["sources"] = {
      {"peaks", measured + ": loops of multiply-adds on registers, or what a linear reached if that is more"},
      {"caches", kept},
      {"memory",
       measured + ": reading streams on one core and on all, or what an op reached if that is more"},
      {"launch_us", measured + ": a launch of chunks of known length"},
      {"join_us", measured + ": a wait of one thread for another"},
      {"linear_efficiency", measured + ": compiled kernels, weights from memory"},
      {"attention_efficiency",
       measured + ": compiled kernels, one layer of 16 heads over 4, and of 4 over 4"},
      {"interference", measured + ": a linear on the cores that attention (memory) or a copy from memory to "
                                  "memory (in the place of the network) leaves"},
      {"schedule", kept},
      {"absorbs", kept}};
  return target;
}

Json gpuTarget(const Figures &figures, const planner::Target &builtin, const std::string &name,
               const std::string &date) {
  Rates rates = ratesOf(figures, builtin.activationBytes);
  rates.f32 = rates.i8 = std::clamp(std::max(rates.f32, rates.i8), leastTflops * 1e12, mostTflops * 1e12);
  rates.memory = std::clamp(rates.memory, leastGigabytes * 1e9, mostGigabytes * 1e9);
  const std::string measured = "measured on " + date + " by sennit calibrate on " + figures.facts.machine;
  const std::string kept = "taken over from " + builtin.name;
  Json target = {{"name", name}, {"kind", "gpu"}, {"devices", 1}, {"devices_per_node", 1}};
  target["peaks"] = {{"f16_tflops", rounded(rates.f32 / 1e12)}, {"f32_tflops", builtin.f32Tflops}};
  const auto bytes =
      int64_t(figures.facts.memoryBytes ? figures.facts.memoryBytes : uint64_t(builtin.memoryBytes));
  target["memory"] = {{"bytes", bytes}, {"gb_per_s", rounded(rates.memory / 1e9)}};
  target["links"] = Json::object();
  target["activation_bytes"] = builtin.activationBytes;
  target["cache_element_bytes"] = builtin.cacheElementBytes;
  target["tile"] = {
      {"rows", builtin.tile.rows}, {"columns", builtin.tile.columns}, {"processors", figures.facts.workers}};
  addReadings(target, figures, rates, builtin);
  target["absorbs"] = absorbsOf(builtin.absorbs);
  target["sources"] = {
      {"peaks", measured +
                    ": mma.sync on registers, or what a linear reached if that is more; outside the matrix "
                    "units: " +
                    kept},
      {"memory",
       measured + ": a kernel that reads, or what an op reached if that is more; bytes: as the driver says"},
      {"tile", "processors: of the device; rows and columns: " + kept},
      {"launch_us", measured + ": from one empty kernel to the next in a graph"},
      {"join_us", measured + ": a kernel in a graph that waits for two branches"},
      {"linear_efficiency", measured + ": compiled kernels, weights from memory"},
      {"attention_efficiency",
       measured + ": compiled kernels, one layer of 16 heads over 4, and of 4 over 4"},
      {"interference",
       measured + ": multiplying on the processors that a kernel leaves that reads (memory) or copies "
                  "within memory (in the place of the network)"},
      {"absorbs", kept}};
  return target;
}

} // namespace

Json makeTarget(const Figures &figures, const planner::Target &builtin, const std::string &name,
                const std::string &date) {
  return figures.facts.kind == "gpu" ? gpuTarget(figures, builtin, name, date)
                                     : cpuTarget(figures, builtin, name, date);
}

} // namespace sennit::calibrate
