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
        // In the order of the nodes everything that a piece may depend on, another node's, has ended.
        llvm::SmallVector<plan::PieceAttr> old =
            llvm::to_vector(node.getPieces().getAsRange<plan::PieceAttr>());
        llvm::sort(old, [](plan::PieceAttr a, plan::PieceAttr b) {
          return std::pair(a.getBegin(), a.getEnd()) < std::pair(b.getBegin(), b.getEnd());
        });
        llvm::SmallVector<mlir::Attribute> pieces;
        for (plan::PieceAttr rows : old) {
          planner::Piece piece;
          piece.begin = rows.getBegin();
          piece.end = rows.getEnd();
          pieces.push_back(
              plan::PieceAttr::get(program.getContext(), piece.begin, piece.end, Lane::Compute, 1.0, start));
          start = std::ceil(start + planner::durationOf(problem, facts, piece));
        }
        node.setPiecesAttr(builder.getArrayAttr(pieces));
      }
    }
  }
};

} // namespace
} // namespace sennit
