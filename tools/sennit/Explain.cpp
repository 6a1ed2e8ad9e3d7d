// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit/Verbs.h"

#include "tools/cli/Output.h"
#include "tools/sennit/CompilerLibrary.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

using namespace sennit;
using namespace sennit::cli;

namespace {

struct Options {
  std::string input, op;
  bool json = false;
};

Status explain(const Options &options) {
  nlohmann::json request = {{"input", options.input}};
  if (!options.op.empty())
    request["op"] = options.op;
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json result, compiler::explain(request));
  if (options.json)
    printJson(result);
  else if (result.contains("report") && result["report"].is_string())
    print(result["report"].get<std::string>());
  else
    print(result.dump(2) + "\n");
  return Status::okay();
}

} // namespace

Verb sennit::explainVerb() {
  return {"explain", "Say what the compiler decided and why: fusion, buffers, costs",
          "sennit explain smollm2.sennit\n  sennit explain smollm2.sennit layers.0.o_proj:linear_add",
          [](CLI::App &app) {
            auto options = std::make_shared<Options>();
            app.add_option("FILE", options->input, "Package or checkpoint")->required();
            app.add_option("OP", options->op, "Only what concerns this op or plan node");
            app.add_flag("--json", options->json, "Print one JSON object");
            return [options] { return explain(*options); };
          }};
}
