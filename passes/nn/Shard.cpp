// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/Layout.h"
#include "passes/nn/Passes.h"
#include "passes/nn/ShardPropagation.h"
#include "passes/nn/ShardingStates.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sennit {
#define GEN_PASS_DEF_SHARDPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;
using namespace sennit::nn;

class Shard : public impl::ShardPassBase<Shard> {
public:
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    StatusOr<Layout> parsed = parseLayout(layout.getValue());
    if (!parsed.ok()) {
      module.emitError(parsed.status().message());
      return signalPassFailure();
    }
    if (output != "row" && output != "column") {
      module.emitError("expected output row or column, found '") << output << "'";
      return signalPassFailure();
    }
    if (parsed->tensorParallel == 1)
      return;
    auto step = module.lookupSymbol<func::FuncOp>("step");
    if (!step || !llvm::hasSingleElement(step.getBody())) {
      module.emitError("expected a function @step of one block, found none");
      return signalPassFailure();
    }
    if (!module.getOps<MeshOp>().empty()) {
      (*module.getOps<MeshOp>().begin()).emitError("expected a module that is not sharded yet, found a mesh");
      return signalPassFailure();
    }

    for (GroupOp group : step.getOps<GroupOp>()) {
      // What is fused with a linear would be done by every rank, before the sum is complete.
      group.emitError("expected a module that is not fused yet, found a group");
      return signalPassFailure();
    }

    ShardPropagation propagation(step.getBody().front(), output == "column");
    propagation.run();

    StringRef axis(Layout::tensorParallelAxis);
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    auto mesh = MeshOp::create(builder, module.getLoc(), "mesh", builder.getStrArrayAttr({axis}),
                               builder.getDenseI64ArrayAttr({parsed->tensorParallel}));
    auto name = FlatSymbolRefAttr::get(SymbolTable(module).insert(mesh));
    auto set = [&](Value value) {
      AxisState state = propagation.stateOf(value);
      if (!state.isReplicated())
        setSharding(value, withState({}, name, shardingRank(value.getType()), axis, state));
    };
    for (Value argument : step.getArguments())
      set(argument);
    for (Operation &op : step.getBody().front())
      for (Value result : op.getResults()) {
        set(result);
        if (isa<LinearOp>(op))
          ++(propagation.stateOf(result).isReplicated() ? wholeLinears : splitLinears);
      }
  }
};

} // namespace
} // namespace sennit
