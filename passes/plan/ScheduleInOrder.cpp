// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"
#include "passes/plan/Passes.h"
#include "passes/plan/PassTiming.h"

#include <cmath>

namespace sennit {
#define GEN_PASS_DEF_SCHEDULEINORDERPASS
#include "passes/plan/Passes.h.inc"

namespace {

class ScheduleInOrder : public impl::ScheduleInOrderPassBase<ScheduleInOrder> {
public:
  using Base::Base;

  void runOnOperation() override {
    std::optional<PlanTiming> timing =
        timingFor(getOperation(), {target, flops, bytes, networkBytes, launch, maxRows, prompt, output});
    if (!timing)
      return signalPassFailure();
    for (plan::ProgramOp program : getOperation().getOps<plan::ProgramOp>()) {
      const planner::Problem problem = problemOf(program, *timing);
      planner::Solution solution = solutionOf(program);
      double start = 0;
      for (auto [node, pieces] : llvm::zip_equal(problem.nodes, solution.pieces)) {
        // In the order of the nodes everything that a piece may depend on, another node's, has ended.
        llvm::sort(pieces, [](const planner::Piece &a, const planner::Piece &b) {
          return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
        });
        size_t full = 0;
        for (const planner::Piece &piece : pieces)
          full += rowsOf(problem, node, piece.begin, piece.end) > 0;
        for (planner::Piece &piece : pieces) {
          piece = {piece.begin, piece.end, schema::Lane::Compute, 1, start};
          if (const double rows = rowsOf(problem, node, piece.begin, piece.end); rows > 0)
            start = std::ceil(start + soloTime(node, rows, full));
        }
      }
      setSolution(program, solution);
    }
  }
};

} // namespace
} // namespace sennit
