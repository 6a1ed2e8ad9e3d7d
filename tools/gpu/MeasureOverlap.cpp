// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Measurements.h"
#include "tools/gpu/Text.h"

#include "tools/cli/BenchBeside.h"
#include "tools/cli/BenchDriver.h"
#include "tools/cli/Interrupt.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstdio>

namespace sennit::gpu {
namespace {

using json = nlohmann::ordered_json;

constexpr int prompts = 5, tokens = 16, contextBefore = 32;

struct Mode {
  Overlap overlap;
  const char *name;
};
constexpr Mode modes[] = {{Overlap::Planned, "planned_ms"},
                          {Overlap::SplitOnly, "split_ms"},
                          {Overlap::Sequential, "sequential_ms"}};

struct Taken {
  std::vector<double> prompt, decode; ///< seconds of each
  std::vector<float> logits;
};

StatusOr<Taken> take(const std::shared_ptr<const Package> &package, const std::string &device,
                     Overlap overlap, int rows, int sequences) {
  SessionOptions options;
  options.device = device;
  options.overlap = overlap;
  options.interrupt = &cli::interruptFlag();
  SENNIT_ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::create(package, options));
  Taken taken;
  for (int i = 0; i < prompts; ++i) {
    cli::BenchDriver driver(*session, 1);
    SENNIT_ASSIGN_OR_RETURN(taken.prompt.emplace_back(), driver.prompt(rows));
    SENNIT_RETURN_IF_ERROR(driver.free());
  }
  cli::BenchDriver driver(*session, sequences);
  SENNIT_RETURN_IF_ERROR(driver.prompt(std::min(contextBefore, session->contextLength() / 2)).status());
  for (int i = 0; i < tokens; ++i) {
    SENNIT_ASSIGN_OR_RETURN(taken.decode.emplace_back(), driver.decode(1));
  }
  SENNIT_RETURN_IF_ERROR(driver.step(&taken.logits));
  SENNIT_RETURN_IF_ERROR(driver.free());
  return taken;
}

} // namespace

StatusOr<json> measureOverlap(const std::string &path, const std::string &device) {
  SENNIT_ASSIGN_OR_RETURN(const std::shared_ptr<const Package> package, openPackage(path, device));
  const schema::StepLayout &step = *package->root().step();
  const int context = int(package->root().model()->context_length());
  const int rows = std::min(int(step.max_rows()), context), sequences = int(step.max_sequences());
  json prompt = {{"rows", rows}}, decode = {{"sequences", sequences}};
  std::vector<float> planned;
  bool equal = true;
  double times[3] = {};
  for (size_t i = 0; i < 3; ++i) {
    SENNIT_ASSIGN_OR_RETURN(Taken taken, take(package, device, modes[i].overlap, rows, sequences));
    prompt[modes[i].name] = cli::medianOf(taken.prompt) * 1e3;
    decode[modes[i].name] = times[i] = cli::medianOf(taken.decode) * 1e3;
    if (i == 0)
      planned = taken.logits;
    // Bytes: two zeros of different signs are not equal.
    equal &=
        std::equal(taken.logits.begin(), taken.logits.end(), planned.begin(), planned.end(),
                   [](float a, float b) { return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); });
  }
  char text[160];
  std::snprintf(text, sizeof text,
                "decode step of %d: %.3f ms as planned, %.3f ms split, %.3f ms in sequence%s", sequences,
                times[0], times[1], times[2], equal ? "" : "; other bytes");
  return json{{"passed", equal}, {"summary", text}, {"equal", equal}, {"prompt", prompt}, {"decode", decode}};
}

} // namespace sennit::gpu
