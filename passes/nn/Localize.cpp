// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/Passes.h"
#include "passes/nn/ShardSizes.h"
#include "passes/nn/ShardingStates.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sennit {
#define GEN_PASS_DEF_LOCALIZEPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;
using namespace sennit::nn;

class Localize : public impl::LocalizePassBase<Localize> {
public:
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<MeshOp> mesh = meshOf(module);
    if (failed(mesh))
      return signalPassFailure();
    if (!*mesh)
      return;
    auto step = module.lookupSymbol<func::FuncOp>("step");
    if (!step || !llvm::hasSingleElement(step.getBody())) {
      module.emitError("expected a function @step of one block, found none");
      return signalPassFailure();
    }
    ShardSizes sizes(*mesh);
    if (failed(sizes.solve(step.getBody().front())))
      return signalPassFailure();
    setTypes(step, sizes);
    setModel(module, step);
    std::optional<SymbolTable::UseRange> uses = SymbolTable::getSymbolUses(*mesh, module);
    if (!uses || !uses->empty()) {
      (*mesh).emitError("expected shardings and collectives in @step alone, found @")
          << (*mesh).getSymName() << " used elsewhere";
      return signalPassFailure();
    }
    (*mesh).erase();
  }

private:
  void setTypes(func::FuncOp step, const ShardSizes &sizes) {
    Block &block = step.getBody().front();
    // All types come from the shardings and types of whole values, so none is set before all are known.
    SmallVector<std::pair<Value, Type>> types;
    for (Value argument : block.getArguments())
      types.push_back({argument, sizes.typeOf(argument)});
    for (Operation &op : block) {
      setHeads(&op, sizes);
      for (Value result : op.getResults())
        types.push_back({result, sizes.typeOf(result)});
    }
    for (Operation &op : block)
      if (auto collective = dyn_cast<CollectiveOpInterface>(op)) {
        op.setAttr("ranks", Builder(&getContext()).getI64IntegerAttr(collective.getRankCount()));
        op.removeAttr("mesh");
      }
    for (auto [value, type] : types)
      value.setType(type);
    for (Operation &op : block)
      op.removeAttr(shardingsName);
    for (unsigned index = 0; index < step.getNumArguments(); ++index)
      step.removeArgAttr(index, shardingName);
    step.setFunctionType(
        FunctionType::get(&getContext(), block.getArgumentTypes(), block.getTerminator()->getOperandTypes()));
  }

  /// Heads of the ops that see them, from the columns that the rank will have.
  static void setHeads(Operation *op, const ShardSizes &sizes) {
    if (auto rope = dyn_cast<RopeOp>(op))
      rope.setHeads(sizes.sizeOf(rope.getX(), 1) / static_cast<int64_t>(rope.getHeadDim()));
    else if (auto attention = dyn_cast<AttentionOp>(op))
      attention.setHeads(sizes.sizeOf(attention.getQ(), 1) / attention.getCache().getType().getHeadDim());
    else if (auto partial = dyn_cast<AttentionPartialOp>(op))
      partial.setHeads(sizes.sizeOf(partial.getQ(), 1) / partial.getCache().getType().getHeadDim());
  }

  /// The kv heads that nn.model says are those of the caches.
  void setModel(ModuleOp module, func::FuncOp step) {
    auto model = module->getAttrOfType<DictionaryAttr>("nn.model");
    auto isCache = llvm::IsaPred<CacheType>;
    auto cache = llvm::find_if(step.getArgumentTypes(), isCache);
    if (!model || cache == step.getArgumentTypes().end())
      return;
    NamedAttrList entries(model);
    entries.set("kv_heads", Builder(&getContext()).getI64IntegerAttr(cast<CacheType>(*cache).getKvHeads()));
    module->setAttr("nn.model", entries.getDictionary(&getContext()));
  }
};

} // namespace
} // namespace sennit
