// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"
#include "passes/plan/PassTiming.h"
#include "passes/plan/Passes.h"
#include "planner/Schedulers.h"

#include <map>

namespace sennit {
#define GEN_PASS_DEF_SCHEDULEPASS
#include "passes/plan/Passes.h.inc"

namespace {

using namespace mlir;

class SchedulePieces : public impl::SchedulePassBase<SchedulePieces> {
public:
  using Base::Base;

  void runOnOperation() override {
    const bool known = llvm::is_contained({"sequential", "list", "search", "exact"}, scheduler.getValue());
    if (!known || maxParts < 1 || maxParts > 8 || iterations < 0) {
      getOperation().emitError("expected scheduler sequential, list, search or exact, max-parts of 1 to 8 and iterations of 0 "
                               "or more, found ")
          << scheduler.getValue() << ", " << maxParts.getValue() << " and " << iterations.getValue();
      return signalPassFailure();
    }
    std::optional<PlanTiming> timing = timingFor(
        getOperation(), {target, flops, bytes, networkBytes, launch, maxRows, prompt, output});
    if (!timing)
      return signalPassFailure();
    for (plan::ProgramOp program : getOperation().getOps<plan::ProgramOp>())
      if (failed(schedule(program, *timing)))
        return signalPassFailure();
  }

private:
  LogicalResult schedule(plan::ProgramOp program, const PlanTiming &timing) {
    planner::Problem problem = problemOf(program, timing);
    std::vector<planner::Cuts> cuts;
    if (failed(readCuts(program, problem, cuts)))
      return failure();
    planner::SearchOptions options;
    options.fixedCuts = &cuts;
    options.iterations = iterations;
    options.seed = uint64_t(seed);
    planner::Schedule made;
    if (scheduler == "sequential")
      made = planner::scheduleInOrder(problem, cuts);
    else if (scheduler == "list")
      made = planner::scheduleList(problem, options);
    else if (scheduler == "search")
      made = planner::scheduleSearch(problem, options).schedule;
    else
      made = planner::scheduleExact(problem, cuts, {0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0}, exactLimit);
    if (made.solution.pieces.size() != problem.nodes.size())
      return program.emitError("expected a program that exact search is done with after ")
             << exactLimit << " nodes of its tree, found a larger one; take scheduler=search";
    setSolution(program, made.solution);
    return success();
  }

  /// The cuts of each kind; nodes of one kind that are cut differently become kinds of their own.
  LogicalResult readCuts(plan::ProgramOp program, planner::Problem &problem, std::vector<planner::Cuts> &cuts) {
    std::map<std::pair<unsigned, planner::Cuts>, unsigned> kinds;
    const planner::Solution old = solutionOf(program);
    llvm::SmallVector<plan::NodeOp> nodes = plan::nodesOf(program);
    for (size_t index = 0; index < problem.nodes.size(); ++index) {
      std::vector<planner::Piece> pieces = old.pieces[index];
      llvm::sort(pieces, [](const planner::Piece &a, const planner::Piece &b) { return a.begin < b.begin; });
      planner::Cuts inner;
      int64_t next = 0;
      for (const planner::Piece &piece : pieces) {
        if (piece.begin != next)
          return nodes[index].emitError("expected pieces that cover every row once, found a piece that begins at row ")
                 << piece.begin << " after row " << next;
        if (piece.begin > 0)
          inner.push_back(piece.begin);
        next = piece.end;
      }
      if (next != planner::lastRow)
        return nodes[index].emitError("expected pieces up to row max, found them up to ") << next;
      planner::Node &node = problem.nodes[index];
      node.whole = false; // as it is cut now
      node.minor = false;
      auto [place, fresh] = kinds.try_emplace({node.kind, inner}, unsigned(kinds.size()));
      if (fresh)
        cuts.push_back(inner);
      node.kind = place->second;
    }
    return success();
  }

  static constexpr int64_t exactLimit = 2'000'000;
};

} // namespace
} // namespace sennit
