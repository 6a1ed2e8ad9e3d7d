// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanTable.h"

#include "dialects/plan/Dependences.h"
#include "passes/plan/NodeLabels.h"

#include <map>

namespace sennit::compiler {

using nlohmann::json;

namespace {

struct Row {
  std::string op, opClass;
  double flops = 0, memory = 0, network = 0, ns = 0;
  std::string basis;
};

std::string className(plan::CostClass kind) {
  return plan::stringifyCostClass(kind).str();
}

} // namespace

json opTable(plan::ProgramOp whole, plan::ProgramOp rank, const PlanTiming &timing, int64_t ranks,
             const planner::Problem &problem, bool given) {
  std::vector<Row> rows;
  auto rowOf = [&](const std::string &op, plan::CostClass kind) -> Row & {
    for (Row &row : rows)
      if (row.op == op)
        return row;
    rows.push_back({op, className(kind)});
    return rows.back();
  };
  const planner::Target &target = *timing.target;
  const std::vector<NodeLabel> wholeLabels = labelNodes(whole);
  for (auto [node, label] : llvm::zip_equal(plan::nodesOf(whole), wholeLabels)) {
    planner::Node domain;
    domain.domain = static_cast<schema::RowDomain>(node.getDomain());
    const double count = rowsOf(problem, domain, 0, planner::lastRow);
    const plan::CostAttr cost = node.getCost();
    Row &row = rowOf(label.op, cost.getKind());
    if (cost.getKind() == plan::CostClass::Network) {
      // Every byte that is sent is read from memory; what is reduced is added once.
      const double wire = count * cost.getNetworkBytesPerRow().convertToDouble() * double(ranks);
      row.network += wire;
      row.memory += wire;
      const planner::OpFacts facts = factsOf(node, target);
      if (facts.collective && *facts.collective != planner::Collective::AllGather)
        row.flops += wire / double(2 * target.activationBytes);
    } else {
      row.flops += cost.getFlopsFixed().convertToDouble() + count * cost.getFlopsPerRow().convertToDouble();
      row.memory += cost.getBytesFixed().convertToDouble() + count * cost.getBytesPerRow().convertToDouble();
    }
  }
  const std::vector<NodeLabel> rankLabels = labelNodes(rank);
  for (auto [node, label] : llvm::zip_equal(plan::nodesOf(rank), rankLabels)) {
    Row &row = rowOf(label.op, node.getCost().getKind()); // a fused body may have a name of its own
    if (row.basis.empty()) {
      const planner::OpTime time = planner::timeOf(target, factsOf(node, target), double(problem.rows));
      row.basis = given ? "given" : planner::basisName(time.basis);
    }
  }
  for (const planner::Node &node : problem.nodes)
    for (Row &row : rows)
      if (row.op == node.op)
        row.ns += planner::soloTime(node, rowsOf(problem, node, 0, planner::lastRow), 1);

  json table = json::array();
  const double devices = double(ranks);
  const double flopsPerMs =
      devices *
      (target.kind == "cpu" ? double(target.cores) * target.i8GopsPerCore * 1e6 : target.f16Tflops * 1e9);
  const double link = ranks > target.devicesPerNode ? target.network.gbPerSecond : target.node.gbPerSecond;
  for (const Row &row : rows) {
    if (row.flops == 0 && row.memory == 0 && row.network == 0 && row.ns == 0)
      continue; // a body whose parts have rows of their own
    const bool counts = !given || row.ns > 0;
    table.push_back({{"op", row.op},
                     {"class", row.opClass},
                     {"gflop", row.flops / 1e9},
                     {"gb_memory", row.memory / 1e9},
                     {"gb_network", row.network / 1e9},
                     {"compute_ms", row.flops / flopsPerMs},
                     {"memory_ms", row.memory / (devices * target.memoryGbPerSecond * 1e6)},
                     {"network_ms", row.network > 0 && link > 0 ? row.network / (devices * link * 1e6) : 0.0},
                     {"ms", row.ns / 1e6},
                     {"basis", !counts             ? "not counted"
                               : row.basis.empty() ? "fused"
                                                   : row.basis}});
  }
  return table;
}

} // namespace sennit::compiler
