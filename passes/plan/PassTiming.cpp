// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/plan/PassTiming.h"

#include <cmath>

namespace sennit {

std::optional<PlanTiming> timingFor(mlir::ModuleOp module, const TimingOptions &options) {
  StatusOr<PlanTiming> timing = readTiming(module);
  if (!timing.ok()) {
    module.emitError(timing.status().message());
    return std::nullopt;
  }
  if (!options.target.empty()) {
    StatusOr<planner::Target> target = planner::loadTarget(options.target);
    if (!target.ok()) {
      module.emitError(target.status().message());
      return std::nullopt;
    }
    timing->target = std::move(*target);
  }
  for (double rate : {options.flops, options.bytes, options.networkBytes})
    if (!std::isfinite(rate) || rate < 0) {
      module.emitError("expected rates that are finite and not negative, found ") << rate;
      return std::nullopt;
    }
  if (options.flops > 0 || options.bytes > 0 || options.networkBytes > 0 || options.launch >= 0) {
    PlanRates rates = timing->rates.value_or(PlanRates());
    rates.flops = options.flops > 0 ? options.flops : rates.flops;
    rates.bytes = options.bytes > 0 ? options.bytes : rates.bytes;
    rates.networkBytes = options.networkBytes > 0 ? options.networkBytes : rates.networkBytes;
    rates.launch = options.launch >= 0 ? options.launch : rates.launch;
    timing->rates = rates;
  }
  if (options.rows < 0 || options.prompt < 0 || options.output < -1) {
    module.emitError("expected rows and tokens of 1 or more, found ")
        << options.rows << ", " << options.prompt << " and " << options.output;
    return std::nullopt;
  }
  timing->rows = options.rows > 0 ? options.rows : timing->rows;
  timing->prompt = options.prompt > 0 ? options.prompt : timing->prompt;
  timing->output = options.output >= 0 ? options.output : timing->output;
  return std::move(*timing);
}

} // namespace sennit
