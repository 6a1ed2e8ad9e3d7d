// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"
#include "passes/plan/Passes.h"
#include "passes/plan/PlanProblem.h"

#include <cmath>

namespace sennit {
#define GEN_PASS_DEF_SCHEDULEINORDERPASS
#include "passes/plan/Passes.h.inc"

namespace {

class ScheduleInOrder : public impl::ScheduleInOrderPassBase<ScheduleInOrder> {
public:
  using Base::Base;

  void runOnOperation() override {
    for (plan::ProgramOp program : getOperation().getOps<plan::ProgramOp>()) {
      planner::Problem problem = problemOf(program, {flops, bytes, networkBytes, launch}, maxRows);
      mlir::Builder builder(program.getContext());
      double start = 0;
      for (auto [node, facts] : llvm::zip_equal(plan::nodesOf(program), problem.nodes)) {
        mlir::Attribute piece = plan::PieceAttr::get(program.getContext(), 0, plan::PieceAttr::maxRows,
                                                     Lane::Compute, 1.0, start);
        node.setPiecesAttr(builder.getArrayAttr({piece}));
        start = std::ceil(start + planner::durationOf(problem, facts, planner::Piece()));
      }
    }
  }
};

} // namespace
} // namespace sennit
