// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/DeviceReport.h"
#include "tools/cli/Interrupt.h"
#include "tools/cli/Output.h"
#include "tools/cli/PackageReport.h"
#include "tools/cli/Verb.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

#include <unistd.h>

using namespace sennit;
using namespace sennit::cli;
using json = nlohmann::ordered_json;

namespace {

struct Options {
  std::string file, source;
  bool weights = false, kernels = false, program = false, verify = false, json = false;
};

/// A JSON scalar as a table cell.
std::string cell(const json &value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void printOverview(const json &report) {
  const json &model = report["model"], &step = report["step"], &cache = report["cache"];
  print(cell(report["path"]) + ": package format " + cell(report["format_version"]) + ", " +
        formatBytes(report["bytes"]) + ", compiler " + cell(report["compiler"]) + "\n");
  print("model     " + cell(model["family"]) + " " + cell(model["name"]) + ", " + cell(model["parameters"]) +
        " parameters, " + cell(model["layers"]) + " layers of " + cell(model["hidden_size"]) +
        ", vocabulary " + cell(model["vocab_size"]) + ", context " + cell(model["context_length"]) +
        (model["chat_template"].get<bool>() ? ", chat template" : "") + "\n");
  print("step      at most " + cell(step["max_rows"]) + " rows of " + cell(step["max_sequences"]) +
        " sequences\n");
  print("cache     " + cell(cache["layers"]) + " layers x " + cell(cache["kv_heads"]) + " heads x " +
        cell(cache["head_dim"]) + ", " + cell(cache["format"]) + "\n");
  std::string levels;
  for (const json &level : report["levels"])
    levels += (levels.empty() ? "" : ", ") + cell(level);
  for (const json &device : report["devices"])
    levels += (levels.empty() ? "" : ", ") + cell(device["target"]);
  print("code      " + levels + "; " + cell(report["kernels"]["count"]) + " kernels, " +
        cell(report["programs"]["count"]) + " programs\n");
  print("weights   " + cell(report["weights"]["count"]) + ", " + formatBytes(report["weights"]["bytes"]) +
        "\n");
  for (const json &section : report["sections"])
    print("section   " + cell(section["name"]) + ", " + formatBytes(section["bytes"]) + "\n");
}

void printList(const char *title, const json &items, const std::vector<std::string> &fields) {
  std::vector<std::vector<std::string>> rows;
  for (const json &item : items) {
    std::vector<std::string> row;
    for (const std::string &field : fields)
      row.push_back(item.contains(field) ? cell(item[field]) : "");
    rows.push_back(row);
  }
  print(std::string("\n") + title + "\n");
  printTable(fields, rows);
}

void printPrograms(const json &programs) {
  for (const json &program : programs) {
    print("\nprogram " + cell(program["name"]) + ": arena " + formatBytes(program["arena_bytes"]) + " (" +
          formatBytes(program["arena_bytes_without_reuse"]) + " without reuse), buckets");
    for (const json &bucket : program["buckets"])
      print(" " + cell(bucket["role"]) + ":" + cell(bucket["rows"]));
    print("\n");
    std::vector<std::vector<std::string>> rows;
    for (const json &command : program["commands"]) {
      std::string operands;
      if (command.contains("operands"))
        for (const json &operand : command["operands"])
          operands += (operands.empty() ? "" : ", ") + cell(operand);
      auto field = [&](const char *name) {
        return command.contains(name) ? cell(command[name]) : std::string();
      };
      std::string what = field("kernel") + field("kind") + field("signal");
      if (command.contains("skip"))
        what = "skip " + field("skip");
      rows.push_back({field("command"), what, field("domain"), field("node"), operands});
    }
    printTable({"command", "what", "rows", "node", "operands"}, rows);
  }
}

Status inspect(const Options &options, const Services &services) {
  SENNIT_ASSIGN_OR_RETURN(std::string path, services.package(options.file));
  SENNIT_ASSIGN_OR_RETURN(auto package, Package::open(path, {.level = {}, .executable = false}));
  if (!options.source.empty()) {
    SENNIT_ASSIGN_OR_RETURN(std::string text, deviceSource(*package, options.source));
    if (options.json)
      printJson({{"name", options.source}, {"text", text}});
    else
      print(text);
    return Status::okay();
  }
  json report = describePackage(*package);
  json weights = options.weights ? describeWeights(*package) : json();
  json kernels = options.kernels ? describeKernels(*package) : json();
  json functions = options.kernels ? describeDeviceFunctions(*package) : json();
  json programs = options.program ? describePrograms(*package) : json();
  if (options.verify) {
    bool terminal = isatty(STDERR_FILENO) == 1;
    SENNIT_RETURN_IF_ERROR(package->verifyWeights([&](uint64_t done, uint64_t total) {
      if (terminal)
        std::fprintf(stderr, "\rverified %s of %s", formatBytes(done).c_str(), formatBytes(total).c_str());
    }));
    if (terminal)
      std::fprintf(stderr, "\r\033[K");
    if (interrupted())
      return interruptedStatus();
    report["verified"] = true;
  }
  if (options.json) {
    if (options.weights)
      report["weights"]["list"] = weights;
    if (options.kernels)
      report["kernels"]["list"] = kernels;
    if (options.kernels)
      report["kernels"]["functions"] = functions;
    if (options.program)
      report["programs"]["list"] = programs;
    printJson(report);
    return Status::okay();
  }
  printOverview(report);
  if (options.weights)
    printList("weights", weights, {"name", "rows", "k", "format", "layout", "slices", "bytes"});
  if (options.kernels)
    printList("kernels", kernels,
              {"name", "operands", "row_block", "column_tiles", "scratch_bytes", "source"});
  if (options.kernels && !functions.empty())
    printList("functions on GPUs", functions,
              {"function", "kernel", "target", "max_rows", "threads", "registers", "shared_bytes",
               "spill_bytes", "code_bytes", "source"});
  if (options.program)
    printPrograms(programs);
  if (options.verify)
    print("every byte agrees with its hash\n");
  return Status::okay();
}

} // namespace

Verb sennit::cli::inspectVerb(const Services &services) {
  return {"inspect", "Show what a package holds",
          "sennit inspect smollm2.sennit --weights\n  sennit inspect "
          "smollm2.sennit --verify\n  sennit inspect smollm2.sennit --kernels --source=gather_norm_linear",
          [services](CLI::App &app) {
            auto options = std::make_shared<Options>();
            app.add_option("FILE", options->file, "Package")->required();
            app.add_flag("--weights", options->weights, "List the weights");
            CLI::Option *kernels =
                app.add_flag("--kernels", options->kernels, "List the kernels, and what GPUs run of each");
            app.add_option("--source", options->source,
                           "Print the CUDA text of this kernel, and nothing else")
                ->needs(kernels);
            app.add_flag("--program", options->program, "List the commands of each program");
            app.add_flag("--verify", options->verify, "Check the weights against their hashes");
            app.add_flag("--json", options->json, "Print one JSON object");
            return [options, services] { return inspect(*options, services); };
          }};
}
