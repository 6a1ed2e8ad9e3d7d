// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/Passes.h"
#include "passes/nn/ShardingStates.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sennit {
#define GEN_PASS_DEF_INSERTCOLLECTIVESPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;
using namespace sennit::nn;

class InsertCollectives : public impl::InsertCollectivesPassBase<InsertCollectives> {
public:
  using Base::Base;

  void runOnOperation() override {
    FailureOr<MeshOp> found = meshOf(getOperation());
    if (failed(found))
      return signalPassFailure();
    mesh = *found;
    if (!mesh)
      return;
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Block &block : function.getBody())
        for (Attribute axis : mesh.getAxes())
          if (failed(repair(block, cast<StringAttr>(axis))))
            return signalPassFailure();
  }

private:
  /// The uses of a value that need it to be something else, by what they need.
  struct Needs {
    SmallVector<OpOperand *> whole, columns;
  };

  LogicalResult repair(Block &block, StringAttr axis) {
    llvm::MapVector<Value, Needs> needs;
    for (Operation &op : block) {
      std::optional<ShardingCase> way = caseOf(&op, axis);
      if (!way)
        return op.emitError("expected results as ")
               << op.getName() << " can give them along " << axis << ", found " << op.getAttr(shardingsName);
      for (auto [operand, needed] : llvm::zip_equal(op.getOpOperands(), way->operands)) {
        AxisState held = stateOf(operand.get(), axis);
        // A cache stays on its ranks from step to step.
        if (held == needed || (isa<func::ReturnOp>(op) && isa<CacheType>(operand.get().getType())))
          continue;
        bool isActivation = isa<RankedTensorType>(operand.get().getType());
        if (isActivation && needed.isReplicated())
          needs[operand.get()].whole.push_back(&operand);
        else if (isActivation && held.isPartial() && needed == AxisState::split(1))
          needs[operand.get()].columns.push_back(&operand);
        else
          return op.emitError("expected operand ") << operand.getOperandNumber() << " of " << op.getName()
                                                   << " to be " << describe(needed, axis) << ", found it "
                                                   << describe(held, axis) << ", which no collective changes";
      }
    }
    for (auto &[value, uses] : needs) {
      bool isSum = stateOf(value, axis).isPartial();
      if (!uses.whole.empty() && isSum)
        insert<AllReduceOp>(value, uses.whole, axis);
      else if (!uses.whole.empty())
        insert<AllGatherOp>(value, uses.whole, axis);
      if (!uses.columns.empty())
        insert<ReduceScatterOp>(value, uses.columns, axis);
    }
    return success();
  }

  /// Puts a collective where the value is defined, behind others of the same value, for the uses listed.
  template <typename CollectiveOp>
  void insert(Value value, ArrayRef<OpOperand *> uses, StringAttr axis) {
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(value);
    while (auto other = dyn_cast<CollectiveOpInterface>(*builder.getInsertionPoint())) {
      if (other.getX() != value)
        break;
      builder.setInsertionPointAfter(other);
    }
    auto name = FlatSymbolRefAttr::get(mesh);
    double bytes = wireBytesPerRow(std::is_same_v<CollectiveOp, AllReduceOp>,
                                   columnsOf(cast<RankedTensorType>(value.getType())), mesh.getSize(axis), 4);
    auto op =
        CollectiveOp::create(builder, value.getLoc(), value.getType(), value, builder.getArrayAttr({axis}),
                             name, IntegerAttr(), builder.getF64FloatAttr(bytes));
    if (ShardingAttr sharding = withState(shardingOf(value), name, 2, axis, op.getGivenState()))
      setSharding(op.getResult(), sharding);
    for (OpOperand *use : uses)
      use->set(op.getResult());
    ++collectives;
  }

  MeshOp mesh;
};

} // namespace
} // namespace sennit
