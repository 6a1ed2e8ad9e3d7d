// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/ShardPropagation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace sennit::nn {

static SmallVector<ShardingCase> casesOf(Operation *op) {
  // A table that is looked up stays whole: its rows are few bytes of a step, and gathering them costs a
  // collective.
  auto shardable = dyn_cast<ShardingOpInterface>(op);
  return shardable && !isa<EmbedOp, CollectiveOpInterface>(op) ? shardable.getShardingCases()
                                                               : SmallVector<ShardingCase>();
}

/// The way of a linear that splits its output features.
static ShardingCase byColumns(LinearOp linear) {
  return linear.getShardingCases().front();
}

AxisState ShardPropagation::stateOf(Value value) const {
  auto found = states.find(value);
  return found == states.end() ? AxisState::replicated() : found->second;
}

void ShardPropagation::run() {
  for (Operation &op : block)
    if (isa<AttentionOp, AttentionPartialOp>(op) && !chosen.contains(&op))
      attempt([&] { return choose(&op, casesOf(&op).front()); });
  for (Operation &op : block) {
    auto linear = dyn_cast<LinearOp>(op);
    if (!linear || chosen.contains(&op))
      continue;
    size_t before = chosenLog.size();
    attempt([&] {
      // Without a linear that takes the columns apart again, splitting only adds a gather.
      return choose(linear, byColumns(linear)) &&
             llvm::any_of(ArrayRef(chosenLog).drop_front(before), [&](Operation *other) {
               return isa<LinearOp>(other) && chosen.find(other)->second.results.front().isPartial();
             });
    });
  }
  passPendingSums();
}

/// Takes back everything that `act` decided where it fails.
bool ShardPropagation::attempt(llvm::function_ref<bool()> act) {
  size_t ops = chosenLog.size(), values = statesLog.size();
  if (act())
    return true;
  while (chosenLog.size() > ops)
    chosen.erase(chosenLog.pop_back_val());
  while (statesLog.size() > values)
    states.erase(statesLog.pop_back_val());
  return false;
}

/// Lets an op run in one way, with all that follows for its operands and results.
bool ShardPropagation::choose(Operation *op, const ShardingCase &way) {
  if (!chosen.try_emplace(op, way).second)
    return false;
  chosenLog.push_back(op);
  for (auto [operand, state] : llvm::zip_equal(op->getOperands(), way.operands)) {
    if (!state.isReplicated()) {
      if (!give(operand, state))
        return false;
      continue;
    }
    // What is needed whole can be reduced or gathered, but a weight is as it is loaded.
    AxisState held = stateOf(operand);
    if (isa<WeightType>(operand.getType()) ? !held.isReplicated() : (held.isSplit() && !mayGather(operand)))
      return false;
  }
  for (auto [result, state] : llvm::zip_equal(op->getResults(), way.results))
    if (!state.isReplicated() && !give(result, state))
      return false;
  return true;
}

/// Makes a value split or pending, with all that follows for whoever makes and whoever uses it.
bool ShardPropagation::give(Value value, AxisState state) {
  auto [found, isNew] = states.try_emplace(value, state);
  if (!isNew)
    return found->second == state;
  statesLog.push_back(value);
  if (Operation *op = value.getDefiningOp()) {
    if (!chosen.contains(op)) {
      unsigned index = cast<OpResult>(value).getResultNumber();
      SmallVector<ShardingCase> cases = casesOf(op);
      auto way = llvm::find_if(cases, [&](const ShardingCase &way) { return way.results[index] == state; });
      if (way == cases.end() || !choose(op, *way))
        return false;
    } else if (chosen.find(op)->second.results[cast<OpResult>(value).getResultNumber()] != state) {
      return false;
    }
  } else if (!isa<CacheType>(value.getType())) {
    return false; // other arguments are what every rank gets
  }
  if ((state.isPartial() && !isa<WeightType>(value.getType())) || isGatheredOutput(value))
    return true; // repaired by a collective, so users see the whole value
  for (OpOperand &use : value.getUses())
    if (!offer(use, state))
      return false;
  return true;
}

/// Lets a user take a value as it is; false where it cannot and no gather may help.
bool ShardPropagation::offer(OpOperand &use, AxisState state) {
  Operation *op = use.getOwner();
  unsigned index = use.getOperandNumber();
  bool gathers = mayGather(use.get());
  if (auto known = chosen.find(op); known != chosen.end()) {
    AxisState needed = known->second.operands[index];
    return needed == state || (needed.isReplicated() && gathers);
  }
  if (isa<func::ReturnOp>(op))
    return isa<CacheType>(use.get().getType()) || gathers;
  if (auto linear = dyn_cast<LinearOp>(op); linear && gatherOutput && gathers && index == 0)
    return attempt([&] { return choose(op, byColumns(linear)); }) || gathers;
  for (const ShardingCase &way : casesOf(op))
    if (way.operands[index] == state && attempt([&] { return choose(op, way); }))
      return true;
  return gathers;
}

/// Whether a split value may be gathered for users that need all of it: an attention's result, as it is or
/// after ops that work column by column. Nothing else is ever split for such users.
bool ShardPropagation::mayGather(Value value) const {
  Operation *op = value.getDefiningOp();
  if (!op || !isa<RankedTensorType>(value.getType()))
    return false;
  return isa<AttentionOp, AttentionPartialOp, AttentionMergeOp>(op) ||
         (op->hasTrait<Elementwise>() &&
          llvm::any_of(op->getOperands(), [&](Value operand) { return mayGather(operand); }));
}

/// Whether a value is the result of a linear that gathered an attention's columns to split its own.
bool ShardPropagation::isGatheredOutput(Value value) const {
  auto linear = value.getDefiningOp<LinearOp>();
  return linear && stateOf(value).isSplit() && stateOf(linear.getX()).isSplit();
}

void ShardPropagation::passPendingSums() {
  for (Operation &op : block) {
    if (chosen.contains(&op))
      continue;
    for (const ShardingCase &way : casesOf(&op)) {
      bool fits = llvm::all_of_zip(op.getOperands(), way.operands, [&](Value operand, AxisState state) {
        // Were someone else to need the sum, it would be there to be used.
        bool isAlone = llvm::all_of(operand.getUsers(), [&](Operation *user) { return user == &op; });
        return stateOf(operand) == state && (!state.isPartial() || isAlone);
      });
      if (!fits || !llvm::any_of(way.operands, [](AxisState state) { return state.isPartial(); }))
        continue;
      chosen.try_emplace(&op, way);
      for (auto [result, state] : llvm::zip_equal(op.getResults(), way.results))
        states.try_emplace(result, state);
      break;
    }
  }
}

} // namespace sennit::nn
