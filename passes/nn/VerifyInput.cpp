// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "passes/nn/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sennit {
#define GEN_PASS_DEF_VERIFYNNINPUTPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;

/// The sizes of nn.model that a signature must agree with.
struct ModelSizes {
  int64_t vocabulary, layers, kvHeads, headDim;
};

class VerifyNnInput : public impl::VerifyNnInputPassBase<VerifyNnInput> {
public:
  using Base::Base;

  void runOnOperation() override {
    valid = true;
    ModuleOp module = getOperation();
    std::optional<ModelSizes> sizes = checkModel(module);
    auto step = module.lookupSymbol<func::FuncOp>("step");
    if (!step || step.isExternal()) {
      offend(module.getLoc()) << "expected a function @step with a body, found none";
    } else if (!llvm::hasSingleElement(step.getBody())) {
      offend(step.getLoc()) << "expected one block in @step, found " << step.getBody().getBlocks().size();
    } else {
      bool fits = checkSignature(step, sizes);
      checkOps(step);
      if (fits)
        checkCaches(step);
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

  std::optional<ModelSizes> checkModel(ModuleOp module) {
    auto model = module->getAttrOfType<DictionaryAttr>("nn.model");
    if (!model) {
      offend(module.getLoc()) << "expected a dictionary nn.model on the module, found none";
      return std::nullopt;
    }
    bool complete = true;
    if (!model.getAs<StringAttr>("family")) {
      offend(module.getLoc()) << "expected a string \"family\" in nn.model";
      complete = false;
    }
    auto size = [&](StringRef name) -> int64_t {
      auto value = model.getAs<IntegerAttr>(name);
      if (!value || !value.getType().isSignlessInteger(64)) {
        offend(module.getLoc()) << "expected an i64 \"" << name << "\" in nn.model";
        complete = false;
        return 0;
      }
      if (value.getInt() < 1) {
        offend(module.getLoc()) << "expected \"" << name << "\" in nn.model to be at least 1, found "
                                << value.getInt();
        complete = false;
      }
      return value.getInt();
    };
    size("context_length");
    size("hidden_size");
    ModelSizes sizes{size("vocab_size"), size("layers"), size("kv_heads"), size("head_dim")};
    return complete ? std::optional(sizes) : std::nullopt;
  }

  bool checkSignature(func::FuncOp step, std::optional<ModelSizes> sizes) {
    MLIRContext *context = step.getContext();
    ArrayRef<Type> arguments = step.getArgumentTypes(), results = step.getResultTypes();
    Type indices = nn::indicesType(context), batch = nn::BatchType::get(context);
    SmallVector<Type> first = {indices, indices, indices, batch};
    if (arguments.size() < first.size() || arguments.take_front(first.size()) != ArrayRef<Type>(first)) {
      offend(step.getLoc()) << "expected @step to begin with arguments (" << first << "), found ("
                            << arguments << ")";
      return false;
    }
    ArrayRef<Type> caches = arguments.drop_front(first.size());
    bool fits = true;
    auto expect = [&](bool holds, auto... parts) {
      if (holds)
        return;
      fits = false;
      InFlightDiagnostic diagnostic = offend(step.getLoc());
      (diagnostic << ... << parts);
    };
    if (sizes) {
      expect(static_cast<int64_t>(caches.size()) == sizes->layers, "expected one cache argument per layer, ",
             sizes->layers, ", found ", caches.size());
      Type cache = nn::CacheType::get(context, sizes->kvHeads, sizes->headDim);
      for (auto [index, type] : llvm::enumerate(caches))
        expect(type == cache, "expected cache argument ", index, " to be ", cache, ", found ", type);
    } else {
      for (auto [index, type] : llvm::enumerate(caches))
        expect(isa<nn::CacheType>(type), "expected argument ", first.size() + index, " to be a cache, found ",
               type);
    }
    if (results.empty() || results.drop_front() != caches) {
      expect(false, "expected @step to return logits and one cache per layer, found (", results, ")");
      return false;
    }
    if (sizes) {
      Type logits = nn::activationType(context, sizes->vocabulary);
      expect(results.front() == logits, "expected logits ", logits, ", found ", results.front());
    }
    return fits;
  }

  void checkOps(func::FuncOp step) {
    llvm::StringMap<nn::ParamOp> params;
    for (Operation &op : step.getBody().front()) {
      if (isa<func::ReturnOp>(op))
        continue;
      if (!isa_and_nonnull<nn::NnDialect>(op.getDialect())) {
        offend(op.getLoc()) << "expected only nn ops in @step, found " << op.getName();
        continue;
      }
      if (auto param = dyn_cast<nn::ParamOp>(op)) {
        auto [entry, isNew] = params.try_emplace(param.getParamName(), param);
        if (!isNew) {
          InFlightDiagnostic diagnostic = offend(op.getLoc());
          diagnostic << "expected parameter \"" << param.getParamName()
                     << "\" to be named once, found it again";
          diagnostic.attachNote(entry->second.getLoc()) << "first named here";
        }
      }
      op.walk([&](Operation *inner) { checkAttention(inner); });
    }
  }

  /// Attention reads appended caches, and rows of both roles are defined where other ops read its result.
  void checkAttention(Operation *op) {
    if (!isa<nn::AttentionOp, nn::AttentionPartialOp>(op))
      return;
    Value cache = isa<nn::AttentionOp>(op) ? cast<nn::AttentionOp>(op).getCache()
                                           : cast<nn::AttentionPartialOp>(op).getCache();
    auto argument = dyn_cast<BlockArgument>(cache);
    if (argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()))
      offend(op->getLoc()) << "expected attention to read an appended cache, found argument "
                           << argument.getArgNumber() << " of @step, which lacks this step's keys";
    auto attention = dyn_cast<nn::AttentionOp>(op);
    if (!attention || attention.getPrevious())
      return;
    for (Operation *user : op->getUsers()) {
      auto next = dyn_cast<nn::AttentionOp>(user);
      if (isa<nn::YieldOp>(user)) // fused already: the other half is in another group
        continue;
      if (!next || next.getPrevious() != op->getResult(0) || next.getRole() == attention.getRole()) {
        InFlightDiagnostic diagnostic = offend(op->getLoc());
        diagnostic
            << "expected an attention of the other role to take over rows of one role, found another reader";
        diagnostic.attachNote(user->getLoc()) << "read here";
      }
    }
  }

  void checkCaches(func::FuncOp step) {
    Block &block = step.getBody().front();
    auto ret = cast<func::ReturnOp>(block.getTerminator());
    for (auto [index, argument] : llvm::enumerate(block.getArguments().drop_front(4))) {
      // Follow the cache through appends, bare or inside a group.
      Value value = argument;
      int64_t appends = 0;
      while (true) {
        SmallVector<Value> next;
        for (OpOperand &use : value.getUses()) {
          if (auto append = dyn_cast<nn::CacheAppendOp>(use.getOwner())) {
            next.push_back(append.getResult());
          } else if (auto group = dyn_cast<nn::GroupOp>(use.getOwner())) {
            BlockArgument inner = group.getBlock().getArgument(use.getOperandNumber());
            for (Operation *user : inner.getUsers())
              if (auto append = dyn_cast<nn::CacheAppendOp>(user))
                for (OpOperand &yielded : append.getResult().getUses())
                  if (isa<nn::YieldOp>(yielded.getOwner()))
                    next.push_back(group.getOutputs()[yielded.getOperandNumber()]);
          }
        }
        appends += next.size();
        if (next.size() != 1)
          break;
        value = next.front();
      }
      if (appends != 1)
        offend(step.getLoc()) << "expected cache " << index << " to be appended to once, found " << appends
                              << " times";
      else if (ret.getOperand(1 + index) != value)
        offend(ret.getLoc()) << "expected result " << 1 + index << " of @step to be the appended cache "
                             << index;
    }
  }

  bool valid = true;
};

} // namespace
} // namespace sennit
