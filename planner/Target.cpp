// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Target.h"

#include "planner/JsonSchema.h"
#include "planner/TargetCheck.h"
#include "planner/TargetData.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sennit::planner {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char *collectiveNames[] = {"all_reduce", "all_gather", "reduce_scatter",
                                           "all_to_all", "broadcast",  "send_receive"};

Collective collectiveOf(const std::string &name) {
  int kind = 0;
  while (collectiveNames[kind] != name) // the schema allows no other names
    ++kind;
  return Collective(kind);
}

Status offencesAt(const std::string &place, const std::vector<std::string> &offences) {
  if (offences.empty())
    return Status::okay();
  std::string message = place + ": ";
  for (const std::string &offence : offences)
    message += (&offence == &offences.front() ? "" : "; ") + offence;
  return invalidInput(message);
}

template <typename T>
void read(const Json &json, const char *name, T &into) {
  if (json.contains(name))
    into = json[name].get<T>();
}

Table tableOf(const Json &json, const char *x, const char *y) {
  return {json[x].get<std::vector<double>>(), json[y].get<std::vector<double>>()};
}

Link linkOf(const Json &json) {
  return {json["gb_per_s"].get<double>(), json["latency_us"].get<double>(), json.value("efficiency", 1.0)};
}

void readCpu(const Json &json, Target &target) {
  target.cpuLevel = json["cpu_level"].get<std::string>();
  target.cores = json["cores"].get<int64_t>();
  target.f32GflopsPerCore = json["peaks"]["f32_gflops_per_core"].get<double>();
  target.i8GopsPerCore = json["peaks"]["i8_gops_per_core"].get<double>();
  for (const Json &cache : json["caches"])
    target.caches.push_back({cache["name"].get<std::string>(), cache["bytes"].get<int64_t>(),
                             cache["shared_by"].get<int64_t>(), cache["gb_per_s_per_core"].get<double>()});
  target.memoryGbPerSecondPerCore = json["memory"]["gb_per_s_per_core"].get<double>();
  const Json &schedule = json["schedule"];
  target.schedule = {schedule["rows"].get<int64_t>(), schedule["streams"].get<int64_t>(),
                     schedule["ahead"].get<int64_t>()};
}

void readGpu(const Json &json, Target &target) {
  target.devices = json["devices"].get<int64_t>();
  target.devicesPerNode = json["devices_per_node"].get<int64_t>();
  target.f16Tflops = json["peaks"]["f16_tflops"].get<double>();
  target.f32Tflops = json["peaks"]["f32_tflops"].get<double>();
  if (json["links"].contains("node"))
    target.node = linkOf(json["links"]["node"]);
  if (json["links"].contains("network"))
    target.network = linkOf(json["links"]["network"]);
  if (json.contains("tile"))
    target.tile = {json["tile"]["rows"].get<int64_t>(), json["tile"]["columns"].get<int64_t>(),
                   json["tile"]["processors"].get<int64_t>()};
  target.cores = std::max<int64_t>(target.tile.processors, 1);
  target.f32GflopsPerCore = 1e3 * target.f32Tflops / double(target.cores);
  if (json.contains("collectives"))
    for (const Json &entry : json["collectives"])
      target.collectives.push_back({collectiveOf(entry["kind"].get<std::string>()),
                                    entry["ranks"].get<int64_t>(), tableOf(entry, "bytes", "us")});
}

void readAbsorbs(const Json &absorbs, Absorbs &into) {
  into.siblings = absorbs["siblings"].get<bool>();
  into.prologue = absorbs["prologue"].get<std::vector<std::string>>();
  into.epilogue = absorbs["epilogue"].get<std::vector<std::string>>();
  into.append = absorbs["append"].get<std::vector<std::string>>();
  into.rows = absorbs["rows"].get<std::vector<std::string>>();
  into.blockRows = absorbs["block_rows"].get<int64_t>();
  into.scratchBytes = absorbs["scratch_bytes"].get<int64_t>();
}

/// What both kinds have.
Status readCommon(const Json &json, const std::string &place, Target &target) {
  target.name = json["name"].get<std::string>();
  target.kind = json["kind"].get<std::string>();
  target.memoryGbPerSecond = json["memory"]["gb_per_s"].get<double>();
  read(json["memory"], "bytes", target.memoryBytes);
  readAbsorbs(json["absorbs"], target.absorbs);
  read(json, "activation_bytes", target.activationBytes);
  read(json, "cache_element_bytes", target.cacheElementBytes);
  read(json, "launch_us", target.launchUs);
  read(json, "join_us", target.joinUs);
  if (json.contains("linear_efficiency"))
    for (const Json &entry : json["linear_efficiency"])
      target.linears.push_back({entry["n"].get<int64_t>(), entry["k"].get<int64_t>(),
                                tableOf(entry, "rows", "efficiency"), entry.value("weight_bits", 0.0)});
  Json attention = json.value("attention_efficiency", Json::object());
  if (attention.contains("decode")) {
    target.decodeEfficiency = tableOf(attention["decode"], "bytes", "efficiency");
    read(attention["decode"], "flops_per_byte", target.decodeFlopsPerByte);
  }
  if (attention.contains("decode_lean")) {
    target.leanDecodeEfficiency = tableOf(attention["decode_lean"], "bytes", "efficiency");
    read(attention["decode_lean"], "flops_per_byte", target.leanDecodeFlopsPerByte);
  }
  if (attention.contains("prefill"))
    target.prefillEfficiency = tableOf(attention["prefill"], "flops", "efficiency");
  if (json.contains("interference")) {
    using Points = std::vector<std::pair<double, double>>;
    const Json &curves = json["interference"];
    SENNIT_ASSIGN_OR_RETURN(target.memoryCurve, Curve::make(curves["memory"].get<Points>(), place));
    SENNIT_ASSIGN_OR_RETURN(target.networkCurve, Curve::make(curves["network"].get<Points>(), place));
  }
  if (json.contains("sources"))
    for (const auto &[group, source] : json["sources"].items())
      target.sources.emplace_back(group, source.get<std::string>());
  return Status::okay();
}

} // namespace

const char *collectiveName(Collective kind) {
  return collectiveNames[int(kind)];
}

StatusOr<Target> parseTarget(std::string_view text, const std::string &place) {
  static const Json schema = Json::parse(targetSchemaText);
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return invalidInput(place + ": expected JSON, found text that is not");
  SENNIT_RETURN_IF_ERROR(offencesAt(place, findSchemaOffences(schema, json)));
  SENNIT_RETURN_IF_ERROR(offencesAt(place, findTargetOffences(json)));
  Target target;
  SENNIT_RETURN_IF_ERROR(readCommon(json, place, target));
  target.kind == "cpu" ? readCpu(json, target) : readGpu(json, target);
  return target;
}

const std::vector<std::string> &builtinTargetNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const TargetText &target : targetTexts)
      list.push_back(target.name);
    return list;
  }();
  return names;
}

StatusOr<Target> loadTarget(const std::string &nameOrPath) {
  std::string known;
  for (const TargetText &target : targetTexts) {
    if (nameOrPath == target.name)
      return parseTarget(target.text, nameOrPath);
    known += (known.empty() ? "" : ", ") + std::string(target.name);
  }
  std::ifstream file(nameOrPath, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return invalidInput("expected a target file or one of " + known + ", found \"" + nameOrPath + "\"");
  return parseTarget(text.str(), nameOrPath);
}

} // namespace sennit::planner
