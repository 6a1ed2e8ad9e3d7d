// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The cost interface of every nn op. Transcendental functions count as the flops of a polynomial of that
// accuracy.
#include "dialects/nn/Nn.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::nn;

/// Flops of one exp, tanh or erf as a vector polynomial; sin and cos together count twice.
static constexpr double transcendentalFlops = 12;

static StepNumber fixed(double value) {
  return {value, 0, 0};
}
static StepNumber perRow(double value) {
  return {0, value, 0};
}
static StepNumber perRowContext(double value) {
  return {0, 0, value};
}

double sennit::nn::rowBytes(Type type, int64_t activationBytes) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return 0;
  return tensor.getRank() == 2 ? static_cast<double>(activationBytes) * tensor.getDimSize(1) : 4.0;
}

static double valueBytes(Value value, const CostOptions &options) {
  return rowBytes(value.getType(), options.activationBytes);
}

/// A cost with the bytes that the op's own operands and results tell: activations per row, vectors of weights
/// once.
static OpCost boundaryCost(Operation *op, const CostOptions &options, CostClass costClass) {
  OpCost cost;
  cost.costClass = costClass;
  for (Value operand : op->getOperands()) {
    cost.activationReadBytes += perRow(valueBytes(operand, options));
    if (auto weight = dyn_cast<WeightType>(operand.getType()))
      cost.weightBytes += fixed(weight.getBytes());
  }
  for (Value result : op->getResults())
    cost.activationWriteBytes += perRow(valueBytes(result, options));
  return cost;
}

/// As boundaryCost, with flops per element of the first operand.
static OpCost elementwiseCost(Operation *op, const CostOptions &options, double flopsPerElement) {
  OpCost cost = boundaryCost(op, options, CostClass::Other);
  cost.flops = perRow(flopsPerElement * columnsOf(cast<RankedTensorType>(op->getOperand(0).getType())));
  return cost;
}

/// Attention over `heads` heads. Flops are those of the two products, q.k and p.v, alone, as in the published
/// accounting of attention: a softmax runs on other units beside them. A generated row reads the keys and
/// values of its whole context. Of a prompt, they are read once, since they stay on chip while the prompt's
/// rows pass over them.
static OpCost attentionCost(Operation *op, const CostOptions &options, Role role, CacheType cache,
                            int64_t heads) {
  bool isGenerated = role == Role::Generated;
  OpCost cost = boundaryCost(op, options, isGenerated ? CostClass::Memory : CostClass::Compute);
  cost.flops = perRowContext(4.0 * heads * cache.getHeadDim());
  double positionBytes = 2.0 * cache.getWidth() * options.cacheElementBytes;
  cost.cacheReadBytes = isGenerated ? perRowContext(positionBytes) : perRow(positionBytes);
  return cost;
}

OpCost ParamOp::getCost(const CostOptions &options) {
  return {};
}

OpCost EmbedOp::getCost(const CostOptions &options) {
  OpCost cost = boundaryCost(*this, options, CostClass::Memory);
  cost.weightBytes = perRow(getWeight().getType().getRowBytes()); // only the rows that are taken
  cost.flops = perRow(getWeight().getType().isBlockQuantised() ? 2.0 * getWeight().getType().getK() : 0);
  return cost;
}

OpCost LinearOp::getCost(const CostOptions &options) {
  OpCost cost = boundaryCost(*this, options, CostClass::Compute);
  WeightType weight = getWeight().getType();
  cost.flops = perRow(2.0 * weight.getRows() * weight.getK() + (getBias() ? weight.getRows() : 0));
  return cost;
}

OpCost RmsNormOp::getCost(const CostOptions &options) {
  return elementwiseCost(*this, options, 4);
}
OpCost LayerNormOp::getCost(const CostOptions &options) {
  return elementwiseCost(*this, options, 8);
}
OpCost SiluOp::getCost(const CostOptions &options) {
  return elementwiseCost(*this, options, transcendentalFlops + 3);
}
OpCost GeluOp::getCost(const CostOptions &options) {
  return elementwiseCost(*this, options, transcendentalFlops + 6);
}
OpCost MulOp::getCost(const CostOptions &options) {
  return elementwiseCost(*this, options, 1);
}
OpCost AddOp::getCost(const CostOptions &options) {
  return elementwiseCost(*this, options, 1);
}
OpCost SoftmaxOp::getCost(const CostOptions &options) {
  return elementwiseCost(*this, options, transcendentalFlops + 4);
}
OpCost ArgmaxOp::getCost(const CostOptions &options) {
  return elementwiseCost(*this, options, 1);
}

OpCost GatherRowsOp::getCost(const CostOptions &options) {
  return boundaryCost(*this, options, CostClass::Memory);
}

OpCost RopeOp::getCost(const CostOptions &options) {
  OpCost cost = boundaryCost(*this, options, CostClass::Other);
  double pairs = static_cast<double>(getFrequencies().size());
  // The angle's sine and cosine are the same for all heads; each pair then takes four products and two sums.
  cost.flops = perRow(pairs * (2 * transcendentalFlops + 3) + pairs * getHeads() * 6);
  return cost;
}

OpCost CacheAppendOp::getCost(const CostOptions &options) {
  OpCost cost = boundaryCost(*this, options, CostClass::Memory);
  cost.cacheWriteBytes = perRow(2.0 * getCache().getType().getWidth() * options.cacheElementBytes);
  return cost;
}

OpCost AttentionOp::getCost(const CostOptions &options) {
  OpCost cost = attentionCost(*this, options, getRole(), getCache().getType(), getHeads());
  if (getPrevious()) // the same rows in the same place: what is taken over is not moved
    cost.activationReadBytes.perRow -= valueBytes(getPrevious(), options);
  return cost;
}

OpCost AttentionPartialOp::getCost(const CostOptions &options) {
  return attentionCost(*this, options, getRole(), getCache().getType(), getHeads());
}

OpCost AttentionMergeOp::getCost(const CostOptions &options) {
  OpCost cost = elementwiseCost(*this, options, 3);
  cost.flops += perRow(3 * transcendentalFlops * columnsOf(getALse().getType()));
  return cost;
}

double sennit::nn::wireBytesPerRow(bool isAllReduce, int64_t columns, int64_t ranks,
                                   int64_t activationBytes) {
  int64_t passes = isAllReduce ? 2 : 1; // a reduce-scatter and an all-gather
  return static_cast<double>(passes * columns * activationBytes * (ranks - 1)) / static_cast<double>(ranks);
}

OpCost sennit::nn::collectiveCost(CollectiveOpInterface op, const CostOptions &options) {
  OpCost cost = boundaryCost(op, options, CostClass::Network);
  int64_t columns = std::max(columnsOf(cast<RankedTensorType>(op.getX().getType())),
                             columnsOf(cast<RankedTensorType>(op->getResult(0).getType())));
  cost.wireBytes = perRow(wireBytesPerRow(isa<AllReduceOp>(op.getOperation()), columns,
                                          std::max<int64_t>(op.getRankCount(), 1), options.activationBytes));
  return cost;
}

OpCost GroupOp::getCost(const CostOptions &options) {
  // Work is the sum of the ops; activations move only across the group's boundary, and a weight that two ops
  // read counts for each, since each walks it.
  OpCost cost;
  bool hasCompute = false, hasMemory = false, hasNetwork = false;
  for (Operation &op : getBlock().without_terminator()) {
    OpCost part = cast<CostOpInterface>(op).getCost(options);
    cost.flops += part.flops;
    cost.weightBytes += part.weightBytes;
    cost.cacheReadBytes += part.cacheReadBytes;
    cost.cacheWriteBytes += part.cacheWriteBytes;
    cost.wireBytes += part.wireBytes;
    hasCompute |= part.costClass == CostClass::Compute;
    hasMemory |= part.costClass == CostClass::Memory;
    hasNetwork |= part.costClass == CostClass::Network;
  }
  for (Value operand : getInputs())
    cost.activationReadBytes += perRow(valueBytes(operand, options));
  for (Value result : getOutputs())
    cost.activationWriteBytes += perRow(valueBytes(result, options));
  cost.costClass = hasNetwork   ? CostClass::Network
                   : hasCompute ? CostClass::Compute
                   : hasMemory  ? CostClass::Memory
                                : CostClass::Other;
  return cost;
}
