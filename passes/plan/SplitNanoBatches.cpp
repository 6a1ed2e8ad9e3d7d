// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"
#include "passes/plan/PassTiming.h"
#include "passes/plan/Passes.h"
#include "planner/StepPlanner.h"

#include "mlir/IR/Builders.h"

namespace sennit {
#define GEN_PASS_DEF_SPLITNANOBATCHESPASS
#include "passes/plan/Passes.h.inc"

namespace {

using namespace mlir;

class SplitNanoBatches : public impl::SplitNanoBatchesPassBase<SplitNanoBatches> {
public:
  using Base::Base;

  void runOnOperation() override {
    if (parts < 0 || maxParts < 1 || maxParts > 8 || iterations < 0) {
      getOperation().emitError("expected parts and iterations of 0 or more and max-parts of 1 to 8, found ")
          << parts.getValue() << ", " << iterations.getValue() << " and " << maxParts.getValue();
      return signalPassFailure();
    }
    std::optional<PlanTiming> timing =
        timingFor(getOperation(), {target, flops, bytes, networkBytes, launch, maxRows, prompt, output});
    if (!timing)
      return signalPassFailure();
    for (plan::ProgramOp program : getOperation().getOps<plan::ProgramOp>()) {
      if (parts == 0) {
        if (failed(decide(program, *timing)))
          return signalPassFailure();
        continue;
      }
      plan::Storages storages(program);
      int64_t rows = program.getBucketRows().value_or(timing->rows);
      for (plan::NodeOp node : plan::nodesOf(program))
        if (plan::mayDivide(node, storages))
          divide(node, rows, std::min<int64_t>(parts, rows));
    }
  }

private:
  void divide(plan::NodeOp node, int64_t rows, int64_t count) {
    plan::PieceAttr whole = node.getPiece(0);
    // Quotient and remainder apart: rows * count could overflow.
    auto cut = [&](int64_t part) { return rows / count * part + rows % count * part / count; };
    SmallVector<Attribute> pieces;
    for (int64_t part = 0; part < count; ++part)
      pieces.push_back(plan::PieceAttr::get(&getContext(), cut(part),
                                            part + 1 == count ? plan::PieceAttr::maxRows : cut(part + 1),
                                            whole.getLane(), whole.shareValue(), whole.startValue()));
    node.setPiecesAttr(ArrayAttr::get(&getContext(), pieces));
    split += count > 1;
  }

  LogicalResult decide(plan::ProgramOp program, const PlanTiming &timing) {
    const planner::Problem problem = problemOf(program, timing);
    planner::StepOptions options;
    options.search.maxParts = int(maxParts);
    options.search.iterations = iterations;
    options.search.seed = uint64_t(seed);
    options.tileRows = timing.target ? timing.target->tile.rows : 0;
    const planner::StepPlan plan = planner::planStep(problem, options);
    if (!plan.violations.empty())
      return program.emitError("the planner made a plan that is not valid: ")
             << plan.violations.front().message;
    setSolution(program, plan.schedule.solution);
    for (plan::NodeOp node : plan::nodesOf(program))
      split += node.getNumPieces() > 1;
    program->removeAttr("plan.condition");
    if (!plan.split)
      program->setAttr("plan.condition", StringAttr::get(&getContext(), plan.condition));
    return success();
  }
};

} // namespace
} // namespace sennit
