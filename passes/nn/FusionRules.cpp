// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The rules by which groups grow. A rule looks at one edge, and either merges the two groups or notes why it
// did not.
#include "passes/nn/FusionGraph.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace sennit::nn {
namespace {

class Growth {
public:
  Growth(FusionGraph &graph, const planner::Target &target) : graph(graph), target(target) {}

  // The order matters: linears gather their siblings before anything else is decided about them. What reads a
  // linear joins it before the next linear can claim it as a prologue, since an epilogue saves the write as
  // well. Row groups come last: they take what no linear wanted.
  CutReasons run() {
    joinSiblings();
    joinEpilogues();
    joinPrologues();
    joinAppends();
    joinRows();
    return std::move(reasons);
  }

private:
  bool isListed(const std::vector<std::string> &list, Operation *op) const {
    return llvm::is_contained(list, shortName(op).str()) ||
           (op->hasTrait<Elementwise>() && llvm::is_contained(list, "elementwise"));
  }
  void cut(Operation *producer, Operation *consumer, const Twine &reason) {
    reasons[{producer, consumer}] = reason.str();
  }
  std::string notAbsorbed(StringRef part, Operation *op) const {
    return ("target " + Twine(target.name) + " does not absorb " + part + " " + shortName(op)).str();
  }
  static std::string neededBy(Operation *user) {
    return isa<NnDialect>(user->getDialect())
               ? (user->getName().getStringRef() + " needs the value too").str()
               : "the value is a result of @step";
  }

  void joinSiblings() {
    if (!target.absorbs.siblings)
      return;
    llvm::DenseMap<Value, Operation *> first;
    for (Operation *op : graph.ops()) {
      auto linear = dyn_cast<LinearOp>(op);
      if (!linear)
        continue;
      auto [entry, isNew] = first.try_emplace(linear.getX(), op);
      if (!isNew && graph.canMerge(graph.groupOf(entry->second), graph.groupOf(op)))
        graph.merge(graph.groupOf(entry->second), graph.groupOf(op));
    }
  }

  void joinEpilogues() {
    for (Operation *op : graph.ops()) {
      if (!op->hasTrait<Elementwise>())
        continue;
      // The operand that is computed last first: joining an earlier one would make its group wait for the
      // later one, or be a cycle.
      SmallVector<Operation *, 2> producers;
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp();
            graph.contains(producer) && graph.form(graph.groupOf(producer)) == GroupForm::Linear &&
            !llvm::is_contained(producers, producer))
          producers.push_back(producer);
      llvm::sort(producers, [&](Operation *a, Operation *b) { return graph.place(a) > graph.place(b); });
      for (Operation *producer : producers)
        if (joinEpilogue(producer, op))
          break;
    }
  }

  bool joinEpilogue(Operation *producer, Operation *op) {
    int group = graph.groupOf(producer);
    if (!isListed(target.absorbs.epilogue, op)) {
      cut(producer, op, notAbsorbed("epilogue", op));
      return false;
    }
    for (Value operand : op->getOperands()) {
      Operation *source = operand.getDefiningOp();
      if (!graph.contains(source) || graph.groupOf(source) != group)
        continue;
      if (Operation *user = graph.userOutside(operand, group, op)) {
        cut(producer, op, neededBy(user));
        return false;
      }
    }
    if (!graph.canMerge(group, graph.groupOf(op))) {
      cut(producer, op, "another operand of " + op->getName().getStringRef() + " depends on the group");
      return false;
    }
    graph.merge(group, graph.groupOf(op));
    return true;
  }

  void joinPrologues() {
    for (Operation *op : graph.ops()) {
      auto linear = dyn_cast<LinearOp>(op);
      if (!linear)
        continue;
      SmallVector<std::pair<Value, Operation *>> edges = {{linear.getX(), op}};
      while (!edges.empty()) {
        auto [value, consumer] = edges.pop_back_val();
        Operation *producer = value.getDefiningOp();
        if (!graph.contains(producer) || graph.groupOf(producer) == graph.groupOf(op) ||
            !joinPrologue(producer, consumer, graph.groupOf(op)))
          continue;
        if (isa<GatherRowsOp>(producer)) {
          if (Operation *source = producer->getOperand(0).getDefiningOp(); graph.contains(source))
            cut(source, producer, "all rows must be there before some are taken");
          continue;
        }
        for (Value operand : llvm::reverse(producer->getOperands()))
          edges.push_back({operand, producer});
      }
    }
  }

  bool joinPrologue(Operation *producer, Operation *consumer, int group) {
    if (graph.form(graph.groupOf(producer)) != GroupForm::Rows)
      return false; // another linear or an attention; the report says so
    if (!isListed(target.absorbs.prologue, producer)) {
      cut(producer, consumer, notAbsorbed("prologue", producer));
      return false;
    }
    // A prologue's value is encoded for the linears: neither other groups nor this one's epilogue can have
    // it.
    for (Operation *user : producer->getUsers()) {
      bool isPrologue = graph.contains(user) && graph.groupOf(user) == group &&
                        (isa<LinearOp>(user) || prologues.contains(user));
      if (!isPrologue) {
        cut(producer, consumer, neededBy(user));
        return false;
      }
    }
    int64_t bytes =
        4 * columnsOf(cast<RankedTensorType>(producer->getResult(0).getType())) * target.absorbs.blockRows;
    if (bytes > target.absorbs.scratchBytes) {
      cut(producer, consumer,
          Twine(target.absorbs.blockRows) + " rows take " + Twine(bytes) + " bytes, more than the " +
              Twine(target.absorbs.scratchBytes) + " on chip");
      return false;
    }
    // Every core fills its own scratch, so what one pass over the rows would share is done by all of them.
    double perRow = cast<CostOpInterface>(producer).getCost({}).flops.perRow;
    double fusedNs = perRow / target.f32GflopsPerCore;
    double moved =
        8.0 * columnsOf(cast<RankedTensorType>(producer->getResult(0).getType())); // written and read
    double apartNs = fusedNs / static_cast<double>(target.cores) + moved / target.memoryGbPerSecond;
    if (fusedNs > apartNs) {
      cut(producer, consumer,
          llvm::formatv("done by every core it costs {0:F2} ns a row, done once and moved {1:F2} ns", fusedNs,
                        apartNs)
              .str());
      return false;
    }
    if (!graph.canMerge(group, graph.groupOf(producer))) {
      cut(producer, consumer,
          "another operand of the group depends on " + producer->getName().getStringRef());
      return false;
    }
    graph.merge(group, graph.groupOf(producer));
    prologues.insert(producer);
    return true;
  }

  void joinAppends() {
    // Edges first: the rope of the keys that are written.
    for (Operation *op : graph.ops())
      if (auto append = dyn_cast<CacheAppendOp>(op))
        for (Value operand : {append.getK(), append.getV()})
          if (Operation *rope = operand.getDefiningOp<RopeOp>())
            joinRope(rope, op, op, operand);
    // Then the rope of the query whose attention reads that cache: no edge, but the same angles in the same
    // pass.
    for (Operation *op : graph.ops()) {
      auto attention = dyn_cast<AttentionOp>(op);
      if (!attention)
        continue;
      Operation *rope = attention.getQ().getDefiningOp<RopeOp>();
      Operation *append = attention.getCache().getDefiningOp<CacheAppendOp>();
      if (rope && append && graph.groupOf(rope) != graph.groupOf(append))
        joinRope(rope, append, op, Value());
    }
  }

  /// Joins a rope to the group of an append; `reader` is whom the edge from the rope leads to, and `inner`
  /// the value that then stays inside.
  void joinRope(Operation *rope, Operation *append, Operation *reader, Value inner) {
    int group = graph.groupOf(append);
    if (!isListed(target.absorbs.append, rope)) {
      cut(rope, reader, notAbsorbed("before cache_append", rope));
      return;
    }
    if (Operation *user = inner ? graph.userOutside(inner, group) : nullptr) {
      cut(rope, reader, neededBy(user));
      return;
    }
    if (graph.canMerge(group, graph.groupOf(rope)))
      graph.merge(group, graph.groupOf(rope));
  }

  void joinRows() {
    auto joins = [&](Operation *op) {
      return isListed(target.absorbs.rows, op) && graph.form(graph.groupOf(op)) == GroupForm::Rows;
    };
    for (Operation *op : graph.ops()) {
      if (!op->hasTrait<Elementwise>() || graph.form(graph.groupOf(op)) != GroupForm::Rows)
        continue;
      for (Value operand : op->getOperands()) {
        Operation *producer = operand.getDefiningOp();
        if (!graph.contains(producer) || graph.groupOf(producer) == graph.groupOf(op) ||
            graph.form(graph.groupOf(producer)) != GroupForm::Rows)
          continue;
        if (!joins(op) || !joins(producer))
          cut(producer, op, notAbsorbed("row op", joins(op) ? producer : op));
        else if (Operation *user = graph.userOutside(operand, graph.groupOf(producer), op))
          cut(producer, op, neededBy(user));
        else if (graph.canMerge(graph.groupOf(producer), graph.groupOf(op)))
          graph.merge(graph.groupOf(producer), graph.groupOf(op));
      }
    }
  }

  FusionGraph &graph;
  const planner::Target &target;
  llvm::DenseSet<Operation *> prologues; ///< ops that joined a linear that they come before
  CutReasons reasons;
};

} // namespace

CutReasons growGroups(FusionGraph &graph, const planner::Target &target) {
  return Growth(graph, target).run();
}

} // namespace sennit::nn
