// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/plan/PlanProblem.h"

#include "dialects/plan/Dependences.h"

#include "mlir/IR/Builders.h"

#include <set>

namespace sennit {

static_assert(plan::PieceAttr::maxRows == planner::lastRow);

namespace {

/// Rows at which a curve that is not straight is looked at.
std::set<int64_t> samplesOf(int64_t rows) {
  std::set<int64_t> samples = {rows};
  for (int64_t sample = 1; sample < rows; sample *= 2)
    samples.insert(sample);
  for (int64_t part = 1; part < 64; ++part)
    samples.insert(std::max<int64_t>(1, rows * part / 64));
  return samples;
}

} // namespace

StatusOr<planner::Problem> problemOf(plan::ProgramOp program, const PlanTiming &rates) {
  planner::Problem problem;
  problem.rows = int64_t(program.getBucketRows().value_or(uint64_t(rates.maxRows)));
  problem.wanted = problem.rows;
  const llvm::StringRef role = program.getRole().value_or("mixed");
  problem.generated = role == "generated" ? problem.rows
                      : role == "prompt"  ? 0
                                          : problem.rows * rates.output / (rates.prompt + rates.output);
  const std::set<int64_t> samples = samplesOf(problem.rows);
  plan::Storages storages(program);
  for (plan::NodeOp node : plan::nodesOf(program)) {
    planner::Node made;
    made.name = node.getName().str();
    made.op = node.getCallee().str();
    made.kind = unsigned(problem.nodes.size());
    made.domain = static_cast<schema::RowDomain>(node.getDomain());
    const plan::CostAttr cost = node.getCost();
    made.lane = cost.getKind() == plan::CostClass::Memory    ? schema::Lane::Memory
                : cost.getKind() == plan::CostClass::Network ? schema::Lane::Network
                                                             : schema::Lane::Compute;
    std::vector<std::pair<double, double>> time, memory;
    for (int64_t sample : samples) {
      const double rows = double(sample);
      const double traffic =
          (cost.getBytesFixed().convertToDouble() + rows * cost.getBytesPerRow().convertToDouble()) /
          rates.bytes;
      const double arithmetic =
          (cost.getFlopsFixed().convertToDouble() + rows * cost.getFlopsPerRow().convertToDouble()) /
          rates.flops;
      const double wire = rows * cost.getNetworkBytesPerRow().convertToDouble() / rates.networkBytes;
      time.emplace_back(rows, std::max({traffic, arithmetic, wire}) + rates.launch);
      memory.emplace_back(rows, traffic);
    }
    made.time = planner::TimeCurve(std::move(time));
    made.memory = planner::TimeCurve(std::move(memory));
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

void setSolution(plan::ProgramOp program, const planner::Solution &solution) {
  mlir::Builder builder(program.getContext());
  for (auto [node, pieces] : llvm::zip_equal(plan::nodesOf(program), solution.pieces)) {
    llvm::SmallVector<mlir::Attribute> list;
    for (const planner::Piece &piece : pieces)
      list.push_back(plan::PieceAttr::get(program.getContext(), piece.begin, piece.end,
                                          static_cast<Lane>(piece.lane), piece.share, piece.start));
    node.setPiecesAttr(builder.getArrayAttr(list));
  }
}

} // namespace sennit
