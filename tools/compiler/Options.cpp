// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/Options.h"

#include "runtime/device/host/CpuLevel.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace sennit::compiler {

std::atomic<bool> interrupted{false};

Status checkInterrupt() {
  return interrupted.load(std::memory_order_relaxed) ? Status(Code::Interrupted, "interrupted")
                                                     : Status::okay();
}

/// A list of code levels and devices.
static Status parseTarget(const std::string &text, CompileOptions &options) {
  using schema::CpuLevel;
  std::vector<CpuLevel> &levels = options.levels;
  std::stringstream list(text);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "avx2" || name == "cpu")
      levels.push_back(CpuLevel::Avx2);
    if (name == "avx512" || name == "cpu")
      levels.push_back(CpuLevel::Avx512);
    if (name == "cpu" || name == "avx2" || name == "avx512")
      continue;
    StatusOr<CudaTarget> device = findCudaTarget(name);
    if (!device.ok())
      return invalidInput("expected targets of cpu, avx2, avx512, " + cudaTargetNames() + ", found '" + name +
                          "'");
    if (std::none_of(options.devices.begin(), options.devices.end(),
                     [&](const CudaTarget &known) { return known.device == device->device; }))
      options.devices.push_back(device.take());
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return Status::okay();
}

std::string CompileOptions::planTarget() const {
  if (calibration)
    return calibrationFile;
  return levels.empty() ? devices.front().planner : std::string("cpu-") + cpuLevelName(levels.front());
}

/// The figures of what is compiled.
static Status readCalibration(const std::string &path, CompileOptions &options) {
  SENNIT_ASSIGN_OR_RETURN(options.calibration, planner::loadTarget(path));
  options.calibrationFile = path;
  const planner::Target &target = *options.calibration;
  if (target.kind != "cpu") {
    if (options.devices.empty())
      return invalidInput("--calibration: expected a target of kind cpu, found kind " + target.kind + " in " +
                          path);
    return Status::okay();
  }
  if (std::none_of(options.levels.begin(), options.levels.end(),
                   [&](schema::CpuLevel level) { return target.cpuLevel == cpuLevelName(level); }))
    return invalidInput("--calibration: expected the figures of a level that is compiled, found those of " +
                        target.cpuLevel + " in " + path);
  return Status::okay();
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

/// `auto`, `off` or a number of parts.
static Status parseSplit(const std::string &text, CompileOptions &options) {
  if (text == "auto" || text == "off") {
    options.split = text == "off";
    return Status::okay();
  }
  const char *end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, options.split);
  if (error != std::errc() || stop != end || options.split < 1 || options.split > 64)
    return invalidInput("expected --split auto, off or a number of parts in [1, 64], found '" + text + "'");
  // Pieces of IR text are as the text says.
  if (options.split > 1 && (options.from == "plan" || options.from == "tile" || options.from == "exec"))
    return invalidInput("expected --split " + text + " where the plan is made, found it with --from=" +
                        options.from + ", whose text has the pieces");
  return Status::okay();
}

/// A list of `split` and `overlap`.
static Status parseStrict(const std::string &text, CompileOptions &options) {
  std::stringstream list(text);
  for (std::string name; std::getline(list, name, ',');) {
    if (name != "split" && name != "overlap")
      return invalidInput("expected --strict split, overlap or both, found '" + text + "'");
    (name == "split" ? options.strictSplit : options.strictOverlap) = true;
  }
  if (text.ends_with(','))
    return invalidInput("expected --strict split, overlap or both, found '" + text + "'");
  if (options.strictSplit && options.split == 1)
    return invalidInput("expected --strict=split beside a split, found it beside --split off");
  if (options.strictOverlap && options.split > 0)
    return invalidInput(
        "expected --strict=overlap beside --split auto, found it beside parts that run one after another");
  return Status::okay();
}

/// `prompt=N,output=N`, either or both, in any order.
static Status parseLoad(const std::string &text, CompileOptions &options) {
  const std::string form = "expected --load such as prompt=512,output=256, found '" + text + "'";
  bool promptGiven = false, outputGiven = false;
  std::stringstream list(text);
  for (std::string item; std::getline(list, item, ',');) {
    const bool isPrompt = item.starts_with("prompt="), isOutput = item.starts_with("output=");
    if (!isPrompt && !isOutput)
      return invalidInput(form);
    bool &given = isPrompt ? promptGiven : outputGiven;
    int64_t &place = isPrompt ? options.loadPrompt : options.loadOutput;
    const char *begin = item.data() + 7, *end = item.data() + item.size();
    auto [stop, error] = std::from_chars(begin, end, place);
    if (error != std::errc() || stop != end || given)
      return invalidInput(form);
    if (place < 0 || place > 1 << 24)
      return invalidInput("expected tokens of --load in [0, 16777216], found " + item);
    given = true;
  }
  if ((!promptGiven && !outputGiven) || text.ends_with(','))
    return invalidInput(form);
  if (options.loadPrompt + options.loadOutput == 0)
    return invalidInput("expected --load with a token of prompt or output, found '" + text + "'");
  return Status::okay();
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
  const std::string target = json.value("target", "");
  SENNIT_RETURN_IF_ERROR(parseTarget(target.empty() ? "cpu" : target, options));

  if (std::string path = json.value("calibration", ""); !path.empty())
    SENNIT_RETURN_IF_ERROR(readCalibration(path, options));

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
  SENNIT_RETURN_IF_ERROR(parseSplit(json.value("split", "auto"), options));
  SENNIT_RETURN_IF_ERROR(parseStrict(json.value("strict", ""), options));
  if (json.contains("load"))
    SENNIT_RETURN_IF_ERROR(parseLoad(json.value("load", ""), options));
  return options;
}

} // namespace sennit::compiler
