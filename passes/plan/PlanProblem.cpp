// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/plan/PlanProblem.h"

#include "dialects/nn/Nn.h"
#include "dialects/plan/Dependences.h"
#include "passes/plan/NodeLabels.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

#include <map>
#include <set>

namespace sennit {

using namespace mlir;

static_assert(plan::PieceAttr::maxRows == planner::lastRow);

namespace {

/// Rows at which a curve that is not straight is looked at.
std::set<int64_t> samplesOf(int64_t rows, int64_t tileRows) {
  std::set<int64_t> samples = {rows};
  for (int64_t sample = 1; sample < rows; sample *= 2)
    samples.insert(sample);
  for (int64_t part = 1; part < 64; ++part)
    samples.insert(std::max<int64_t>(1, rows * part / 64));
  // A part-full tile costs as much as a full one.
  if (tileRows > 1 && rows / tileRows <= 256)
    for (int64_t tile = tileRows; tile < rows; tile += tileRows)
      samples.insert(tile), samples.insert(tile + 1);
  return samples;
}

planner::OpTime timeByRates(plan::CostAttr cost, const PlanRates &rates, double rows) {
  planner::OpTime time;
  time.computeNs =
      (cost.getFlopsFixed().convertToDouble() + rows * cost.getFlopsPerRow().convertToDouble()) / rates.flops;
  time.memoryNs =
      (cost.getBytesFixed().convertToDouble() + rows * cost.getBytesPerRow().convertToDouble()) / rates.bytes;
  const double wire = rows * cost.getNetworkBytesPerRow().convertToDouble() / rates.networkBytes;
  time.launchNs = rates.launch;
  time.ns = std::max({time.computeNs, time.memoryNs, wire}) + rates.launch;
  return time;
}

planner::Collective collectiveOf(Operation *op) {
  return isa<nn::AllGatherOp>(op)       ? planner::Collective::AllGather
         : isa<nn::ReduceScatterOp>(op) ? planner::Collective::ReduceScatter
                                        : planner::Collective::AllReduce;
}

} // namespace

planner::OpFacts factsOf(plan::NodeOp node, const planner::Target &target) {
  const plan::CostAttr cost = node.getCost();
  planner::OpFacts facts;
  facts.opClass = cost.getKind() == plan::CostClass::Compute   ? planner::OpClass::Compute
                  : cost.getKind() == plan::CostClass::Memory  ? planner::OpClass::Memory
                  : cost.getKind() == plan::CostClass::Network ? planner::OpClass::Network
                                                               : planner::OpClass::Other;
  facts.flopsFixed = cost.getFlopsFixed().convertToDouble();
  facts.flopsPerRow = cost.getFlopsPerRow().convertToDouble();
  facts.weightBytes = cost.getBytesFixed().convertToDouble();
  facts.activationBytesPerRow = cost.getBytesPerRow().convertToDouble();
  auto body = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(node->getParentOp()->getParentOp(),
                                                                 node.getCalleeAttr());
  if (!body)
    return facts;
  body.walk([&](Operation *op) {
    if (auto linear = dyn_cast<nn::LinearOp>(op)) {
      nn::WeightType weight = linear.getWeight().getType();
      facts.n += weight.getRows();
      facts.k = weight.getK();
      facts.integer |= weight.isBlockQuantised();
    } else if (auto attention = dyn_cast<nn::AttentionOp>(op)) {
      facts.attention = attention.getRole() == nn::Role::Generated ? planner::Attention::Decode
                                                                   : planner::Attention::Prefill;
    } else if (auto collective = dyn_cast<nn::CollectiveOpInterface>(op)) {
      facts.collective = collectiveOf(op);
      facts.ranks = collective.getRankCount();
      // The whole tensor is the side that has all columns.
      const int64_t columns = std::max(cast<RankedTensorType>(op->getOperand(0).getType()).getDimSize(1),
                                       cast<RankedTensorType>(op->getResult(0).getType()).getDimSize(1));
      facts.payloadBytesPerRow = double(columns * target.activationBytes);
      facts.crossesNodes = facts.ranks > target.devicesPerNode;
    }
  });
  return facts;
}

planner::Problem problemOf(plan::ProgramOp program, const PlanTiming &timing) {
  planner::Problem problem;
  problem.rows = int64_t(program.getBucketRows().value_or(uint64_t(timing.rows)));
  const StringRef role = program.getRole().value_or("mixed");
  problem.generated = role == "generated" ? problem.rows
                      : role == "prompt"  ? 0
                                          : problem.rows * timing.output / (timing.prompt + timing.output);
  // A generated row wants its logits; of a prompt its last row does.
  const int64_t promptRows = problem.rows - problem.generated;
  problem.wanted = problem.generated + (promptRows + std::max<int64_t>(1, timing.prompt) - 1) /
                                           std::max<int64_t>(1, timing.prompt);
  int64_t tileRows = 0;
  if (timing.target) {
    problem.memoryCurve = timing.target->memoryCurve;
    problem.networkCurve = timing.target->networkCurve;
    problem.fixedLanes = timing.target->kind == "cpu"; // lanes are groups of workers there
    problem.workers = problem.fixedLanes ? timing.target->cores : 0;
    if (!timing.rates) {
      tileRows = timing.target->tile.rows;
      problem.join = timing.target->joinUs * 1e3;
    }
    // Cuts in the middle of a tile gain nothing.
    if (timing.target->tile.rows > 0 && problem.rows >= 8 * timing.target->tile.rows)
      problem.rowQuantum = timing.target->tile.rows;
  }
  const std::set<int64_t> samples = samplesOf(problem.rows, tileRows);
  const std::vector<NodeLabel> labels = labelNodes(program);
  plan::Storages storages(program);
  problem.storages.resize(storages.count());
  const int64_t activationBytes = timing.target ? timing.target->activationBytes : 4;
  for (auto [index, node] : llvm::enumerate(plan::nodesOf(program))) {
    planner::Node made;
    made.name = node.getName().str();
    made.op = labels[index].op;
    made.layer = labels[index].layer;
    made.kind = labels[index].kind;
    made.domain = static_cast<schema::RowDomain>(node.getDomain());
    const plan::CostAttr cost = node.getCost();
    made.lane = cost.getKind() == plan::CostClass::Memory    ? schema::Lane::Memory
                : cost.getKind() == plan::CostClass::Network ? schema::Lane::Network
                                                             : schema::Lane::Compute;
    made.minor = cost.getKind() == plan::CostClass::Other;
    made.whole = !plan::mayDivide(node, storages);
    made.splitPenalty = made.lane == schema::Lane::Network ? 0 : timing.splitPenalty;
    planner::OpFacts facts;
    const bool byTarget = timing.target && !timing.rates;
    if (byTarget)
      facts = factsOf(node, *timing.target);
    std::vector<std::pair<double, double>> time, memory;
    for (int64_t sample : samples) {
      const planner::OpTime at = byTarget
                                     ? planner::timeOf(*timing.target, facts, double(sample))
                                     : timeByRates(cost, timing.rates.value_or(PlanRates()), double(sample));
      time.emplace_back(double(sample), at.ns);
      memory.emplace_back(double(sample), at.memoryNs);
    }
    made.time = planner::TimeCurve(std::move(time));
    made.memory = planner::TimeCurve(std::move(memory));
    for (auto [place, operand] : llvm::enumerate(node.getArgs()))
      made.uses.push_back(
          {storages.of(operand), static_cast<schema::AccessRange>(node.getAccess(place)), false});
    for (auto [place, result] : llvm::enumerate(node.getOuts())) {
      const unsigned storage = storages.of(result);
      const double rows = double(made.domain == schema::RowDomain::Wanted ? problem.wanted : problem.rows);
      problem.storages[storage].bytes =
          std::max(problem.storages[storage].bytes, rows * nn::rowBytes(result.getType(), activationBytes));
      made.uses.push_back({storage, static_cast<schema::AccessRange>(node.getWrite(place)), true});
    }
    problem.nodes.push_back(std::move(made));
  }
  if (timing.target && timing.target->memoryBytes > 0) {
    const ResidentBytes resident = residentBytes(program, timing, problem);
    // What does not fit at all is for the report to say; no schedule helps it.
    if (const double left = timing.target->memoryBytes - resident.weights - resident.cache; left > 0)
      problem.tierLimits = {left};
  }
  return problem;
}

ResidentBytes residentBytes(plan::ProgramOp program, const PlanTiming &timing,
                            const planner::Problem &problem) {
  ResidentBytes resident;
  for (plan::ParamOp param : program.getBody().getOps<plan::ParamOp>())
    if (auto weight = dyn_cast<nn::WeightType>(param.getType()))
      resident.weights += double(weight.getBytes());
  const double generated = double(problem.generated), prompt = double(problem.rows - problem.generated);
  const double positions = generated * (double(timing.prompt) + double(timing.output) / 2) + prompt;
  for (BlockArgument argument : program.getBody().getArguments())
    if (auto cache = dyn_cast<nn::CacheType>(argument.getType()))
      resident.cache += positions * 2 * double(cache.getWidth()) *
                        double(timing.target ? timing.target->cacheElementBytes : 2);
  return resident;
}

planner::Solution solutionOf(plan::ProgramOp program) {
  planner::Solution solution;
  for (plan::NodeOp node : plan::nodesOf(program)) {
    std::vector<planner::Piece> &pieces = solution.pieces.emplace_back();
    for (auto piece : node.getPieces().getAsRange<plan::PieceAttr>())
      pieces.push_back({piece.getBegin(), piece.getEnd(), static_cast<schema::Lane>(piece.getLane()),
                        piece.shareValue(), piece.startValue(), piece.finishValue()});
  }
  return solution;
}

static void setPieces(plan::ProgramOp program, const planner::Solution &solution) {
  Builder builder(program.getContext());
  for (auto [node, pieces] : llvm::zip_equal(plan::nodesOf(program), solution.pieces)) {
    SmallVector<Attribute> list;
    for (const planner::Piece &piece : pieces)
      list.push_back(plan::PieceAttr::get(program.getContext(), piece.begin, piece.end,
                                          static_cast<Lane>(piece.lane), piece.share, piece.start,
                                          piece.finish));
    node.setPiecesAttr(builder.getArrayAttr(list));
  }
}

/// A piece that a schedule states no end of has no rows at the load of the timing, but may have some in a
/// step of the same bucket. It begins as early as what it depends on lets it, with the share of its lane.
static void placeEmptyPieces(plan::ProgramOp program, planner::Solution &solution) {
  std::map<schema::Lane, double> shares;
  for (const std::vector<planner::Piece> &pieces : solution.pieces)
    for (const planner::Piece &piece : pieces)
      if (piece.finish > 0)
        shares[piece.lane] = std::max(shares[piece.lane], piece.share);
  for (std::vector<planner::Piece> &pieces : solution.pieces)
    for (planner::Piece &piece : pieces)
      if (piece.finish == 0 && piece.lane != schema::Lane::Compute && shares.count(piece.lane))
        piece.share = shares[piece.lane];
  llvm::SmallVector<plan::Dependence> dependences = plan::computeDependences(program);
  llvm::stable_sort(dependences, [](const auto &a, const auto &b) { return a.to < b.to; });
  for (const plan::Dependence &dependence : dependences) {
    planner::Piece &piece = solution.pieces[dependence.to][dependence.toPiece];
    if (piece.finish == 0)
      piece.start = std::max(piece.start, solution.pieces[dependence.from][dependence.fromPiece].start);
  }
}

void setSolution(plan::ProgramOp program, const planner::Solution &wanted) {
  planner::Solution solution = wanted;
  // Numbers of pieces in dependences are those of the program as it is.
  setPieces(program, solution);
  placeEmptyPieces(program, solution);
  setPieces(program, solution);
}

} // namespace sennit
