// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "passes/plan/PlanProblem.h"

namespace sennit {

/// The options of a pass on times, in their order in Passes.td.
struct TimingOptions {
  std::string target;
  double flops, bytes, networkBytes, launch;
  int64_t rows, prompt, output;
};

/// The timing of the module, with what the options say instead. None, with a diagnostic, where one is wrong.
std::optional<PlanTiming> timingFor(mlir::ModuleOp module, const TimingOptions &options);

} // namespace sennit
