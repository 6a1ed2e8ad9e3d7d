// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/Renderings.h"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace sennit::cli {

using nlohmann::json;

namespace {

std::string line(const char *format, auto... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

} // namespace

std::string renderMemory(const json &memory) {
  std::string text = line("memory    %.1f GB of weights, %.1f GB of cache, %.2f GB of activations",
                          double(memory.at("weights_gb")), double(memory.at("cache_gb")),
                          double(memory.at("activations_gb")));
  if (const json &limit = memory.at("limit_gb"); !limit.is_null())
    text += line(" of %.1f GB on each device%s", double(limit),
                 memory.at("fits").get<bool>() ? "" : ": DOES NOT FIT, take a smaller batch or more devices");
  return text + "\n";
}

std::string renderSweep(const json &sweep) {
  std::string text = "\nbatch  sequential ms  unsplit  bound   plan  gain  decision\n";
  for (const json &point : sweep.at("points")) {
    const double sequential = point.at("sequential_ms"), plan = point.at("plan_ms");
    text +=
        line("%5lld  %13.3f  %7.3f  %5.3f  %5.3f  %.3f  %s%s\n", static_cast<long long>(point.at("batch")),
             sequential, double(point.at("unsplit_ms")), double(point.at("bound_ms")), plan,
             sequential / plan, point.at("decision").get<std::string>().c_str(),
             point.at("fits").get<bool>() ? "" : ", does not fit");
  }
  const json &first = sweep.at("crossover_batch");
  text += first.is_null() ? "splitting never pays" : "splitting pays from batch " + first.dump() + " on";
  if (const std::string condition = sweep.at("condition"); !condition.empty())
    text += std::string(first.is_null() ? ": " : "; below: ") + condition;
  return text + "\n";
}

std::string renderBuckets(const json &buckets) {
  std::string text = "\nrows  role       sequential us    plan us     gain  decision\n";
  for (const json &plan : buckets.at("plans")) {
    const double sequential = plan.at("sequential_us"), predicted = plan.at("predicted_us");
    const std::string decision = plan.at("decision");
    text += line("%4lld  %-9s  %13.1f  %9.1f  %7.3f  %s", static_cast<long long>(plan.at("rows")),
                 plan.at("role").get<std::string>().c_str(), sequential, predicted,
                 predicted > 0 ? sequential / predicted : 1.0, decision.c_str());
    if (decision == "unsplit")
      text += ": " + plan.at("condition").get<std::string>();
    text += "\n";
  }
  return text + line("%zu plans in %.2f s\n", buckets.at("plans").size(), double(buckets.at("seconds")));
}

} // namespace sennit::cli
