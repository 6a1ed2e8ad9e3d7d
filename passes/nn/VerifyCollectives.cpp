// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Shares no decision with the pass that inserts: here every op must fit as it stands.
#include "passes/nn/Passes.h"
#include "passes/nn/ShardingStates.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sennit {
#define GEN_PASS_DEF_VERIFYCOLLECTIVESPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;
using namespace sennit::nn;

/// The order of collectives on one value.
int kindOf(CollectiveOpInterface op) {
  return isa<AllReduceOp>(op.getOperation()) ? 0 : isa<AllGatherOp>(op.getOperation()) ? 1 : 2;
}

class VerifyCollectives : public impl::VerifyCollectivesPassBase<VerifyCollectives> {
public:
  using Base::Base;

  void runOnOperation() override {
    valid = true;
    FailureOr<MeshOp> mesh = meshOf(getOperation());
    if (failed(mesh))
      return signalPassFailure();
    if (*mesh)
      for (auto function : getOperation().getOps<func::FuncOp>())
        for (Block &block : function.getBody())
          for (Operation &op : block)
            check(&op, *mesh);
    markAllAnalysesPreserved();
    if (!valid)
      signalPassFailure();
  }

private:
  InFlightDiagnostic offend(Operation *op) {
    valid = false;
    return emitError(op->getLoc());
  }

  void check(Operation *op, MeshOp mesh) {
    if (auto collective = dyn_cast<CollectiveOpInterface>(op)) {
      checkPlace(collective);
      if (op->use_empty())
        offend(op) << "expected a use of the result of " << op->getName() << ", found none";
    }
    for (Attribute axis : mesh.getAxes()) {
      StringRef name = cast<StringAttr>(axis).getValue();
      if (auto collective = dyn_cast<CollectiveOpInterface>(op))
        checkChange(collective, name);
      else if (auto ret = dyn_cast<func::ReturnOp>(op))
        checkReturn(ret, name);
      else
        checkUse(op, name);
    }
  }

  /// A collective takes what its axes hold, gives what they hold afterwards, and changes no other axis.
  void checkChange(CollectiveOpInterface op, StringRef axis) {
    bool isOver =
        llvm::any_of(op.getAxes(), [&](Attribute name) { return cast<StringAttr>(name).getValue() == axis; });
    AxisState held = stateOf(op.getX(), axis), given = stateOf(op->getResult(0), axis);
    AxisState taken = isOver ? op.getTakenState() : held, expected = isOver ? op.getGivenState() : held;
    if (held != taken)
      offend(op) << "expected the operand of " << op->getName() << " to be " << describe(taken, axis)
                 << ", found it " << describe(held, axis);
    else if (given != expected)
      offend(op) << "expected the result of " << op->getName() << " to be " << describe(expected, axis)
                 << ", found it " << describe(given, axis);
  }

  /// A collective stands directly behind its operand's definition, or behind others of the same operand, each
  /// kind once and in one order.
  void checkPlace(CollectiveOpInterface op) {
    Operation *before = op->getPrevNode();
    if (auto other = dyn_cast_or_null<CollectiveOpInterface>(before); other && other.getX() == op.getX()) {
      if (std::pair(kindOf(other), other.getAxes().getAsOpaquePointer()) ==
          std::pair(kindOf(op), op.getAxes().getAsOpaquePointer()))
        offend(op) << "expected " << op->getName() << " of a value once, found it again";
      else if (kindOf(other) > kindOf(op))
        offend(op) << "expected " << op->getName() << " before " << before->getName() << " of the same value";
      return;
    }
    if (before != op.getX().getDefiningOp())
      offend(op) << "expected " << op->getName()
                 << " directly behind the definition of its operand, found it "
                 << (before ? "elsewhere" : "at the start of the block");
  }

  /// Ranks get whole activations back from @step, and each its part of the caches that it was given.
  void checkReturn(func::ReturnOp op, StringRef axis) {
    auto function = cast<func::FuncOp>(op->getParentOp());
    SmallVector<Value> caches;
    for (Value argument : function.getArguments())
      if (isa<CacheType>(argument.getType()))
        caches.push_back(argument);
    size_t next = 0;
    for (auto [index, value] : llvm::enumerate(op.getOperands())) {
      AxisState expected = AxisState::replicated();
      if (isa<CacheType>(value.getType()) && next < caches.size())
        expected = stateOf(caches[next++], axis);
      if (AxisState held = stateOf(value, axis); held != expected)
        offend(op) << "expected result " << index << " of @" << function.getSymName() << " to be "
                   << describe(expected, axis) << ", found it " << describe(held, axis);
    }
  }

  /// Operands and results of an op fit one of the ways in which it may run.
  void checkUse(Operation *op, StringRef axis) {
    auto fits = [&](const ShardingCase &way) {
      auto holds = [&](Value value, AxisState state) { return stateOf(value, axis) == state; };
      return llvm::all_of_zip(op->getOperands(), way.operands, holds) &&
             llvm::all_of_zip(op->getResults(), way.results, holds);
    };
    auto shardable = dyn_cast<ShardingOpInterface>(op);
    if (fits(wholeCase(op)) || (shardable && llvm::any_of(shardable.getShardingCases(), fits)))
      return;
    InFlightDiagnostic diagnostic = offend(op);
    diagnostic << "expected operands and results that go together in " << op->getName() << ", found ";
    auto list = [&](ValueRange values) {
      diagnostic << "(";
      llvm::interleave(
          values, [&](Value value) { diagnostic << describe(stateOf(value, axis), axis); },
          [&] { diagnostic << ", "; });
      diagnostic << ")";
    };
    list(op->getOperands());
    diagnostic << " and ";
    list(op->getResults());
  }

  bool valid = true;
};

} // namespace
} // namespace sennit
