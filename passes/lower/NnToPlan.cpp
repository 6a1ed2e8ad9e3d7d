// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "dialects/plan/Plan.h"
#include "passes/lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/StringSet.h"

namespace sennit {
#define GEN_PASS_DEF_NNTOPLANPASS
#include "passes/lower/Passes.h.inc"

namespace {

using namespace mlir;

/// The first name in a location, "" where there is none.
StringRef locationName(Location loc) {
  StringRef found;
  loc->walk([&](Location inner) {
    auto name = dyn_cast<NameLoc>(inner);
    if (!name)
      return WalkResult::advance();
    found = name.getName().getValue();
    return WalkResult::interrupt();
  });
  return found;
}

/// What a group does to the rows of the step, read off its region.
struct GroupFacts {
  bool hasRole = false, gathers = false;
  nn::Role role = nn::Role::Generated;
  SmallVector<AccessRange> accesses; ///< one for each operand
  SmallVector<int32_t> inplace;      ///< one for each result: the operand that it overwrites, or -1
};

GroupFacts factsOf(nn::GroupOp group) {
  GroupFacts facts;
  Block &block = group.getBlock();
  for (BlockArgument argument : block.getArguments())
    facts.accesses.push_back(isa<nn::WeightType, nn::BatchType>(argument.getType()) ? AccessRange::All
                                                                                    : AccessRange::Own);
  auto access = [&](Value value, AccessRange range) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      facts.accesses[argument.getArgNumber()] = range;
  };
  for (Operation &op : block) {
    if (auto attention = dyn_cast<nn::AttentionOp>(op)) {
      facts.hasRole = true;
      facts.role = attention.getRole();
      access(attention.getCache(), AccessRange::Before);
    } else if (auto partial = dyn_cast<nn::AttentionPartialOp>(op)) {
      facts.hasRole = true;
      facts.role = partial.getRole();
      access(partial.getCache(), AccessRange::Before);
    } else if (auto gather = dyn_cast<nn::GatherRowsOp>(op)) {
      facts.gathers = true;
      access(gather.getX(), AccessRange::All);
    }
  }
  for (Value result : group.getYield().getValues()) {
    Value target;
    if (auto append = result.getDefiningOp<nn::CacheAppendOp>())
      target = append.getCache();
    else if (auto attention = result.getDefiningOp<nn::AttentionOp>())
      target = attention.getPrevious();
    auto argument = dyn_cast_if_present<BlockArgument>(target);
    facts.inplace.push_back(argument ? static_cast<int32_t>(argument.getArgNumber()) : -1);
  }
  return facts;
}

class NnToPlan : public impl::NnToPlanPassBase<NnToPlan> {
public:
  using Base::Base;

  void runOnOperation() override {
    bodyList.clear();
    names.clear();
    wanted.clear();
    ModuleOp module = getOperation();
    auto step = module.lookupSymbol<func::FuncOp>("step");
    if (!step) {
      module.emitError("expected an entry func.func @step, found none");
      return signalPassFailure();
    }
    if (!step.getBody().hasOneBlock()) {
      step.emitError("expected one block in @step, found ") << step.getBody().getBlocks().size();
      return signalPassFailure();
    }
    if (failed(lowerStep(module, step)))
      signalPassFailure();
  }

private:
  LogicalResult lowerStep(ModuleOp module, func::FuncOp step) {
    OpBuilder builder(step);
    auto program = plan::ProgramOp::create(builder, step.getLoc(), "step_plan", step.getFunctionType());
    if (ArrayAttr attrs = step.getArgAttrsAttr())
      program.setArgAttrsAttr(attrs);
    IRMapping values;
    Block &body = program.getBody().front();
    for (auto [from, to] : llvm::zip_equal(step.getArguments(), body.getArguments())) {
      values.map(from, to);
      to.setLoc(from.getLoc());
    }
    builder.setInsertionPointToEnd(&body);

    bool valid = true;
    for (Operation &op : step.getBody().front()) {
      if (auto param = dyn_cast<nn::ParamOp>(op)) {
        auto planned = plan::ParamOp::create(builder, op.getLoc(), param.getType(), param.getParamName());
        values.map(param.getWeight(), planned.getResult());
      } else if (auto group = dyn_cast<nn::GroupOp>(op)) {
        addNode(builder, module, group, values);
      } else if (auto ret = dyn_cast<func::ReturnOp>(op)) {
        SmallVector<Value> results;
        for (Value value : ret.getOperands())
          results.push_back(values.lookup(value));
        plan::ReturnOp::create(builder, op.getLoc(), results);
      } else {
        op.emitError("expected only parameters and groups after fusing, found ") << op.getName();
        valid = false;
        break;
      }
    }
    if (!valid) {
      program.erase();
      return failure();
    }
    step.erase();
    program.setSymName("step");
    return success();
  }

  void addNode(OpBuilder &builder, ModuleOp module, nn::GroupOp group, IRMapping &values) {
    GroupFacts facts = factsOf(group);
    SmallVector<Value> operands;
    for (Value input : group.getInputs())
      operands.push_back(values.lookup(input));

    RowDomain domain = RowDomain::All;
    if (facts.hasRole)
      domain = facts.role == nn::Role::Generated ? RowDomain::Generated : RowDomain::Prompt;
    else if (facts.gathers || llvm::any_of(operands, [&](Value v) { return wanted.contains(v); }))
      domain = RowDomain::Wanted;

    SmallVector<AccessRange> writes(group.getNumResults(), AccessRange::Own);
    auto node = plan::NodeOp::create(builder, group.getLoc(), group.getResultTypes(), bodyFor(module, group),
                                     operands, uniqueName(group), domain, facts.accesses, writes,
                                     facts.inplace, costOf(group, domain));
    // Why these ops are one kernel stays with the node, for `sennit explain`.
    if (Attribute fuse = group->getAttr("nn.fuse"))
      node->setAttr("nn.fuse", fuse);
    for (auto [from, to] : llvm::zip_equal(group.getResults(), node.getResults())) {
      values.map(from, to);
      if (domain == RowDomain::Wanted)
        wanted.insert(to);
    }
    ++nodes;
  }

  /// The name of the body with this group's region: an equal one that stands already, or a new function.
  StringRef bodyFor(ModuleOp module, nn::GroupOp group) {
    auto type = FunctionType::get(&getContext(), group.getBlock().getArgumentTypes(), group.getResultTypes());
    for (func::FuncOp body : bodyList)
      if (body.getFunctionType() == type && equalBodies(body, group))
        return body.getName();

    std::string base = group.getKind().str(), name = base;
    for (int suffix = 1; module.lookupSymbol(name); ++suffix)
      name = base + "_" + std::to_string(suffix);
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    if (!bodyList.empty())
      builder.setInsertionPointAfter(bodyList.back());
    auto body = func::FuncOp::create(builder, group.getLoc(), name, type);
    body.setPrivate();
    IRMapping mapping;
    group.getBody().cloneInto(&body.getBody(), mapping);
    auto yield = cast<nn::YieldOp>(body.getBody().front().getTerminator());
    builder.setInsertionPoint(yield);
    func::ReturnOp::create(builder, yield.getLoc(), yield.getValues());
    yield.erase();
    bodyList.push_back(body);
    ++bodies;
    return body.getName();
  }

  /// Whether a body computes what the group's region does; the terminators differ by construction.
  static bool equalBodies(func::FuncOp body, nn::GroupOp group) {
    Block &lhs = body.getBody().front(), &rhs = group.getBlock();
    DenseMap<Value, Value> equal;
    auto mapped = [&](Value l, Value r) { return equal.lookup(l) == r; };
    for (auto [l, r] : llvm::zip_equal(lhs.getArguments(), rhs.getArguments()))
      equal[l] = r;
    auto it = rhs.begin();
    for (Operation &l : lhs.without_terminator()) {
      if (it == std::prev(rhs.end()))
        return false;
      Operation &r = *it++;
      if (l.getName() != r.getName() || l.getAttrDictionary() != r.getAttrDictionary() ||
          l.getPropertiesAsAttribute() != r.getPropertiesAsAttribute() ||
          l.getResultTypes() != r.getResultTypes() || l.getNumOperands() != r.getNumOperands() ||
          !llvm::all_of(llvm::zip(l.getOperands(), r.getOperands()),
                        [&](auto pair) { return mapped(std::get<0>(pair), std::get<1>(pair)); }))
        return false;
      for (auto [a, b] : llvm::zip_equal(l.getResults(), r.getResults()))
        equal[a] = b;
    }
    return it == std::prev(rhs.end()) &&
           llvm::all_of(llvm::zip(lhs.getTerminator()->getOperands(), rhs.getTerminator()->getOperands()),
                        [&](auto pair) { return mapped(std::get<0>(pair), std::get<1>(pair)); });
  }

  std::string uniqueName(nn::GroupOp group) {
    std::string base = locationName(group.getLoc()).str();
    if (base.empty() && !group.getBlock().without_terminator().empty())
      base = locationName(group.getBlock().front().getLoc()).str();
    base = base.empty() ? group.getKind().str() : base + ":" + group.getKind().str();
    std::string name = base;
    for (int suffix = 1; !names.insert(name).second; ++suffix)
      name = base + "#" + std::to_string(suffix);
    return name;
  }

  /// The group's cost at the recorded load. Values that stay inside the group move no bytes.
  plan::CostAttr costOf(nn::GroupOp group, RowDomain domain) {
    // A generated row attends to the prompt and half of the output on average.
    double ofPrompt = promptContext > 0 ? double(promptContext) : prompt / 2.0;
    double context = domain == RowDomain::Prompt ? ofPrompt : prompt + output / 2.0;
    double flopsFixed = 0, flopsPerRow = 0, bytesFixed = 0, bytesPerRow = 0, wirePerRow = 0;
    nn::CostClass heaviest = nn::CostClass::Other;
    for (Operation &op : group.getBlock()) {
      auto costed = dyn_cast<nn::CostOpInterface>(op);
      if (!costed)
        continue;
      nn::OpCost cost =
          costed.getCost({.cacheElementBytes = cacheElementBytes, .activationBytes = activationBytes});
      flopsFixed += cost.flops.fixed;
      flopsPerRow += cost.flops.perRow + context * cost.flops.perRowContext;
      bytesFixed += cost.weightBytes.fixed;
      for (nn::StepNumber bytes : {cost.weightBytes, cost.cacheReadBytes, cost.cacheWriteBytes})
        bytesPerRow += bytes.perRow + context * bytes.perRowContext;
      wirePerRow += cost.wireBytes.perRow;
      heaviest = std::min(heaviest, cost.costClass);
    }
    // What attention writes into is not read: other rows stay as they are.
    DenseSet<Value> writtenInto;
    for (auto attention : group.getBlock().getOps<nn::AttentionOp>())
      writtenInto.insert(attention.getPrevious());
    for (auto [input, argument] : llvm::zip_equal(group.getInputs(), group.getBlock().getArguments()))
      if (!writtenInto.contains(argument))
        bytesPerRow += nn::rowBytes(input.getType(), activationBytes);
    for (Type type : group.getResultTypes())
      bytesPerRow += nn::rowBytes(type, activationBytes);
    auto kind = heaviest == nn::CostClass::Compute   ? plan::CostClass::Compute
                : heaviest == nn::CostClass::Memory  ? plan::CostClass::Memory
                : heaviest == nn::CostClass::Network ? plan::CostClass::Network
                                                     : plan::CostClass::Other;
    return plan::CostAttr::get(&getContext(), kind, flopsFixed, flopsPerRow, bytesFixed, bytesPerRow,
                               wirePerRow);
  }

  SmallVector<func::FuncOp> bodyList;
  llvm::StringSet<> names;
  DenseSet<Value> wanted; ///< plan values that have a row for each wanted row
};

} // namespace
} // namespace sennit
