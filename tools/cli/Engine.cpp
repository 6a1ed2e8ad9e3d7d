// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Engine.h"

#include "tools/cli/Interrupt.h"
#include "tools/cli/TextStream.h"

#include <CLI/CLI.hpp>

#include <optional>

using namespace sennit;
using namespace sennit::cli;

void EngineFlags::addDevice(CLI::App &app) {
  app.add_option("--device", device, "Where to run: cpu, cuda (the first GPU) or cuda:N")
      ->capture_default_str();
}

void EngineFlags::addFlags(CLI::App &app) {
  addDevice(app);
  app.add_option(
         "--pages", pages,
         "Pages of the KV cache, 32 positions each; the default is as many as a step can name, and a GPU "
         "has memory for")
      ->check(CLI::Range(1, 1 << 26));
  app.add_option("--threads", threads, "Threads; the default is as many as this process can run at once")
      ->check(CLI::Range(1, 1024));
  app.add_option("--level", level, "Run this code level instead of the highest possible")
      ->check(CLI::IsMember({"avx2", "avx512"}));
}

StatusOr<std::shared_ptr<const Package>> EngineFlags::openPackage(const std::string &path,
                                                                  bool executable) const {
  OpenOptions options;
  options.executable = executable && usesCpu();
  if (!level.empty())
    options.level = level == "avx2" ? schema::CpuLevel::Avx2 : schema::CpuLevel::Avx512;
  return Package::open(path, options);
}

StatusOr<std::unique_ptr<Session>> EngineFlags::createSession(std::shared_ptr<const Package> package) const {
  SessionOptions options;
  options.device = device;
  options.threads = threads;
  options.pages = pages;
  options.interrupt = &interruptFlag();
  return Session::create(std::move(package), options);
}

namespace {

SamplingParams samplingOf(const Generation &generation) {
  SamplingParams params;
  params.repeatPenalty = static_cast<float>(generation.repeatPenalty);
  params.temperature = generation.greedy ? 0 : static_cast<float>(generation.temperature);
  params.topK = generation.topK;
  params.topP = static_cast<float>(generation.topP);
  params.minP = static_cast<float>(generation.minP);
  params.seed = generation.seed;
  return params;
}

} // namespace

StatusOr<std::vector<Generated>> cli::generate(Session &session, const std::vector<Prompt> &prompts,
                                               const Tokenizer *tokenizer, const TextSink &sink,
                                               GenerationTimes *times) {
  std::vector<Request> requests;
  std::vector<std::optional<TextStream>> texts(prompts.size());
  for (size_t i = 0; i < prompts.size(); ++i) {
    const Generation &generation = prompts[i].generation;
    if (tokenizer)
      texts[i].emplace(*tokenizer, generation.stop);
    else if (!generation.stop.empty())
      return invalidInput("--stop compares text, and the package has no tokenizer");
    Request &request = requests.emplace_back();
    request.prompt = prompts[i].ids;
    request.sampling = samplingOf(generation);
    request.maxTokens = generation.maxTokens;
    request.ignoreEos = generation.ignoreEos;
    request.promptLogits = generation.logits;
  }

  auto show = [&](size_t index, const std::string &piece) {
    if (sink && !piece.empty())
      sink(index, piece);
  };
  auto observe = [&](size_t index, int32_t token) {
    if (!texts[index])
      return true;
    show(index, texts[index]->add(token));
    return !texts[index]->stopped();
  };
  std::vector<Completion> completions;
  Generator generator(session);
  const Status status = generator.run(requests, completions, observe);
  if (times)
    *times = generator.times();
  SENNIT_RETURN_IF_ERROR(status);

  std::vector<Generated> results;
  for (size_t i = 0; i < completions.size(); ++i) {
    Completion &completion = completions[i];
    SENNIT_RETURN_IF_ERROR(completion.status);
    Generated &result = results.emplace_back();
    if (texts[i]) {
      show(i, texts[i]->finish());
      result.text = texts[i]->text();
    }
    result.ids = std::move(completion.ids);
    result.finishReason = finishReasonName(completion.finish);
    result.logits = std::move(completion.promptLogits);
    result.promptSeconds = completion.promptSeconds;
    result.decodeSeconds = completion.decodeSeconds;
  }
  return results;
}
