// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/Options.h"

#include "runtime/device/host/CpuLevel.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

namespace sennit::compiler {

std::atomic<bool> interrupted{false};

Status checkInterrupt() {
  return interrupted.load(std::memory_order_relaxed) ? Status(Code::Interrupted, "interrupted")
                                                     : Status::okay();
}

static StatusOr<std::vector<schema::CpuLevel>> parseTarget(const std::string &text) {
  using schema::CpuLevel;
  if (text.empty() || text == "cpu")
    return std::vector<CpuLevel>{CpuLevel::Avx2, CpuLevel::Avx512};
  std::vector<CpuLevel> levels;
  std::stringstream list(text);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "avx2")
      levels.push_back(CpuLevel::Avx2);
    else if (name == "avx512")
      levels.push_back(CpuLevel::Avx512);
    else
      return invalidInput("expected target cpu, avx2, avx512 or a list of these, found '" + name + "'");
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

static Status oneOf(const char *field, const std::string &value,
                    std::initializer_list<const char *> allowed) {
  std::string list;
  for (const char *name : allowed) {
    if (value == name)
      return Status::okay();
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  return invalidInput(std::string("expected ") + field + " to be one of " + list + ", found '" + value + "'");
}

StatusOr<CompileOptions> parseCompileOptions(const nlohmann::json &json) {
  CompileOptions options;
  options.input = json.value("input", "");
  options.output = json.value("output", "");
  options.from = json.value("from", "");
  options.params = json.value("params", "");
  options.dumpAfter = json.value("dump_after", "");
  options.progress = json.value("progress", false);
  options.madeUpWeights = json.value("made_up_weights", false);
  if (options.madeUpWeights && !options.params.empty())
    return invalidInput("expected no params beside made_up_weights, found " + options.params);
  if (options.input.empty())
    return invalidInput("expected an input, found none");
  if (!options.from.empty())
    SENNIT_RETURN_IF_ERROR(oneOf("--from", options.from, {"checkpoint", "nn", "plan", "tile", "exec"}));
  if (!options.dumpAfter.empty())
    SENNIT_RETURN_IF_ERROR(
        oneOf("--dump-after", options.dumpAfter, {"import", "nn", "plan", "tile", "exec"}));
  if (options.output.empty() && options.dumpAfter.empty())
    return invalidInput("expected an output, found none");
  SENNIT_ASSIGN_OR_RETURN(options.levels, parseTarget(json.value("target", "")));

  if (std::string path = json.value("calibration", ""); !path.empty()) {
    SENNIT_ASSIGN_OR_RETURN(options.calibration, planner::loadTarget(path));
    if (options.calibration->kind != "cpu")
      return invalidInput("--calibration: expected a target of kind cpu, found kind " +
                          options.calibration->kind + " in " + path);
    if (std::none_of(options.levels.begin(), options.levels.end(), [&](schema::CpuLevel level) {
          return options.calibration->cpuLevel == cpuLevelName(level);
        }))
      return invalidInput("--calibration: expected the figures of a level that is compiled, found those of " +
                          options.calibration->cpuLevel + " in " + path);
  }

  auto positive = [&](const char *field, uint32_t &value) -> Status {
    int64_t number = json.value(field, int64_t(value));
    if (number < 1 || number > 1 << 16)
      return invalidInput(std::string("expected ") + field + " in [1, 65536], found " +
                          std::to_string(number));
    value = static_cast<uint32_t>(number);
    return Status::okay();
  };
  SENNIT_RETURN_IF_ERROR(positive("max_rows", options.maxRows));
  SENNIT_RETURN_IF_ERROR(positive("max_sequences", options.maxSequences));
  std::string kv = json.value("kv", "f16");
  SENNIT_RETURN_IF_ERROR(oneOf("--kv", kv, {"f16", "f32"}));
  options.cache = kv == "f16" ? schema::Format::F16 : schema::Format::F32;
  return options;
}

} // namespace sennit::compiler
