// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/StepGaps.h"

#include <algorithm>
#include <vector>

namespace sennit::cli {

StepGaps gapsOf(std::span<const CommandEvent> commands) {
  if (commands.empty())
    return {};
  std::vector<CommandEvent> sorted(commands.begin(), commands.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const CommandEvent &a, const CommandEvent &b) { return a.begin < b.begin; });
  StepGaps gaps;
  int64_t end = sorted.front().begin;
  for (const CommandEvent &command : sorted) {
    gaps.between += std::max<int64_t>(command.begin - end, 0);
    end = std::max(end, command.end);
  }
  gaps.all = end - sorted.front().begin;
  return gaps;
}

StepGaps gapsOf(const StepRecorder &recorder, schema::StepRole role) {
  StepGaps sum;
  for (const StepEvent &step : recorder.steps()) {
    if (step.rows.role() != role)
      continue;
    const StepGaps gaps = gapsOf(recorder.commands().subspan(step.firstCommand, step.commands));
    sum.between += gaps.between;
    sum.all += gaps.all;
  }
  return sum;
}

} // namespace sennit::cli
