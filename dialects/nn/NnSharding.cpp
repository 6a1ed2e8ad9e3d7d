// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The sharding interface of every nn op, and shardings of values.
#include "dialects/nn/Nn.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::nn;

static constexpr AxisState whole = AxisState::replicated(), pending = AxisState::partial(),
                           rowsOfWeight = AxisState::split(0), heads = AxisState::split(0),
                           columns = AxisState::split(1);

using Cases = SmallVector<ShardingCase>;

//===- Ops --------------------------------------------------------------------------------------------===//

ShardingCase sennit::nn::splitColumns(Operation *op) {
  ShardingCase result;
  result.operands.assign(op->getNumOperands(), columns);
  result.results.assign(op->getNumResults(), columns);
  return result;
}

Cases ParamOp::getShardingCases() {
  Cases cases;
  int64_t rank = shardingRank(getWeight().getType());
  for (int64_t dimension = 0; dimension < rank; ++dimension)
    cases.push_back({{}, {AxisState::split(dimension)}});
  // Of a pending sum the first rank holds the parameter, the others hold zeros. That is how a bias is added
  // once.
  if (rank == 1)
    cases.push_back({{}, {pending}});
  return cases;
}

Cases EmbedOp::getShardingCases() {
  return {{{whole, columns}, {columns}}};
}

Cases LinearOp::getShardingCases() {
  // Output features, and then the reduction, which leaves a sum pending. A linear is also linear in a pending
  // x, but then every rank would multiply by all of the weight for nothing.
  Cases cases = {{{whole, rowsOfWeight}, {columns}}, {{columns, columns}, {pending}}};
  if (getBias()) {
    cases[0].operands.push_back(AxisState::split(0));
    cases[1].operands.push_back(pending);
  }
  return cases;
}

// A row's norm, softmax or maximum needs all of its columns, and is not linear in them.
Cases RmsNormOp::getShardingCases() {
  return {};
}
Cases LayerNormOp::getShardingCases() {
  return {};
}
Cases SoftmaxOp::getShardingCases() {
  return {};
}
Cases ArgmaxOp::getShardingCases() {
  return {};
}

Cases GeluOp::getShardingCases() {
  return {splitColumns(*this)};
}
Cases MulOp::getShardingCases() {
  return {splitColumns(*this), {{pending, whole}, {pending}}, {{whole, pending}, {pending}}};
}
Cases AddOp::getShardingCases() {
  return {splitColumns(*this), {{pending, pending}, {pending}}};
}
Cases GatherRowsOp::getShardingCases() {
  return {{{columns, whole}, {columns}}, {{pending, whole}, {pending}}};
}

Cases RopeOp::getShardingCases() {
  return {{{columns, whole}, {columns}}, {{pending, whole}, {pending}}}; // columns are those of whole heads
}

Cases CacheAppendOp::getShardingCases() {
  return {{{heads, columns, columns, whole}, {heads}}};
}

Cases AttentionOp::getShardingCases() {
  ShardingCase byHeads{{columns, heads, whole, whole}, {columns}};
  if (getPrevious())
    byHeads.operands.push_back(columns);
  return {byHeads};
}
Cases AttentionPartialOp::getShardingCases() {
  return {{{columns, heads, whole, whole}, {columns, columns}}};
}
Cases AttentionMergeOp::getShardingCases() {
  return {splitColumns(*this)};
}

Cases GroupOp::getShardingCases() {
  return {}; // groups are made of what one rank does
}

//===- Shardings of values ----------------------------------------------------------------------------===//

AxisState ShardingAttr::getStateOn(StringRef axis) {
  auto names = [&](Attribute list) {
    return llvm::any_of(cast<ArrayAttr>(list),
                        [&](Attribute name) { return cast<StringAttr>(name).getValue() == axis; });
  };
  if (getPartial() && names(getPartial()))
    return pending;
  for (auto [index, list] : llvm::enumerate(getDimensions()))
    if (names(list))
      return AxisState::split(static_cast<int64_t>(index));
  return whole;
}

ShardingAttr sennit::nn::shardingOf(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto function = dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
    return function ? function.getArgAttrOfType<ShardingAttr>(argument.getArgNumber(), shardingName)
                    : ShardingAttr();
  }
  auto list = value.getDefiningOp()->getAttrOfType<ArrayAttr>(shardingsName);
  return list ? cast<ShardingAttr>(list[cast<OpResult>(value).getResultNumber()]) : ShardingAttr();
}

AxisState sennit::nn::stateOf(Value value, StringRef axis) {
  ShardingAttr sharding = shardingOf(value);
  return sharding ? sharding.getStateOn(axis) : whole;
}

void sennit::nn::setSharding(Value value, ShardingAttr sharding) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    cast<FunctionOpInterface>(argument.getOwner()->getParentOp())
        .setArgAttr(argument.getArgNumber(), shardingName, sharding);
    return;
  }
  Operation *op = value.getDefiningOp();
  Builder builder(op->getContext());
  SmallVector<Attribute> list;
  if (auto old = op->getAttrOfType<ArrayAttr>(shardingsName))
    llvm::append_range(list, old);
  else // the other results are the same on all ranks until someone says so
    for (Type type : op->getResultTypes())
      list.push_back(ShardingAttr::get(
          op->getContext(), sharding.getMesh(),
          builder.getArrayAttr(SmallVector<Attribute>(shardingRank(type), builder.getArrayAttr({}))), {}));
  list[cast<OpResult>(value).getResultNumber()] = sharding;
  op->setAttr(shardingsName, builder.getArrayAttr(list));
}

int64_t sennit::nn::shardingRank(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.getRank();
  if (auto weight = dyn_cast<WeightType>(type))
    return static_cast<int64_t>(weight.getShape().size());
  return isa<CacheType>(type) ? 2 : 0;
}

//===- Mesh -------------------------------------------------------------------------------------------===//

int64_t MeshOp::getSize(StringRef axis) {
  for (auto [name, size] : llvm::zip_equal(getAxes(), getSizes()))
    if (cast<StringAttr>(name).getValue() == axis)
      return size;
  return 0;
}

int64_t sennit::nn::rankCount(CollectiveOpInterface op) {
  if (!op.getMeshAttr()) {
    auto ranks = op->getAttrOfType<IntegerAttr>("ranks");
    return ranks ? ranks.getInt() : 0;
  }
  auto mesh = SymbolTable::lookupNearestSymbolFrom<MeshOp>(op, op.getMeshAttr());
  int64_t count = mesh ? 1 : 0;
  for (Attribute axis : op.getAxes())
    count *= mesh ? mesh.getSize(cast<StringAttr>(axis).getValue()) : 0;
  return count;
}
