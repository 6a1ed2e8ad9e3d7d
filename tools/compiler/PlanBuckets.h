// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The planner's decision for each bucket of a package.
#pragma once

#include "runtime/base/StatusOr.h"
#include "tools/compiler/Options.h"

#include "mlir/IR/BuiltinOps.h"

#include <nlohmann/json.hpp>

namespace sennit::compiler {

/// Says in the module what durations follow from: plan.timing, for the target's kernels at the load of the
/// options.
void setTiming(mlir::ModuleOp module, const CompileOptions &options, const std::string &target);

/// Plans every bucket of every entry. With --split auto a bucket whose plan is split, or runs lanes side by
/// side, gets a plan.program of its own; all others keep the one that serves them. With --split N the pieces
/// are those that stand in the programs. Returns the list "plans" of the package's plan section
/// (PlanSweep.h). Refused where --strict demands what could not be applied: one sentence with op, source
/// tensor and condition.
StatusOr<nlohmann::json> planPackage(mlir::ModuleOp module, const CompileOptions &options);

} // namespace sennit::compiler
