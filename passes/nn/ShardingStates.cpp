// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/ShardingStates.h"

using namespace mlir;

namespace sennit::nn {

ShardingCase wholeCase(Operation *op) {
  ShardingCase result;
  result.operands.assign(op->getNumOperands(), AxisState::replicated());
  result.results.assign(op->getNumResults(), AxisState::replicated());
  return result;
}

std::optional<ShardingCase> caseOf(Operation *op, StringRef axis) {
  SmallVector<ShardingCase> cases;
  auto collective = dyn_cast<CollectiveOpInterface>(op);
  bool isOver = collective && llvm::any_of(collective.getAxes(), [&](Attribute name) {
                  return cast<StringAttr>(name).getValue() == axis;
                });
  if (collective && !isOver) { // along other axes nothing happens
    AxisState state = stateOf(op->getResult(0), axis);
    cases.push_back({{state}, {state}});
  } else {
    if (!collective)
      cases.push_back(wholeCase(op));
    if (auto shardable = dyn_cast<ShardingOpInterface>(op))
      llvm::append_range(cases, shardable.getShardingCases());
  }
  std::optional<ShardingCase> best;
  int64_t fewest = 0;
  for (ShardingCase &candidate : cases) {
    if (!llvm::all_of_zip(op->getResults(), candidate.results,
                          [&](Value result, AxisState state) { return stateOf(result, axis) == state; }))
      continue;
    int64_t repairs = 0;
    for (auto [operand, state] : llvm::zip_equal(op->getOperands(), candidate.operands))
      repairs += stateOf(operand, axis) != state;
    if (!best || repairs < fewest) {
      best = std::move(candidate);
      fewest = repairs;
    }
  }
  return best;
}

ShardingAttr withState(ShardingAttr sharding, FlatSymbolRefAttr mesh, int64_t rank, StringRef axis,
                       AxisState state) {
  Builder builder(mesh.getContext());
  auto without = [&](ArrayAttr list) {
    SmallVector<Attribute> names;
    for (Attribute name : list)
      if (cast<StringAttr>(name).getValue() != axis)
        names.push_back(name);
    return names;
  };
  SmallVector<SmallVector<Attribute>> dimensions(rank);
  SmallVector<Attribute> partial;
  if (sharding) {
    for (auto [index, list] : llvm::enumerate(sharding.getDimensions()))
      dimensions[index] = without(cast<ArrayAttr>(list));
    if (sharding.getPartial())
      partial = without(sharding.getPartial());
  }
  if (state.isSplit())
    dimensions[state.dimension()].push_back(builder.getStringAttr(axis));
  if (state.isPartial())
    partial.push_back(builder.getStringAttr(axis));
  bool isWhole = partial.empty() && llvm::all_of(dimensions, [](auto &names) { return names.empty(); });
  if (isWhole)
    return {};
  SmallVector<Attribute> lists;
  for (auto &names : dimensions)
    lists.push_back(builder.getArrayAttr(names));
  return ShardingAttr::get(mesh.getContext(), mesh, builder.getArrayAttr(lists),
                           partial.empty() ? ArrayAttr() : builder.getArrayAttr(partial));
}

std::string describe(AxisState state, StringRef axis) {
  if (state.isReplicated())
    return "the same on all ranks";
  if (state.isPartial())
    return ("a pending sum along \"" + axis + "\"").str();
  return ("split over dimension " + Twine(state.dimension()) + " by \"" + axis + "\"").str();
}

FailureOr<MeshOp> meshOf(ModuleOp module) {
  MeshOp found;
  for (MeshOp mesh : module.getOps<MeshOp>()) {
    if (found)
      return mesh.emitError("expected one mesh in a module, found another, @") << mesh.getSymName();
    found = mesh;
  }
  return found;
}

} // namespace sennit::nn
