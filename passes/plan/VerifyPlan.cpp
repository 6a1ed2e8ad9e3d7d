// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"
#include "passes/plan/PassTiming.h"
#include "passes/plan/Passes.h"
#include "planner/Validator.h"

#include <cmath>

namespace sennit {
#define GEN_PASS_DEF_VERIFYPLANPASS
#include "passes/plan/Passes.h.inc"

namespace {

class VerifyPlan : public impl::VerifyPlanPassBase<VerifyPlan> {
public:
  using Base::Base;

  void runOnOperation() override {
    std::optional<PlanTiming> timing =
        timingFor(getOperation(), {target, flops, bytes, networkBytes, launch, maxRows, prompt, output});
    if (!timing)
      return signalPassFailure();
    bool valid = true;
    for (plan::ProgramOp program : getOperation().getOps<plan::ProgramOp>())
      valid &= verify(program, *timing);
    if (!valid)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  bool verify(plan::ProgramOp program, const PlanTiming &timing) {
    const planner::Problem problem = problemOf(program, timing);
    planner::Solution solution = solutionOf(program);
    llvm::SmallVector<plan::NodeOp> list = plan::nodesOf(program);
    nodes += list.size();
    std::vector<planner::Violation> violations = planner::validate(problem, solution);
    for (const planner::Violation &violation : violations) {
      plan::NodeOp node = list[violation.node]; // not every message names it
      mlir::InFlightDiagnostic diagnostic = node.emitError() << node.getName() << ": " << violation.message;
      if (violation.other >= 0)
        diagnostic.attachNote(list[violation.other].getLoc()) << "the other node is here";
    }
    double end = 0;
    for (const std::vector<double> &ends : planner::endsOf(problem, solution))
      for (double time : ends)
        end = std::max(end, time);
    predicted.updateMax(static_cast<uint64_t>(std::min(std::ceil(end), 1e18)));
    return violations.empty();
  }
};

} // namespace
} // namespace sennit
