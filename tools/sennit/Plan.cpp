// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit/Verbs.h"

#include "runtime/base/NewFile.h"
#include "tools/cli/Output.h"
#include "tools/cli/plan/Renderings.h"
#include "tools/sennit/CompilerLibrary.h"
#include "tools/sennit/PlanRequest.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>

using namespace sennit;
using namespace sennit::cli;

namespace {

/// What was typed; none: not given, and the compiler's default counts.
struct Options {
  std::string config, target, layout, opTimes, split = "auto", objective = "throughput", scheduler = "search";
  std::string svg, trace, emit;
  std::optional<int64_t> batch;
  int64_t prompt = 512, output = 1024, seed = 1;
  double splitPenalty = 0, budget = 10;
  std::optional<int64_t> iterations;
  std::optional<int> maxParts;
  bool json = false, sweep = false, buckets = false;
  std::string before, after; ///< of `plan diff`
  bool diffJson = false;
};

StatusOr<nlohmann::json> requestOf(const Options &options) {
  if (options.config.empty())
    return invalidInput(
        "expected CONFIG, a config.json, a directory with one or a GGUF file (see sennit plan --help)");
  if (options.target.empty())
    return invalidInput("expected --target, a name or file (see sennit plan --help)");
  nlohmann::json request = {{"config", options.config},
                            {"target", options.target},
                            {"prompt", options.prompt},
                            {"output", options.output},
                            {"split_penalty", options.splitPenalty},
                            {"objective", options.objective},
                            {"budget", options.budget},
                            {"split", options.split},
                            {"scheduler", options.scheduler},
                            {"seed", options.seed},
                            {"emit", !options.emit.empty()},
                            {"sweep", options.sweep},
                            {"buckets", options.buckets}};
  if (options.batch)
    request["batch"] = *options.batch;
  if (options.iterations)
    request["iterations"] = *options.iterations;
  if (options.maxParts)
    request["max_parts"] = *options.maxParts;
  if (!options.layout.empty()) {
    SENNIT_ASSIGN_OR_RETURN(request["layout"], parseLayout(options.layout));
  }
  if (!options.opTimes.empty()) {
    SENNIT_ASSIGN_OR_RETURN(request["op_times"], readJsonFile("--op-times", options.opTimes));
  }
  return request;
}

/// A file that the verb writes, opened before any work.
struct Target {
  const char *flag;
  const std::string &path;
  std::unique_ptr<NewFile> file = nullptr;
};

/// Opens the files that were asked for; none may be an input or another of them.
Status openTargets(const Options &options, std::array<Target, 3> &targets) {
  std::vector<std::pair<std::string, std::string>> taken = {
      {"CONFIG", options.config}, {"--target", options.target}, {"--op-times", options.opTimes}};
  for (Target &target : targets) {
    if (target.path.empty())
      continue;
    std::error_code missing; // a file that is not there yet is no other one
    for (const auto &[flag, path] : taken)
      if (path == target.path || std::filesystem::equivalent(path, target.path, missing))
        return invalidInput(std::string(target.flag) + ": expected another file than that of " + flag +
                            ", found " + target.path);
    SENNIT_ASSIGN_OR_RETURN(target.file, NewFile::create(target.path, "a plan"));
    taken.emplace_back(target.flag, target.path);
  }
  return Status::okay();
}

Status publish(Target &target, const std::string &text) {
  SENNIT_RETURN_IF_ERROR(target.file->writeAt(0, text.data(), text.size()));
  return target.file->publish();
}

Status plan(const Options &options) {
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json request, requestOf(options));
  std::array<Target, 3> targets = {Target{"--svg", options.svg}, Target{"--trace", options.trace},
                                   Target{"--emit", options.emit}};
  SENNIT_RETURN_IF_ERROR(openTargets(options, targets));
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json result, compiler::plan(request));
  std::string text;
  if (!options.emit.empty()) {
    if (!result.contains("mlir") || !result["mlir"].is_string())
      return internalError("the compiler gave no plan text");
    text = result["mlir"].get<std::string>();
  }
  result.erase("mlir");
  StatusOr<PlanReport> report = parsePlanReport(result, "the compiler's answer");
  if (!report.ok())
    return internalError(report.status().message());
  auto &[svg, trace, emit] = targets;
  if (svg.file)
    SENNIT_RETURN_IF_ERROR(publish(svg, renderPlanSvg(*report)));
  if (trace.file)
    SENNIT_RETURN_IF_ERROR(publish(trace, renderPlanTrace(*report)));
  if (emit.file)
    SENNIT_RETURN_IF_ERROR(publish(emit, text));
  if (options.json)
    printJson(result);
  else
    print(renderPlanText(*report) + renderMemory(result["memory"]) +
          (options.sweep ? renderSweep(result["sweep"]) : "") +
          (options.buckets ? renderBuckets(result["buckets"]) : ""));
  return Status::okay();
}

StatusOr<PlanReport> readReport(const std::string &path) {
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json json, readJsonFile("plan diff", path));
  return parsePlanReport(json, path);
}

Status diff(const Options &options) {
  SENNIT_ASSIGN_OR_RETURN(PlanReport before, readReport(options.before));
  SENNIT_ASSIGN_OR_RETURN(PlanReport after, readReport(options.after));
  nlohmann::ordered_json found = diffPlans(before, after);
  if (options.diffJson)
    printJson(found);
  else
    print(renderPlanDiff(found));
  return Status::okay();
}

void addDiff(CLI::App &app, Options &options) {
  CLI::App *parser = app.add_subcommand("diff", "Say how one plan differs from another");
  parser->add_option("A", options.before, "Report of sennit plan --json")->required();
  parser->add_option("B", options.after, "Another")->required();
  parser->add_flag("--json", options.diffJson, "Print one JSON object");
  parser->footer("Example:\n  sennit plan diff before.json after.json");
}

} // namespace

Verb sennit::planVerb() {
  return {
      "plan", "Plan a step: split, overlap, predict and explain, from a configuration alone",
      "sennit plan examples/configs/llama-2-70b.json --target a100-80g-x8 --layout tp=8 --batch 2048\n"
      "  sennit plan config.json --target mine.json --json > a.json\n"
      "  sennit plan diff a.json b.json",
      [](CLI::App &app) {
        auto options = std::make_shared<Options>();
        // CONFIG and --target are not marked as required: `plan diff` goes without.
        app.add_option("CONFIG", options->config,
                       "config.json, a directory with one, or a GGUF file; required");
        app.add_option("--target", options->target, "Machine, by name or as a file; required");
        app.add_option("--layout", options->layout, "Devices along mesh axes, tp=8; without it all in tp");
        app.add_option("--batch", options->batch, "Rows of a step [2048; 1 for latency]");
        app.add_option("--prompt", options->prompt, "Tokens of a request's prompt")->capture_default_str();
        app.add_option("--output", options->output, "Tokens that a request generates")->capture_default_str();
        app.add_option("--op-times", options->opTimes, "JSON file with ms of each op in a whole step");
        app.add_option("--split-penalty", options->splitPenalty,
                       "What each further piece adds to linears and attention, as a part of their time")
            ->capture_default_str();
        app.add_option("--objective", options->objective,
                       "throughput: a step of generated and prompt rows; latency: of generated rows alone, "
                       "whose time is the time per output token")
            ->capture_default_str();
        app.add_option("--budget", options->budget,
                       "Seconds after which a search ends early, for one step; 0: none")
            ->capture_default_str();
        app.add_option("--iterations", options->iterations,
                       "Schedules that a search looks at, for one step [60000]");
        app.add_option("--split", options->split, "auto, off, or a number of equal parts")
            ->capture_default_str();
        app.add_option("--max-parts", options->maxParts, "Most parts of one op, 1 to 8 [4]");
        app.add_option("--scheduler", options->scheduler, "sequential, list, search or exact")
            ->capture_default_str();
        app.add_option("--seed", options->seed, "Seed of the search")->capture_default_str();
        app.add_flag("--json", options->json, "Print one JSON object");
        app.add_option("--svg", options->svg, "File for a figure of two layers of the steady state");
        app.add_option("--trace", options->trace, "File for trace events (Perfetto, chrome://tracing)");
        app.add_option("--emit", options->emit, "File for the plan as plan-dialect text");
        app.add_flag("--sweep", options->sweep,
                     "Also plan over the batch: from where on does splitting pay?");
        app.add_flag("--buckets", options->buckets, "Also plan each bucket of a package of that many rows");
        addDiff(app, *options);
        CLI::App *parser = &app;
        return [options, parser] { return parser->got_subcommand("diff") ? diff(*options) : plan(*options); };
      }};
}
