// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The pass: builds the groups that FusionRules.cpp decided on, and reports why.
#include "passes/nn/FusionGraph.h"
#include "passes/nn/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace sennit {
#define GEN_PASS_DEF_FUSEGROUPSPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;
using namespace sennit::nn;

/// Values that a group takes (in order of first use) and gives (in program order).
struct GroupBoundary {
  SetVector<Value> inputs;
  SmallVector<Value> outputs;
};

GroupBoundary boundaryOf(const FusionGraph &graph, int group) {
  GroupBoundary boundary;
  for (Operation *op : graph.members(group)) {
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!graph.contains(producer) || graph.groupOf(producer) != group)
        boundary.inputs.insert(operand);
    }
    for (Value result : op->getResults())
      if (!graph.usersWithin(result, group))
        boundary.outputs.push_back(result);
  }
  return boundary;
}

/// A name for people: the group's ops in program order, each once.
std::string kindOf(const FusionGraph &graph, int group) {
  SmallVector<std::string> parts;
  auto add = [&](StringRef part) {
    if (!llvm::is_contained(parts, part))
      parts.push_back(part.str());
  };
  for (Operation *op : graph.members(group)) {
    if (isa<RmsNormOp, LayerNormOp>(op))
      add("norm");
    else if (isa<GatherRowsOp>(op))
      add("gather");
    else if (isa<CacheAppendOp>(op))
      add("append");
    else if (auto attention = dyn_cast<AttentionOp>(op))
      add(("attention_" + stringifyRole(attention.getRole())).str());
    else
      add(shortName(op));
  }
  return llvm::join(parts, "_");
}

/// Why an edge between groups was cut, where no rule had to decide.
std::string defaultReason(const FusionGraph &graph, Operation *producer, Operation *consumer) {
  if (isa<CacheAppendOp>(producer))
    return "attention reads keys that other rows of the step wrote";
  if (isa<AttentionOp>(producer) && isa<AttentionOp>(consumer))
    return "generated and prompt rows have a kernel each";
  if (graph.form(graph.groupOf(producer)) == GroupForm::Attention ||
      graph.form(graph.groupOf(consumer)) == GroupForm::Attention)
    return "attention is a kernel of its own";
  if (graph.form(graph.groupOf(producer)) == GroupForm::Collective)
    return "every rank's part must have arrived first";
  if (graph.form(graph.groupOf(consumer)) == GroupForm::Collective)
    return "a collective is done by all ranks together, apart from kernels";
  if (graph.form(graph.groupOf(consumer)) == GroupForm::Linear && consumer->hasTrait<Elementwise>())
    return (consumer->getName().getStringRef() + " is done with the linear that gives its other operand")
        .str();
  if (graph.form(graph.groupOf(producer)) == GroupForm::Linear &&
      graph.form(graph.groupOf(consumer)) == GroupForm::Linear)
    return "every column of the first linear must be there before the second starts";
  if (graph.form(graph.groupOf(producer)) == GroupForm::Linear)
    return ("a linear's columns are done in parts, and " + consumer->getName().getStringRef() +
            " needs whole rows or heads")
        .str();
  return ("no kernel has both " + producer->getName().getStringRef() + " and " +
          consumer->getName().getStringRef())
      .str();
}

class FuseGroups : public impl::FuseGroupsPassBase<FuseGroups> {
public:
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto loaded = planner::loadTarget(target.getValue());
    if (!loaded.ok()) {
      module.emitError(loaded.status().message());
      return signalPassFailure();
    }
    if (onlySiblings)
      loaded->absorbs = {.siblings = true};
    auto step = module.lookupSymbol<func::FuncOp>("step");
    if (!step || !llvm::hasSingleElement(step.getBody())) {
      module.emitError("expected a function @step of one block, found none");
      return signalPassFailure();
    }
    Block &block = step.getBody().front();
    if (!canFuse(block))
      return signalPassFailure();
    eraseDead(block);

    FusionGraph graph(block);
    CutReasons reasons = growGroups(graph, *loaded);
    cutCounts.clear();
    SmallVector<int> order = graph.schedule();
    // Sentences and boundaries come from the ops, so all are made before the first op moves.
    SmallVector<GroupBoundary> boundaries;
    SmallVector<DictionaryAttr> reports;
    SmallVector<std::string> kinds;
    for (int group : order) {
      boundaries.push_back(boundaryOf(graph, group));
      bool isFixed = graph.form(group) == GroupForm::Fixed;
      reports.push_back(isFixed ? DictionaryAttr() : report(graph, group, boundaries.back(), reasons));
      kinds.push_back(isFixed ? "" : kindOf(graph, group));
    }
    IRMapping moved; // results of ops in groups that stand already -> results of those groups
    bool anyMade = false;
    for (auto [index, group] : llvm::enumerate(order)) {
      if (graph.form(group) == GroupForm::Fixed) {
        graph.members(group).front()->moveBefore(block.getTerminator());
        continue;
      }
      build(block, graph.members(group), boundaries[index], kinds[index], reports[index], moved);
      anyMade = true;
      ++groups;
    }
    if (anyMade) // else everything was fused before, and its report stands
      setModuleReport(module);
  }

private:
  bool canFuse(Block &block) {
    bool valid = true;
    for (Operation &op : block.without_terminator())
      if (!isa_and_nonnull<NnDialect>(op.getDialect())) {
        op.emitError("expected only nn ops before fusing, found ") << op.getName();
        valid = false;
      }
    return valid;
  }

  static void eraseDead(Block &block) {
    SmallVector<Operation *> ops;
    for (Operation &op : block.without_terminator())
      ops.push_back(&op);
    for (Operation *op : llvm::reverse(ops))
      if (op->use_empty())
        op->erase();
  }

  /// The `nn.fuse` attribute of a group.
  DictionaryAttr report(const FusionGraph &graph, int group, const GroupBoundary &boundary,
                        const CutReasons &reasons) {
    Builder builder(&getContext());
    SmallVector<std::string> fused, cuts; // each sentence once
    auto addOnce = [](SmallVector<std::string> &list, const std::string &sentence) {
      if (!llvm::is_contained(list, sentence))
        list.push_back(sentence);
    };
    for (Operation *op : graph.members(group))
      for (Operation *user : sortedUsers(op)) {
        if (!graph.contains(user))
          continue;
        std::string edge =
            ("edge " + op->getName().getStringRef() + " -> " + user->getName().getStringRef()).str();
        if (graph.groupOf(user) == group) {
          addOnce(fused, edge + " fused");
          ++fusedEdges;
          continue;
        }
        auto known = reasons.find({op, user});
        std::string sentence =
            edge + " cut: " + (known != reasons.end() ? known->second : defaultReason(graph, op, user));
        addOnce(cuts, sentence);
        countCut(sentence);
        ++cutEdges;
      }
    Costs costs = costsOf(graph, group, boundary);
    auto strings = [&](const SmallVector<std::string> &list) {
      SmallVector<StringRef> refs(list.begin(), list.end());
      return builder.getStrArrayAttr(refs);
    };
    return builder.getDictionaryAttr({
        builder.getNamedAttr("fused", strings(fused)),
        builder.getNamedAttr("cut", strings(cuts)),
        builder.getNamedAttr("ops_per_byte_before", builder.getF64FloatAttr(costs.opsPerByteBefore)),
        builder.getNamedAttr("ops_per_byte_after", builder.getF64FloatAttr(costs.opsPerByteAfter)),
        builder.getNamedAttr("bytes_saved_per_row", builder.getI64IntegerAttr(costs.bytesSavedPerRow)),
    });
  }

  /// Each user once, in block order.
  static SmallVector<Operation *> sortedUsers(Operation *op) {
    llvm::SetVector<Operation *> users;
    users.insert(op->user_begin(), op->user_end());
    SmallVector<Operation *> sorted = users.takeVector();
    llvm::sort(sorted, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    return sorted;
  }

  struct Costs {
    double opsPerByteBefore = 0, opsPerByteAfter = 0;
    int64_t bytesSavedPerRow = 0;
  };

  Costs costsOf(const FusionGraph &graph, int group, const GroupBoundary &boundary) {
    CostOptions costOptions{.cacheElementBytes = cacheElementBytes, .activationBytes = activationBytes};
    OpCost before;
    for (Operation *op : graph.members(group)) {
      OpCost part = cast<CostOpInterface>(op).getCost(costOptions);
      before.flops += part.flops;
      before.weightBytes += part.weightBytes;
      before.cacheReadBytes += part.cacheReadBytes;
      before.cacheWriteBytes += part.cacheWriteBytes;
      before.activationReadBytes += part.activationReadBytes;
      before.activationWriteBytes += part.activationWriteBytes;
    }
    OpCost after = before;
    after.activationReadBytes = after.activationWriteBytes = {};
    for (Value input : boundary.inputs) {
      // The rows that another role's attention takes over are not moved.
      bool moves = llvm::any_of(input.getUses(), [&](OpOperand &use) {
        auto attention = dyn_cast<AttentionOp>(use.getOwner());
        return graph.contains(use.getOwner()) && graph.groupOf(use.getOwner()) == group &&
               !(attention && attention.getPrevious() == input);
      });
      after.activationReadBytes.perRow += moves ? rowBytes(input.getType(), activationBytes) : 0;
    }
    for (Value output : boundary.outputs)
      after.activationWriteBytes.perRow += rowBytes(output.getType(), activationBytes);

    auto opsPerByte = [&](const OpCost &cost) {
      double bytes = cost.bytes(rows, context);
      return bytes > 0 ? cost.flops.at(rows, context) / bytes : 0;
    };
    double saved = before.activationReadBytes.perRow + before.activationWriteBytes.perRow -
                   after.activationReadBytes.perRow - after.activationWriteBytes.perRow;
    return {opsPerByte(before), opsPerByte(after), static_cast<int64_t>(saved)};
  }

  /// Moves the ops of one group into an nn.group at the end of the block.
  static void build(Block &block, ArrayRef<Operation *> ops, const GroupBoundary &boundary, StringRef kind,
                    DictionaryAttr report, IRMapping &moved) {
    OpBuilder builder(block.getTerminator());
    MLIRContext *context = builder.getContext();
    SmallVector<Location> locations;
    for (Operation *op : ops)
      locations.push_back(op->getLoc());
    SmallVector<Type> outputTypes;
    for (Value output : boundary.outputs)
      outputTypes.push_back(output.getType());
    SmallVector<Value> inputs;
    for (Value input : boundary.inputs)
      inputs.push_back(moved.lookupOrDefault(input));
    auto group = GroupOp::create(builder, FusedLoc::get(context, locations), outputTypes,
                                 builder.getStringAttr(kind), inputs);
    group->setAttr("nn.fuse", report);

    Block *body = &group.getBody().emplaceBlock();
    for (Value input : inputs)
      body->addArgument(input.getType(), input.getLoc());
    // Outside users first, while the region's own uses are still told apart by their owner.
    for (auto [index, result] : llvm::enumerate(group.getOutputs())) {
      Value output = boundary.outputs[index];
      output.replaceUsesWithIf(result,
                               [&](OpOperand &use) { return !llvm::is_contained(ops, use.getOwner()); });
      moved.map(output, result);
    }
    for (Operation *op : ops)
      op->moveBefore(body, body->end());
    for (auto [index, argument] : llvm::enumerate(body->getArguments()))
      inputs[index].replaceUsesWithIf(argument,
                                      [&](OpOperand &use) { return use.getOwner()->getBlock() == body; });
    builder.setInsertionPointToEnd(body);
    YieldOp::create(builder, group.getLoc(), boundary.outputs);
  }

  void setModuleReport(ModuleOp module) {
    SmallVector<std::string> lines;
    for (auto &[sentence, count] : cutCounts)
      lines.push_back(sentence + " (" + std::to_string(count) + " times)");
    SmallVector<StringRef> refs(lines.begin(), lines.end());
    module->setAttr("nn.fuse_report", Builder(module.getContext()).getStrArrayAttr(refs));
  }

  void countCut(const std::string &sentence) {
    auto found = llvm::find_if(cutCounts, [&](auto &entry) { return entry.first == sentence; });
    if (found == cutCounts.end())
      cutCounts.push_back({sentence, 1});
    else
      ++found->second;
  }

  SmallVector<std::pair<std::string, int64_t>> cutCounts; ///< distinct sentences, in order of appearance
};

} // namespace
} // namespace sennit
