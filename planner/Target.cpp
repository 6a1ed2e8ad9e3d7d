// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Target.h"

#include "planner/JsonSchema.h"
#include "planner/TargetData.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sennit::planner {

using Json = nlohmann::ordered_json;

StatusOr<Target> parseTarget(std::string_view text, const std::string &place) {
  static const Json schema = Json::parse(targetSchemaText);
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return invalidInput(place + ": expected JSON, found text that is not");
  std::vector<std::string> offences = findSchemaOffences(schema, json);
  if (!offences.empty()) {
    std::string message = place + ": ";
    for (const std::string &offence : offences)
      message += (&offence == &offences.front() ? "" : "; ") + offence;
    return invalidInput(message);
  }

  Target target;
  target.name = json["name"].get<std::string>();
  target.kind = json["kind"].get<std::string>();
  target.cpuLevel = json["cpu_level"].get<std::string>();
  target.cores = json["cores"].get<int64_t>();
  target.f32GflopsPerCore = json["peaks"]["f32_gflops_per_core"].get<double>();
  target.i8GopsPerCore = json["peaks"]["i8_gops_per_core"].get<double>();
  for (const Json &cache : json["caches"])
    target.caches.push_back({cache["name"].get<std::string>(), cache["bytes"].get<int64_t>(),
                             cache["shared_by"].get<int64_t>(), cache["gb_per_s_per_core"].get<double>()});
  target.memoryGbPerSecondPerCore = json["memory"]["gb_per_s_per_core"].get<double>();
  target.memoryGbPerSecond = json["memory"]["gb_per_s"].get<double>();
  const Json &schedule = json["schedule"];
  target.schedule = {schedule["rows"].get<int64_t>(), schedule["streams"].get<int64_t>(),
                     schedule["ahead"].get<int64_t>()};
  const Json &absorbs = json["absorbs"];
  target.absorbs.siblings = absorbs["siblings"].get<bool>();
  target.absorbs.prologue = absorbs["prologue"].get<std::vector<std::string>>();
  target.absorbs.epilogue = absorbs["epilogue"].get<std::vector<std::string>>();
  target.absorbs.append = absorbs["append"].get<std::vector<std::string>>();
  target.absorbs.rows = absorbs["rows"].get<std::vector<std::string>>();
  target.absorbs.blockRows = absorbs["block_rows"].get<int64_t>();
  target.absorbs.scratchBytes = absorbs["scratch_bytes"].get<int64_t>();
  return target;
}

const std::vector<std::string> &builtinTargetNames() {
  static const std::vector<std::string> names = {"cpu-avx2", "cpu-avx512"};
  return names;
}

StatusOr<Target> loadTarget(const std::string &nameOrPath) {
  if (nameOrPath == "cpu-avx2")
    return parseTarget(cpuAvx2TargetText, nameOrPath);
  if (nameOrPath == "cpu-avx512")
    return parseTarget(cpuAvx512TargetText, nameOrPath);
  std::ifstream file(nameOrPath, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return invalidInput("expected a target file or one of cpu-avx2, cpu-avx512, found \"" + nameOrPath +
                        "\"");
  return parseTarget(text.str(), nameOrPath);
}

} // namespace sennit::planner
