// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit/Verbs.h"

#include "tools/cli/Output.h"
#include "tools/cli/plan/PackagePlans.h"
#include "tools/sennit/CompilerLibrary.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

using namespace sennit;
using namespace sennit::cli;

namespace {

struct Options {
  std::string input, op, bucket;
  bool plan = false, json = false;
};

/// The plans of the package's buckets, out of what the compiler explains.
Status showPlans(const Options &options, const nlohmann::json &result) {
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json plans, selectPlans(result.value("data", nlohmann::json::object()),
                                                            options.bucket, options.input));
  if (options.json) {
    printJson({{"plans", plans}});
    return Status::okay();
  }
  SENNIT_ASSIGN_OR_RETURN(std::string text, renderPackagePlans(plans, options.input));
  print(text);
  return Status::okay();
}

Status explain(const Options &options) {
  if (!options.bucket.empty() && !options.plan)
    return invalidInput("--bucket: expected --plan beside it, found none");
  if (options.plan && !options.op.empty())
    return invalidInput("--plan: expected no OP beside it, found '" + options.op + "'");
  nlohmann::json request = {{"input", options.input}};
  if (!options.op.empty())
    request["op"] = options.op;
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json result, compiler::explain(request));
  if (options.plan)
    return showPlans(options, result);
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
          "sennit explain smollm2.sennit\n  sennit explain smollm2.sennit layers.0.o_proj:linear_add\n"
          "  sennit explain smollm2.sennit --plan --bucket 512:mixed",
          [](CLI::App &app) {
            auto options = std::make_shared<Options>();
            app.add_option("FILE", options->input, "Package or checkpoint")->required();
            app.add_option("OP", options->op, "Only what concerns this op or plan node");
            app.add_flag("--plan", options->plan, "The plans of the buckets instead");
            app.add_option("--bucket", options->bucket, "With --plan: the pieces of this bucket, ROWS:ROLE");
            app.add_flag("--json", options->json, "Print one JSON object");
            return [options] { return explain(*options); };
          }};
}
