// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/plan/PlanProblem.h"

#include "dialects/plan/Dependences.h"

namespace sennit {

static_assert(plan::PieceAttr::maxRows == planner::lastRow);

planner::Problem problemOf(plan::ProgramOp program, const planner::Rates &rates, int64_t maxRows) {
  planner::Problem problem;
  problem.rates = rates;
  problem.maxRows = maxRows;
  plan::Storages storages(program);
  for (plan::NodeOp node : plan::nodesOf(program)) {
    planner::Node made;
    made.name = node.getName().str();
    made.domain = static_cast<schema::RowDomain>(node.getDomain());
    plan::CostAttr cost = node.getCost();
    made.cost = {cost.getFlopsFixed().convertToDouble(), cost.getFlopsPerRow().convertToDouble(),
                 cost.getBytesFixed().convertToDouble(), cost.getBytesPerRow().convertToDouble(),
                 cost.getNetworkBytesPerRow().convertToDouble()};
    for (auto [index, operand] : llvm::enumerate(node.getArgs()))
      made.uses.push_back(
          {storages.of(operand), static_cast<schema::AccessRange>(node.getAccess(index)), false});
    for (auto [index, result] : llvm::enumerate(node.getOuts()))
      made.uses.push_back(
          {storages.of(result), static_cast<schema::AccessRange>(node.getWrite(index)), true});
    problem.nodes.push_back(std::move(made));
  }
  return problem;
}

planner::Solution solutionOf(plan::ProgramOp program) {
  planner::Solution solution;
  for (plan::NodeOp node : plan::nodesOf(program)) {
    std::vector<planner::Piece> &pieces = solution.pieces.emplace_back();
    for (auto piece : node.getPieces().getAsRange<plan::PieceAttr>())
      pieces.push_back({piece.getBegin(), piece.getEnd(), static_cast<schema::Lane>(piece.getLane()),
                        piece.shareValue(), piece.startValue()});
  }
  return solution;
}

} // namespace sennit
