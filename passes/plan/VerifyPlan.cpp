// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"
#include "passes/plan/Passes.h"
#include "passes/plan/PlanProblem.h"

#include <cmath>

namespace sennit {
#define GEN_PASS_DEF_VERIFYPLANPASS
#include "passes/plan/Passes.h.inc"

namespace {

class VerifyPlan : public impl::VerifyPlanPassBase<VerifyPlan> {
public:
  using Base::Base;

  void runOnOperation() override {
    bool valid = true;
    for (plan::ProgramOp program : getOperation().getOps<plan::ProgramOp>())
      valid &= verify(program);
    if (!valid)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  bool verify(plan::ProgramOp program) {
    planner::Problem problem = problemOf(program, {flops, bytes, networkBytes, launch}, maxRows);
    planner::Solution solution = solutionOf(program);
    llvm::SmallVector<plan::NodeOp> list = plan::nodesOf(program);
    nodes += list.size();
    std::vector<planner::Violation> violations = planner::validate(problem, solution);
    for (const planner::Violation &violation : violations) {
      mlir::InFlightDiagnostic diagnostic = list[violation.node].emitError() << violation.message;
      if (violation.other >= 0)
        diagnostic.attachNote(list[violation.other].getLoc()) << "the other node is here";
    }
    double end = 0;
    for (auto [facts, pieces] : llvm::zip_equal(problem.nodes, solution.pieces))
      for (const planner::Piece &piece : pieces)
        end = std::max(end, piece.start + planner::durationOf(problem, facts, piece));
    predicted.updateMax(static_cast<uint64_t>(std::min(std::ceil(end), 1e18)));
    return violations.empty();
  }
};

} // namespace
} // namespace sennit
