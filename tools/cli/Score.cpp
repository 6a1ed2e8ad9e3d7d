// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Scores.h"

#include "tools/cli/Engine.h"
#include "tools/cli/Input.h"
#include "tools/cli/ModelText.h"
#include "tools/cli/Output.h"
#include "tools/cli/Verb.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

using namespace sennit;
using namespace sennit::cli;
using json = nlohmann::ordered_json;

namespace {

struct Options {
  std::string file, textFile, ids;
  bool hasText = false, hasIds = false, positions = false, logits = false, json = false;
  bool interpret = false, quantised = false;
  EngineFlags engine;
};

StatusOr<std::vector<int32_t>> readIds(const Options &options,
                                       const std::shared_ptr<const Package> &package) {
  SENNIT_ASSIGN_OR_RETURN(ModelText text, ModelText::load(package));
  std::vector<int32_t> ids;
  if (options.hasIds) {
    SENNIT_ASSIGN_OR_RETURN(ids, parseIds("--ids", options.ids));
  } else {
    SENNIT_ASSIGN_OR_RETURN(std::string content, readTextFile(options.textFile));
    SENNIT_ASSIGN_OR_RETURN(ids, text.encode(content));
  }
  SENNIT_RETURN_IF_ERROR(text.check(options.hasIds ? "--ids" : options.textFile, ids));
  if (ids.empty())
    return invalidInput("expected at least one token to score, found none");
  return ids;
}

/// Calls `take` with the logits of each position, from the reference interpreter.
Status interpretRows(const Options &options, const Services &services, const std::string &path,
                     const std::vector<int32_t> &ids,
                     const std::function<void(std::span<const float>)> &take) {
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json result, services.interpret({{"package", path},
                                                                     {"ids", ids},
                                                                     {"max_tokens", 0},
                                                                     {"quantised", options.quantised},
                                                                     {"all_logits", true}}));
  for (const nlohmann::json &row : result.at("logits"))
    take(row.get<std::vector<float>>());
  return Status::okay();
}

Status score(const Options &options, const Services &services) {
  if (options.hasIds == options.hasText)
    return invalidInput("expected one of --ids and --text-file");
  SENNIT_ASSIGN_OR_RETURN(std::string path, services.package(options.file));
  SENNIT_ASSIGN_OR_RETURN(auto package, options.engine.openPackage(path, !options.interpret));
  SENNIT_ASSIGN_OR_RETURN(std::vector<int32_t> ids, readIds(options, package));

  Scores scores(ids);
  json logits = json::array();
  auto take = [&](std::span<const float> row) {
    scores.addRow(row);
    if (options.logits)
      logits.push_back(std::vector<float>(row.begin(), row.end()));
  };
  if (options.interpret) {
    SENNIT_RETURN_IF_ERROR(interpretRows(options, services, path, ids, take));
  } else {
    SENNIT_ASSIGN_OR_RETURN(auto session, options.engine.createSession(package));
    SENNIT_ASSIGN_OR_RETURN(SequenceId sequence, session->createSequence());
    StepItem item{sequence, ids, schema::StepRole::Prompt, Wanted::All};
    SENNIT_RETURN_IF_ERROR(
        session->step({&item, 1}, [&](size_t, int32_t, std::span<const float> row) { take(row); }));
  }

  if (options.json) {
    json result = {{"tokens", ids.size()}, {"mean_nll", nullptr}}; // of one token nothing is predicted
    if (!scores.nll.empty())
      result["mean_nll"] = scores.meanNll();
    if (options.positions) {
      result["argmax"] = scores.argmaxes;
      result["nll"] = scores.nll;
    }
    if (options.logits)
      result["logits"] = logits;
    printJson(result);
    return Status::okay();
  }
  if (options.positions) {
    std::vector<std::vector<std::string>> rows;
    for (size_t i = 0; i < ids.size(); ++i)
      rows.push_back({std::to_string(i), std::to_string(ids[i]), std::to_string(scores.argmaxes[i]),
                      i < scores.nll.size() ? formatNumber(scores.nll[i], 5) : ""});
    printTable({"position", "id", "argmax", "nll of the next"}, rows);
  }
  print(std::to_string(ids.size()) + " tokens" +
        (scores.nll.empty() ? "" : ", mean nll " + formatNumber(scores.meanNll(), 5)) + "\n");
  return Status::okay();
}

} // namespace

Verb sennit::cli::scoreVerb(const Services &services) {
  return {
      "score", "Say how likely a model finds a text",
      "sennit score smollm2.sennit --text-file essay.txt\n"
      "  sennit score smollm2.sennit --ids 504,3575,282 --positions --json",
      [services](CLI::App &app) {
        auto options = std::make_shared<Options>();
        app.add_option("FILE", options->file, "Package, or with sennit a checkpoint")->required();
        auto *text = app.add_option("--text-file", options->textFile,
                                    "Text to score as it stands, no token added; - reads stdin");
        auto *ids = app.add_option("--ids", options->ids, "Token ids to score: 1,2,3");
        app.add_flag("--positions", options->positions, "Also argmax and nll of each position");
        app.add_flag("--logits", options->logits, "With --json, also the logits of each position");
        options->engine.addFlags(app);
        if (services.interpret) {
          auto *interpret = app.add_flag("--interpret", options->interpret, "Use the reference interpreter");
          app.add_flag("--quantised", options->quantised, "Interpret with the activation rule of the kernels")
              ->needs(interpret);
        }
        app.add_flag("--json", options->json, "Print one JSON object");
        return [=] {
          options->hasText = text->count() > 0;
          options->hasIds = ids->count() > 0;
          return score(*options, services);
        };
      }};
}
