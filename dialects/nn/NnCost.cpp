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

/// Bytes per row of a value: 4 per element of an activation or index; 0 for weights, caches and the batch.
static double rowBytes(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  if (!tensor)
    return 0;
  return tensor.getRank() == 2 ? 4.0 * tensor.getDimSize(1) : 4.0;
}

/// A cost with the bytes that the op's own operands and results tell: activations per row, vectors of weights
/// once.
static OpCost boundaryCost(Operation *op, CostClass costClass) {
  OpCost cost;
  cost.costClass = costClass;
  for (Value operand : op->getOperands()) {
    cost.activationReadBytes += perRow(rowBytes(operand));
    if (auto weight = dyn_cast<WeightType>(operand.getType()))
      cost.weightBytes += fixed(weight.getBytes());
  }
  for (Value result : op->getResults())
    cost.activationWriteBytes += perRow(rowBytes(result));
  return cost;
}

/// As boundaryCost, with flops per element of the first operand.
static OpCost elementwiseCost(Operation *op, double flopsPerElement) {
  OpCost cost = boundaryCost(op, CostClass::Other);
  cost.flops = perRow(flopsPerElement * rowBytes(op->getOperand(0)) / 4);
  return cost;
}

/// Attention over `heads` heads: q.k and p.v for each key, whose key and value are read once per row of the
/// step at most.
static OpCost attentionCost(Operation *op, Role role, CacheType cache, int64_t heads,
                            int64_t cacheElementBytes) {
  OpCost cost = boundaryCost(op, role == Role::Generated ? CostClass::Memory : CostClass::Compute);
  cost.flops = perRowContext(heads * (4.0 * cache.getHeadDim() + transcendentalFlops + 4));
  cost.cacheReadBytes = perRowContext(2.0 * cache.getWidth() * cacheElementBytes);
  return cost;
}

OpCost ParamOp::getCost(int64_t) {
  return {};
}

OpCost EmbedOp::getCost(int64_t) {
  OpCost cost = boundaryCost(*this, CostClass::Memory);
  cost.weightBytes = perRow(getWeight().getType().getRowBytes()); // only the rows that are taken
  cost.flops = perRow(getWeight().getType().isBlockQuantised() ? 2.0 * getWeight().getType().getK() : 0);
  return cost;
}

OpCost LinearOp::getCost(int64_t) {
  OpCost cost = boundaryCost(*this, CostClass::Compute);
  WeightType weight = getWeight().getType();
  cost.flops = perRow(2.0 * weight.getRows() * weight.getK() + (getBias() ? weight.getRows() : 0));
  return cost;
}

OpCost RmsNormOp::getCost(int64_t) {
  return elementwiseCost(*this, 4);
}
OpCost LayerNormOp::getCost(int64_t) {
  return elementwiseCost(*this, 8);
}
OpCost SiluOp::getCost(int64_t) {
  return elementwiseCost(*this, transcendentalFlops + 3);
}
OpCost GeluOp::getCost(int64_t) {
  return elementwiseCost(*this, transcendentalFlops + 6);
}
OpCost MulOp::getCost(int64_t) {
  return elementwiseCost(*this, 1);
}
OpCost AddOp::getCost(int64_t) {
  return elementwiseCost(*this, 1);
}
OpCost SoftmaxOp::getCost(int64_t) {
  return elementwiseCost(*this, transcendentalFlops + 4);
}
OpCost ArgmaxOp::getCost(int64_t) {
  return elementwiseCost(*this, 1);
}

OpCost GatherRowsOp::getCost(int64_t) {
  return boundaryCost(*this, CostClass::Memory);
}

OpCost RopeOp::getCost(int64_t) {
  OpCost cost = boundaryCost(*this, CostClass::Other);
  double pairs = static_cast<double>(getFrequencies().size());
  // The angle's sine and cosine are the same for all heads; each pair then takes four products and two sums.
  cost.flops = perRow(pairs * (2 * transcendentalFlops + 3) + pairs * getHeads() * 6);
  return cost;
}

OpCost CacheAppendOp::getCost(int64_t cacheElementBytes) {
  OpCost cost = boundaryCost(*this, CostClass::Memory);
  cost.cacheWriteBytes = perRow(2.0 * getCache().getType().getWidth() * cacheElementBytes);
  return cost;
}

OpCost AttentionOp::getCost(int64_t cacheElementBytes) {
  OpCost cost = attentionCost(*this, getRole(), getCache().getType(), getHeads(), cacheElementBytes);
  if (getPrevious()) // the same rows in the same place: what is taken over is not moved
    cost.activationReadBytes.perRow -= rowBytes(getPrevious());
  return cost;
}

OpCost AttentionPartialOp::getCost(int64_t cacheElementBytes) {
  return attentionCost(*this, getRole(), getCache().getType(), getHeads(), cacheElementBytes);
}

OpCost AttentionMergeOp::getCost(int64_t) {
  OpCost cost = elementwiseCost(*this, 3);
  cost.flops += perRow(3 * transcendentalFlops * columnsOf(getALse().getType()));
  return cost;
}

OpCost GroupOp::getCost(int64_t cacheElementBytes) {
  // Work is the sum of the ops; activations move only across the group's boundary, and a weight that two ops
  // read counts for each, since each walks it.
  OpCost cost;
  bool hasCompute = false, hasMemory = false, hasNetwork = false;
  for (Operation &op : getBlock().without_terminator()) {
    OpCost part = cast<CostOpInterface>(op).getCost(cacheElementBytes);
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
    cost.activationReadBytes += perRow(rowBytes(operand));
  for (Value result : getOutputs())
    cost.activationWriteBytes += perRow(rowBytes(result));
  cost.costClass = hasNetwork   ? CostClass::Network
                   : hasCompute ? CostClass::Compute
                   : hasMemory  ? CostClass::Memory
                                : CostClass::Other;
  return cost;
}
