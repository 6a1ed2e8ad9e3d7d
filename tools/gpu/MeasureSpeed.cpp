// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Measurements.h"
#include "tools/gpu/Text.h"

#include "runtime/program/Generate.h"
#include "runtime/program/StepRecorder.h"
#include "tools/cli/BenchDriver.h"
#include "tools/cli/Interrupt.h"
#include "tools/cli/StepGaps.h"
#include "tools/cli/StepProfile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace sennit::gpu {
namespace {

using json = nlohmann::ordered_json;
using schema::StepRole;

constexpr int rounds = 3, contextBefore = 4, recordedTokens = 4;

/// Bytes and operations of all commands of a role, by the cost model, for each of its steps.
struct Recorded {
  double bytes = 0, flops = 0;
  int launches = 0;
};

Recorded sumUp(const StepRecorder &recorder, const std::vector<StepRole> &roles) {
  Recorded sum;
  int64_t steps = 0;
  for (const StepEvent &step : recorder.steps()) {
    const bool isGenerated = step.rows.generated == step.rows.total;
    if (std::find(roles.begin(), roles.end(), isGenerated ? StepRole::Generated : StepRole::Prompt) ==
            roles.end() ||
        step.commands == 0)
      continue;
    ++steps;
    for (const CommandEvent &command : recorder.commands().subspan(step.firstCommand, step.commands)) {
      sum.bytes += command.cost.bytes;
      sum.flops += command.cost.flops;
      ++sum.launches;
    }
  }
  if (steps) {
    sum.bytes /= double(steps);
    sum.flops /= double(steps);
    sum.launches /= int(steps);
  }
  return sum;
}

/// Seconds of each token behind the first, as a user of greedy generation sees them.
StatusOr<double> secondsOfToken(Session &session, int tokens) {
  Request request;
  request.prompt.assign(contextBefore, 1);
  request.maxTokens = tokens + 1;
  request.ignoreEos = true;
  Generator generator(session);
  std::vector<Completion> completions;
  SENNIT_RETURN_IF_ERROR(generator.run({&request, 1}, completions));
  SENNIT_RETURN_IF_ERROR(completions.front().status);
  return completions.front().decodeSeconds / tokens;
}

double best(const std::vector<double> &values) {
  return *std::min_element(values.begin(), values.end());
}

json milliseconds(const std::vector<double> &seconds) {
  json list = json::array();
  for (double one : seconds)
    list.push_back(one * 1e3);
  return list;
}

} // namespace

StatusOr<json> measureSpeed(const std::string &path, const Shape &shape, const std::string &device) {
  const bool isGpu = device != "cpu";
  json facts;
  if (isGpu) {
    SENNIT_ASSIGN_OR_RETURN(facts, measureDevice(path, device));
  }
  const auto start = std::chrono::steady_clock::now();
  SENNIT_ASSIGN_OR_RETURN(const std::shared_ptr<const Package> package, openPackage(path, device));
  SENNIT_ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, openSession(path, device));
  const double loadSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::vector<double> prefill, decode;
  for (int round = 0; round < rounds; ++round) {
    if (cli::interrupted())
      return cli::interruptedStatus();
    cli::BenchDriver driver(*session, 1);
    SENNIT_ASSIGN_OR_RETURN(prefill.emplace_back(), driver.prompt(shape.prefill));
    SENNIT_RETURN_IF_ERROR(driver.free());
    SENNIT_ASSIGN_OR_RETURN(decode.emplace_back(), secondsOfToken(*session, shape.decode));
  }
  // Watched rounds of their own: watching takes time.
  const RecorderLimits limits{64, size_t(1) << 16, 0};
  StepRecorder prompts(*package, session->threads(), limits), tokens(*package, session->threads(), limits);
  cli::BenchDriver driver(*session, 1);
  session->runner().setRecorder(&prompts);
  auto watchedPrompt = driver.prompt(shape.prefill);
  session->runner().setRecorder(nullptr);
  SENNIT_RETURN_IF_ERROR(watchedPrompt.status());
  SENNIT_RETURN_IF_ERROR(driver.free());
  SENNIT_RETURN_IF_ERROR(driver.prompt(contextBefore).status());
  session->runner().setRecorder(&tokens);
  auto watchedTokens = driver.decode(recordedTokens);
  session->runner().setRecorder(nullptr);
  SENNIT_RETURN_IF_ERROR(watchedTokens.status());

  const Recorded ofPrompt = sumUp(prompts, {StepRole::Prompt}),
                 ofToken = sumUp(tokens, {StepRole::Generated});
  // A prompt of more rows than a step takes is several steps.
  const double promptSteps = double(std::max<size_t>(prompts.steps().size(), 1));
  const double tflops = ofPrompt.flops * promptSteps / best(prefill) / 1e12;
  const double gigabytes = ofToken.bytes / best(decode) / 1e9;
  const char *rest = "between launches, logits, other";
  json result = {
      {"passed", true},
      {"summary", ""},
      {"load_seconds", loadSeconds},
      {"prefill",
       {{"rows", shape.prefill},
        {"ms", milliseconds(prefill)},
        {"tokens_per_s", shape.prefill / best(prefill)},
        {"flops", ofPrompt.flops * promptSteps},
        {"tflops", tflops},
        {"profile", cli::profileSteps(*package, prompts, {StepRole::Prompt}, *watchedPrompt, {}, rest)}}},
      {"decode",
       {{"tokens", shape.decode},
        {"ms", milliseconds(decode)},
        {"tokens_per_s", 1 / best(decode)},
        {"bytes", ofToken.bytes},
        {"gb_per_s", gigabytes},
        {"launches", ofToken.launches},
        {"gap_share", cli::gapsOf(tokens, StepRole::Generated).share()},
        {"profile", cli::profileSteps(*package, tokens, {StepRole::Generated}, *watchedTokens, {}, rest)}}},
      {"device", facts}};
  char text[160];
  int length =
      std::snprintf(text, sizeof text, "decode %.1f tokens/s, %.0f GB/s; prefill %.0f tokens/s, %.1f Tflop/s",
                    1 / best(decode), gigabytes, shape.prefill / best(prefill), tflops);
  if (isGpu) {
    const double copy =
        std::max(facts["copy_gb_per_s"].get<double>(), facts["driver_copy_gb_per_s"].get<double>());
    result["copy_share"] = gigabytes / copy;
    result["mma_share"] = tflops / facts["mma_tflops"].get<double>();
    std::snprintf(text + length, sizeof text - size_t(length), " (%.0f %% of copying, %.0f %% of mma)",
                  100 * gigabytes / copy, 100 * tflops / facts["mma_tflops"].get<double>());
  }
  result["summary"] = text;
  return result;
}

} // namespace sennit::gpu
