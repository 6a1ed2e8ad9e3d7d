// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit/Verbs.h"

#include "tools/cli/Output.h"
#include "tools/sennit/CompilerLibrary.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <optional>

#include <unistd.h>

using namespace sennit;
using namespace sennit::cli;

namespace {

struct Options {
  std::string input, output, from, params, target = "cpu", kv = "f16", dumpAfter, split = "auto", calibration;
  std::optional<std::string> load, strict;
  int maxRows = 512, maxSequences = 64;
  bool json = false;
};

Status compile(const Options &options) {
  if (options.output.empty() && options.dumpAfter.empty())
    return invalidInput("expected --output, the package to write");
  if (options.target.empty())
    return invalidInput("--target: expected a list such as cpu,sm_90a, found an empty text");
  nlohmann::json request = {{"input", options.input},
                            {"output", options.output},
                            {"target", options.target},
                            {"max_rows", options.maxRows},
                            {"max_sequences", options.maxSequences},
                            {"kv", options.kv},
                            {"split", options.split},
                            {"progress", isatty(STDERR_FILENO) == 1}};
  if (options.load)
    request["load"] = *options.load;
  if (options.strict)
    request["strict"] = options.strict->empty() ? "," : *options.strict;
  if (!options.from.empty())
    request["from"] = options.from;
  if (!options.params.empty())
    request["params"] = options.params;
  if (!options.calibration.empty())
    request["calibration"] = options.calibration;
  if (!options.dumpAfter.empty())
    request["dump_after"] = options.dumpAfter;
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json result, compiler::compile(request));
  for (const nlohmann::json &warning : result.value("warnings", nlohmann::json::array()))
    std::fprintf(stderr, "warning: %s\n", warning.get<std::string>().c_str());
  if (options.json) {
    printJson(result);
    return Status::okay();
  }
  if (!options.dumpAfter.empty() && result.contains("dump"))
    print(result["dump"].get<std::string>());
  else
    print(options.output + ": " + formatBytes(result.value("bytes", uint64_t(0))) + " in " +
          formatNumber(result.value("seconds", 0.0), 1) + " s\n");
  return Status::okay();
}

} // namespace

Verb sennit::compileVerb() {
  return {"compile", "Compile a checkpoint, or IR text, to a package",
          "sennit compile SmolLM2-135M-Instruct.Q4_1.gguf -o smollm2.sennit\n"
          "  sennit compile SmolLM2-135M-Instruct.Q4_1.gguf -o smollm2.sennit --target cpu,sm_80,sm_90a,ptx\n"
          "  sennit compile edited.mlir --from=plan --params model.safetensors -o m.sennit",
          [](CLI::App &app) {
            auto options = std::make_shared<Options>();
            app.add_option("INPUT", options->input, "GGUF file, Hugging Face directory, or .mlir text")
                ->required();
            app.add_option("-o,--output", options->output, "Package to write; optional with --dump-after");
            app.add_option("--from", options->from, "Take INPUT as the text of this dialect")
                ->check(CLI::IsMember({"nn", "plan", "tile", "exec"}));
            app.add_option("--params", options->params,
                           "Weights for --from: a checkpoint or a .safetensors file");
            app.add_option(
                   "--target", options->target,
                   "What code is made for, a list: cpu (all levels), avx2, avx512, sm_80, sm_90a and other "
                   "GPU architectures, ptx (GPUs from 8.0 on), emulated-sm_80, emulated-sm_90a, "
                   "emulated-sm_100a")
                ->capture_default_str();
            app.add_option("--max-rows", options->maxRows, "Most rows of one step")
                ->check(CLI::Range(1, 1 << 16))
                ->capture_default_str();
            app.add_option("--max-sequences", options->maxSequences, "Most sequences of one step")
                ->check(CLI::Range(1, 1 << 16))
                ->capture_default_str();
            app.add_option("--kv", options->kv, "Format of the KV cache")
                ->check(CLI::IsMember({"f16", "f32"}))
                ->capture_default_str();
            app.add_option("--split", options->split,
                           "Nano-batches of a step: auto, off, or a number for every bucket of rows")
                ->capture_default_str();
            app.add_option("--strict", options->strict,
                           "Refuse, with exit code 3, what cannot be applied: split, overlap or both");
            app.add_option("--load", options->load,
                           "Tokens of a request that costs are taken at (prompt=512,output=256)");
            app.add_option(
                "--calibration", options->calibration,
                "Target file by sennit calibrate, from which the package is planned and predicts its times");
            app.add_option("--dump-after", options->dumpAfter,
                           "Print the IR after this phase (import, nn, plan, tile, exec)");
            app.add_flag("--json", options->json, "Print one JSON object");
            return [options] { return compile(*options); };
          }};
}
