// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/StepProfile.h"

#include "tools/cli/Output.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

using namespace sennit;
using json = nlohmann::ordered_json;

namespace {

void add(CommandSum &sum, const CommandSum &other) {
  sum.runs += other.runs;
  sum.nanoseconds += other.nanoseconds;
  sum.bytes += other.bytes;
  sum.flops += other.flops;
  sum.predictedSeconds += other.predictedSeconds;
}

std::map<std::string, CommandSum> sumByKernel(const schema::Package &root, const StepRecorder &recorder,
                                              const std::vector<schema::StepRole> &roles) {
  std::map<std::string, CommandSum> sums;
  for (schema::StepRole role : roles)
    for (uint32_t i = 0; i < root.programs()->size(); ++i) {
      const std::vector<CommandSum> &commands = recorder.commandSums(role, i);
      for (uint32_t j = 0; j < commands.size(); ++j) {
        if (!commands[j].runs)
          continue;
        const schema::Launch *launch = root.programs()->Get(i)->commands()->Get(j)->command_as_Launch();
        add(sums[launch ? root.kernels()->Get(launch->kernel())->name()->str() : "copy"], commands[j]);
      }
    }
  return sums;
}

std::string share(const json &part) {
  return cli::formatNumber(100 * part["share"].get<double>(), 1);
}

} // namespace

json cli::profileSteps(const Package &package, const StepRecorder &recorder,
                       const std::vector<schema::StepRole> &roles, double seconds,
                       std::span<const Phase> others, const char *restName) {
  int64_t steps = 0;
  for (schema::StepRole role : roles)
    steps += recorder.stepSum(role).steps;
  if (!steps || !(seconds > 0))
    return nullptr;
  const auto perStep = [&](double value) { return value / static_cast<double>(steps); };
  double rest = seconds;
  std::vector<std::pair<std::string, CommandSum>> kernels;
  for (const auto &kernel : sumByKernel(package.root(), recorder, roles))
    kernels.push_back(kernel);
  std::sort(kernels.begin(), kernels.end(),
            [](const auto &a, const auto &b) { return a.second.nanoseconds > b.second.nanoseconds; });
  json result = {{"steps", steps}, {"us_per_step", perStep(seconds) * 1e6}};
  for (const auto &[name, sum] : kernels) {
    const double nanoseconds = static_cast<double>(std::max<int64_t>(sum.nanoseconds, 1));
    rest -= nanoseconds / 1e9;
    json kernel = {{"kernel", name},
                   {"launches", perStep(static_cast<double>(sum.runs))},
                   {"us", perStep(nanoseconds / 1e3)},
                   {"share", nanoseconds / 1e9 / seconds},
                   {"gb_per_s", sum.bytes / nanoseconds},
                   {"gflop_per_s", sum.flops / nanoseconds},
                   {"predicted_us", nullptr}};
    if (sum.predictedSeconds >= 0)
      kernel["predicted_us"] = perStep(sum.predictedSeconds * 1e6);
    result["kernels"].push_back(kernel);
  }
  const auto addOther = [&](const char *name, double part) {
    result["others"].push_back({{"name", name}, {"us", perStep(part * 1e6)}, {"share", part / seconds}});
  };
  for (const Phase &other : others) {
    rest -= other.seconds;
    addOther(other.name, other.seconds);
  }
  addOther(restName, rest);
  return result;
}

std::string cli::profileTable(const std::string &heading, const json &profile) {
  if (profile.is_null())
    return "";
  std::vector<std::vector<std::string>> rows;
  for (const json &kernel : profile["kernels"]) {
    const auto cell = [&](const char *name, int digits) {
      return kernel[name].is_null() ? std::string() : formatNumber(kernel[name].get<double>(), digits);
    };
    const double launches = kernel["launches"].get<double>();
    rows.push_back({kernel["kernel"].get<std::string>(),
                    formatNumber(launches, launches == int(launches) ? 0 : 1), cell("us", 1), share(kernel),
                    cell("gb_per_s", 2), cell("gflop_per_s", 1), cell("predicted_us", 1)});
  }
  for (const json &other : profile["others"])
    rows.push_back({other["name"].get<std::string>(), "", formatNumber(other["us"].get<double>(), 1),
                    share(other), "", "", ""});
  rows.push_back({"step", "", formatNumber(profile["us_per_step"].get<double>(), 1), "100.0", "", "", ""});
  return heading + ", " + profile["steps"].dump() + (profile["steps"] == 1 ? " step\n" : " steps\n") +
         formatTable(
             {"kernel", "launches", "us_per_step", "percent", "gb_per_s", "gflop_per_s", "predicted_us"},
             rows);
}
