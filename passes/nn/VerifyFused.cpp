// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "passes/nn/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace sennit {
#define GEN_PASS_DEF_VERIFYFUSEDPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;
using namespace sennit::nn;

/// Whether the value is computed from a linear of the same block.
bool comesFromLinear(Value value) {
  SmallVector<Value> pending = {value};
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val().getDefiningOp();
    if (!op || !seen.insert(op).second)
      continue;
    if (isa<LinearOp>(op))
      return true;
    llvm::append_range(pending, op->getOperands());
  }
  return false;
}

class VerifyFused : public impl::VerifyFusedPassBase<VerifyFused> {
public:
  using Base::Base;

  void runOnOperation() override {
    valid = true;
    auto step = getOperation().lookupSymbol<func::FuncOp>("step");
    if (!step || !llvm::hasSingleElement(step.getBody())) {
      offend(getOperation().getLoc()) << "expected a function @step of one block, found none";
    } else {
      for (Operation &op : step.getBody().front().without_terminator()) {
        if (auto group = dyn_cast<GroupOp>(op))
          checkGroup(group);
        else if (!isa<ParamOp>(op))
          offend(op.getLoc()) << "expected only parameters and groups after fusing, found " << op.getName();
      }
    }
    markAllAnalysesPreserved();
    if (!valid)
      signalPassFailure();
  }

private:
  InFlightDiagnostic offend(Location location) {
    valid = false;
    return emitError(location);
  }

  void checkGroup(GroupOp group) {
    Block &block = group.getBlock();
    for (BlockArgument argument : block.getArguments())
      if (argument.use_empty())
        offend(group.getLoc()) << "expected every operand of a group to be used, found operand "
                               << argument.getArgNumber() << " unused";
    for (auto [index, value] : llvm::enumerate(group.getYield().getValues()))
      if (isa<BlockArgument>(value))
        offend(group.getLoc()) << "expected every result of a group to be computed in it, found result "
                               << index << " passed through";

    size_t ops = std::distance(block.begin(), block.end()) - 1;
    if (ops == 0)
      offend(group.getLoc()) << "expected at least one op in a group, found none";
    SmallVector<LinearOp> linears;
    for (Operation &op : block) {
      if (isa<AttentionOp, AttentionPartialOp, AttentionMergeOp>(op) && ops > 1)
        offend(op.getLoc()) << "expected attention to be the only op of its group, found " << ops << " ops";
      if (isa<CollectiveOpInterface>(op) && ops > 1)
        offend(op.getLoc()) << "expected a collective to be the only op of its group, found " << ops
                            << " ops";
      if (auto linear = dyn_cast<LinearOp>(op))
        linears.push_back(linear);
    }
    if (!linears.empty())
      checkLinears(group, linears);
  }

  void checkLinears(GroupOp group, MutableArrayRef<LinearOp> linears) {
    for (LinearOp linear : linears) {
      if (linear.getX() != linears.front().getX())
        offend(linear.getLoc()) << "expected the linears of a group to read the same rows, found others";
      else if (comesFromLinear(linear.getX()))
        offend(linear.getLoc()) << "expected no linear of a group to read another one's result";
    }
    for (auto [index, value] : llvm::enumerate(group.getYield().getValues()))
      if (!isa<BlockArgument>(value) && !comesFromLinear(value))
        offend(group.getLoc())
            << "expected every result of a group with linears to come from one, found result " << index
            << " that does not";
    for (Operation &op : group.getBlock())
      if (isa<RopeOp, CacheAppendOp, EmbedOp, ArgmaxOp>(op))
        offend(op.getLoc()) << "expected no " << op.getName() << " in a group with linears";
  }

  bool valid = true;
};

} // namespace
} // namespace sennit
