// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Engine.h"
#include "tools/cli/Input.h"
#include "tools/cli/ModelText.h"
#include "tools/cli/Output.h"
#include "tools/cli/Prompt.h"
#include "tools/cli/StepProfile.h"
#include "tools/cli/Timings.h"
#include "tools/cli/TraceFile.h"
#include "tools/cli/Verb.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

using namespace sennit;
using namespace sennit::cli;
using json = nlohmann::ordered_json;

namespace {

struct Options {
  std::string file, prompt, promptFile, promptIds, batch, trace;
  bool hasPrompt = false, hasPromptFile = false, hasIds = false, hasBatch = false, hasTrace = false;
  bool timings = false;
  bool json = false, interpret = false, quantised = false;
  PromptForm form;
  Generation generation;
  EngineFlags engine;
};

/// What a run notes about itself on the way.
struct Observation {
  Timings timings;
  std::unique_ptr<TraceFile> trace; ///< null: none
  json prefill, decode;             ///< by kernel; null: not asked for, or no such steps
  double loadSeconds = 0;
};

StatusOr<std::vector<int32_t>> promptIds(const Options &options, const ModelText &text) {
  if (options.hasIds)
    return parseIds("--prompt-ids", options.promptIds);
  std::string prompt = options.prompt;
  if (options.hasPromptFile) {
    SENNIT_ASSIGN_OR_RETURN(prompt, readTextFile(options.promptFile));
  }
  SENNIT_RETURN_IF_ERROR(checkUtf8("the prompt", prompt));
  return encodePrompt(text, prompt, options.form);
}

json resultFields(const Generated &generated, const Prompt &prompt, bool hasText) {
  json result = {{"ids", generated.ids}, {"text", nullptr}, {"finish_reason", generated.finishReason}};
  if (hasText)
    result["text"] = generated.text;
  if (prompt.generation.logits)
    result["logits"] = generated.logits;
  result["prompt_tokens"] = prompt.ids.size();
  return result;
}

/// The whole answer, from the reference interpreter: greedy, no cache between calls.
StatusOr<Generated> interpret(const Options &options, const Services &services, const std::string &path,
                              const Prompt &prompt, const ModelText &text) {
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json answer,
                          services.interpret({{"package", path},
                                              {"ids", prompt.ids},
                                              {"max_tokens", prompt.generation.maxTokens},
                                              {"ignore_eos", prompt.generation.ignoreEos},
                                              {"quantised", options.quantised},
                                              {"all_logits", false}}));
  Generated generated;
  generated.ids = answer.at("ids").get<std::vector<int32_t>>();
  generated.finishReason = answer.at("finish_reason").get<std::string>();
  generated.logits = answer.at("logits").get<std::vector<float>>();
  if (const Tokenizer *tokenizer = text.tokenizer()) {
    SENNIT_ASSIGN_OR_RETURN(generated.text, tokenizer->decode(generated.ids, /*skipSpecial=*/true));
  }
  return generated;
}

/// Where the time of steps went, with sampling and text output.
json profile(const Package &package, const StepRecorder &recorder, const std::vector<schema::StepRole> &roles,
             const GenerationTimes::Part &part) {
  const Phase others[] = {{"sampling", part.sampleSeconds}, {"text output", part.observeSeconds}};
  return profileSteps(package, recorder, roles, part.stepSeconds + part.sampleSeconds + part.observeSeconds,
                      others, "between launches");
}

/// Native generation, timed and traced as the options say. A run that was interrupted leaves its trace.
StatusOr<std::vector<Generated>> generateObserved(const Options &options,
                                                  const std::shared_ptr<const Package> &package,
                                                  const std::vector<Prompt> &prompts, const ModelText &text,
                                                  const TextSink &sink, Observation &observation) {
  SENNIT_ASSIGN_OR_RETURN(auto session, options.engine.createSession(package));
  observation.timings.addLoad(session->phases());
  std::unique_ptr<StepRecorder> recorder;
  if (options.timings || observation.trace)
    recorder = std::make_unique<StepRecorder>(*package, session->threads(),
                                              observation.trace ? TraceFile::limits(session->threads())
                                                                : RecorderLimits());
  session->runner().setRecorder(recorder.get());
  observation.loadSeconds = observation.timings.elapsed();
  GenerationTimes times;
  auto results = generate(*session, prompts, text.tokenizer(), sink, &times);
  observation.timings.addGeneration(times);
  if (observation.trace && (results.ok() || results.status().code() == Code::Interrupted)) {
    const double before = observation.timings.elapsed();
    SENNIT_RETURN_IF_ERROR(observation.trace->write(*package, *recorder));
    observation.timings.add("write the trace", observation.timings.elapsed() - before);
  }
  if (options.timings) {
    using schema::StepRole;
    observation.prefill = profile(*package, *recorder, {StepRole::Prompt, StepRole::Mixed}, times.prefill);
    observation.decode = profile(*package, *recorder, {StepRole::Generated}, times.decode);
  }
  return results;
}

void printTimings(const Observation &observation) {
  printNote(observation.timings.table());
  for (const auto &[heading, steps] :
       {std::pair("prefill", &observation.prefill), std::pair("decode", &observation.decode)})
    if (!steps->is_null())
      printNote("\n" + profileTable(heading, *steps));
}

Status runBatch(const Options &options, const std::shared_ptr<const Package> &package, const ModelText &text,
                Observation &observation) {
  Timings &timings = observation.timings;
  double before = timings.elapsed();
  SENNIT_ASSIGN_OR_RETURN(std::vector<Prompt> prompts,
                          readPrompts(options.batch, options.generation, text, options.form));
  timings.add("tokenise", timings.elapsed() - before);
  SENNIT_ASSIGN_OR_RETURN(std::vector<Generated> results,
                          generateObserved(options, package, prompts, text, {}, observation));
  before = timings.elapsed();
  for (size_t i = 0; i < results.size(); ++i)
    printJson(resultFields(results[i], prompts[i], text.tokenizer() != nullptr));
  timings.add("print results", timings.elapsed() - before);
  timings.finish();
  if (options.timings)
    printTimings(observation);
  return Status::okay();
}

Status run(const Options &options, const Services &services) {
  int given =
      int(options.hasPrompt) + int(options.hasPromptFile) + int(options.hasIds) + int(options.hasBatch);
  if (given != 1)
    return invalidInput("expected one of --prompt, --prompt-file, --prompt-ids and --batch, found " +
                        std::to_string(given));
  if (options.form.raw && options.form.system)
    return invalidInput("--system is a part of the chat template, which --raw leaves out");
  if (options.hasIds && options.form.system)
    return invalidInput("--system: expected beside a prompt of text, found beside --prompt-ids");
  if (options.form.system)
    SENNIT_RETURN_IF_ERROR(checkUtf8("--system", *options.form.system));
  SENNIT_RETURN_IF_ERROR(options.generation.check("--"));

  Observation observation;
  Timings &timings = observation.timings;
  if (options.hasTrace) {
    SENNIT_ASSIGN_OR_RETURN(observation.trace, TraceFile::create(options.trace, options.file));
  }
  PhaseClock finding;
  SENNIT_ASSIGN_OR_RETURN(std::string path, services.package(options.file));
  finding.end("find the package");
  timings.addLoad(finding.phases());
  SENNIT_ASSIGN_OR_RETURN(auto package, options.engine.openPackage(path, !options.interpret));
  timings.addLoad(package->phases());
  PhaseClock reading;
  SENNIT_ASSIGN_OR_RETURN(ModelText text, ModelText::load(package));
  reading.end("read the tokenizer");
  timings.addLoad(reading.phases());
  if (options.hasBatch)
    return runBatch(options, package, text, observation);

  Prompt prompt{{}, options.generation};
  const double untokenised = timings.elapsed();
  SENNIT_ASSIGN_OR_RETURN(prompt.ids, promptIds(options, text));
  if (prompt.ids.empty())
    return invalidInput("the prompt is empty: expected at least one token");
  SENNIT_RETURN_IF_ERROR(text.check(options.hasIds ? "--prompt-ids" : "the prompt", prompt.ids));
  timings.add("tokenise", timings.elapsed() - untokenised);

  bool streams = !options.json && text.tokenizer() && !options.interpret;
  Generated generated;
  if (options.interpret) {
    observation.loadSeconds = timings.elapsed();
    SENNIT_ASSIGN_OR_RETURN(generated, interpret(options, services, path, prompt, text));
  } else {
    TextSink sink;
    if (streams)
      sink = [](size_t, std::string_view piece) { printNow(piece); };
    SENNIT_ASSIGN_OR_RETURN(std::vector<Generated> results,
                            generateObserved(options, package, {prompt}, text, sink, observation));
    generated = std::move(results.front());
  }

  if (options.json) {
    json result = resultFields(generated, prompt, text.tokenizer() != nullptr);
    size_t count = generated.ids.size();
    timings.finish();
    const double loadMs = observation.loadSeconds * 1e3;
    result["timings"] = {{"load_ms", loadMs},
                         {"first_token_ms", loadMs + generated.promptSeconds * 1e3},
                         {"prompt_ms", generated.promptSeconds * 1e3},
                         {"decode_ms", generated.decodeSeconds * 1e3},
                         {"total_ms", timings.total() * 1e3},
                         {"decode_tokens_per_s", count > 1 && generated.decodeSeconds > 0
                                                     ? (double(count) - 1) / generated.decodeSeconds
                                                     : 0.0}};
    if (options.timings)
      result["timings"].update({{"phases_ms", timings.phases()},
                                {"prefill", observation.prefill},
                                {"decode", observation.decode}});
    printJson(result);
  } else if (text.tokenizer()) {
    print(streams ? "\n" : generated.text + "\n");
  } else {
    std::string line;
    for (int32_t id : generated.ids)
      line += (line.empty() ? "" : ",") + std::to_string(id);
    print(line + "\n");
  }
  if (options.timings && !options.json) {
    timings.finish();
    printTimings(observation);
  }
  return Status::okay();
}

} // namespace

Verb sennit::cli::runVerb(const Services &services) {
  return {
      "run", "Generate text",
      "sennit run smollm2.sennit -p \"What is the capital of France?\"\n"
      "  sennit run smollm2.sennit --prompt-ids 504,3575,282 --greedy --max-tokens 8 --json",
      [services](CLI::App &app) {
        auto options = std::make_shared<Options>();
        app.add_option("FILE", options->file, "Package, or with sennit a checkpoint")->required();
        auto *prompt = app.add_option("-p,--prompt", options->prompt, "A message to the model");
        auto *promptFile =
            app.add_option("--prompt-file", options->promptFile, "The same from a file; - is stdin");
        auto *ids = app.add_option("--prompt-ids", options->promptIds, "Token ids as the prompt: 1,2,3");
        auto *batch =
            app.add_option("--batch", options->batch,
                           "JSON Lines, one request each: prompt, messages or prompt_ids, and fields "
                           "named as the flags below; one result a line");
        app.add_option("--system", options->form.system, "System message of the conversation");
        app.add_flag("--raw", options->form.raw, "The prompt is plain text: no chat template");
        options->generation.addFlags(app);
        app.add_flag("--logits", options->generation.logits,
                     "With --json, also the logits of the last prompt position");
        options->engine.addFlags(app);
        auto *trace = app.add_option("--trace", options->trace,
                                     "Write a trace of the steps to this file, for Perfetto: every command "
                                     "and chunk as measured, and as the cost model predicts; the first "
                                     "steps, as many as fit");
        auto *timings =
            app.add_flag("--timings", options->timings,
                         "Say on stderr, or with --json in it, where the time went: phases of the "
                         "run, and kernels of a step");
        if (services.interpret) {
          auto *interpret = app.add_flag("--interpret", options->interpret,
                                         "Use the reference interpreter (greedy) instead of native code");
          interpret->excludes(batch)->excludes(trace)->excludes(timings);
          app.add_flag("--quantised", options->quantised, "Interpret with the activation rule of the kernels")
              ->needs(interpret);
        }
        app.add_flag("--json", options->json, "Print one JSON object");
        return [=] {
          options->hasPrompt = prompt->count() > 0;
          options->hasPromptFile = promptFile->count() > 0;
          options->hasIds = ids->count() > 0;
          options->hasBatch = batch->count() > 0;
          options->hasTrace = trace->count() > 0;
          return run(*options, services);
        };
      }};
}
