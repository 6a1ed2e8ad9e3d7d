// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// From a model's configuration to plans without a schedule.
#pragma once

#include "dialects/plan/Plan.h"
#include "import/Checkpoint.h"
#include "planner/Target.h"
#include "runtime/base/StatusOr.h"
#include "tools/compiler/PlanOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace sennit::compiler {

/// A module with one plan.program; `program` is inside.
struct PlanModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  plan::ProgramOp program;
};

enum class PlanView {
  Rank,  ///< what one rank does: shapes of its share, fused as the target's kernels are
  Whole, ///< all ranks together: whole shapes, nothing fused but linears over the same rows, for tables of
         ///< costs
};

/// The model on `ranks` ranks, at the load of the options. `output`: what the linear after attention splits,
/// "row" or "column".
StatusOr<PlanModel> lowerToPlan(const Checkpoint &checkpoint, mlir::MLIRContext &context,
                                const PlanOptions &options, const planner::Target &target, int64_t ranks,
                                const std::string &output, PlanView view);

/// Writes the times of a problem into its program as costs at a rate of 1, for nodes that the problem has;
/// others cost nothing. With plan.timing the text then stands for the problem.
void setGivenCosts(plan::ProgramOp program, const planner::Problem &problem);

} // namespace sennit::compiler
