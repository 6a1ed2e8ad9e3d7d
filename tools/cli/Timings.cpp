// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Timings.h"

#include "tools/cli/Output.h"

#include <nlohmann/json.hpp>

using namespace sennit;
using namespace sennit::cli;

void Timings::addLoad(std::span<const Phase> phases) {
  for (const Phase &phase : phases)
    add(std::string("load: ") + phase.name, phase.seconds);
}

void Timings::addGeneration(const GenerationTimes &times) {
  add("prefill", times.prefill.stepSeconds);
  add("decode", times.decode.stepSeconds);
  add("sampling", times.prefill.sampleSeconds + times.decode.sampleSeconds);
  add("text output", times.prefill.observeSeconds + times.decode.observeSeconds);
}

void Timings::finish() {
  totalSeconds = elapsed();
  double rest = totalSeconds;
  for (const auto &[name, seconds] : parts)
    rest -= seconds;
  add("other", rest);
}

nlohmann::ordered_json Timings::phases() const {
  nlohmann::ordered_json result = nlohmann::ordered_json::object();
  for (const auto &[name, seconds] : parts)
    result[name] = seconds * 1e3;
  return result;
}

std::string Timings::table() const {
  std::vector<std::vector<std::string>> rows;
  const auto addRow = [&](const std::string &name, double seconds) {
    rows.push_back({name, formatNumber(seconds * 1e3, 3), formatNumber(100 * seconds / totalSeconds, 1)});
  };
  for (const auto &[name, seconds] : parts)
    addRow(name, seconds);
  addRow("total", totalSeconds);
  return formatTable({"phase", "ms", "percent"}, rows);
}
