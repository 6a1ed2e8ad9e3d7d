// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/plan/NodeLabels.h"

#include "dialects/nn/Nn.h"
#include "dialects/plan/Dependences.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

#include <set>

namespace sennit {

namespace {

using namespace mlir;

/// What a body holds that decides its label.
struct BodyFacts {
  bool linear = false, embed = false, generated = false, prompt = false;
  std::set<unsigned> multiplied; ///< arguments that come to the linears as rows; a residual does not
  bool attention() const { return generated || prompt; }
};

/// The arguments of a body that `value` is computed from.
void argumentsOf(Value value, std::set<unsigned> &found) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    found.insert(argument.getArgNumber());
    return;
  }
  for (Value operand : value.getDefiningOp()->getOperands())
    argumentsOf(operand, found);
}

BodyFacts factsOf(func::FuncOp body) {
  BodyFacts facts;
  body.walk([&](Operation *op) {
    if (auto linear = dyn_cast<nn::LinearOp>(op)) {
      facts.linear = true;
      argumentsOf(linear.getX(), facts.multiplied);
    }
    facts.embed |= isa<nn::EmbedOp>(op);
    auto role = [&](nn::Role role) { (role == nn::Role::Generated ? facts.generated : facts.prompt) = true; };
    if (auto attention = dyn_cast<nn::AttentionOp>(op))
      role(attention.getRole());
    if (auto partial = dyn_cast<nn::AttentionPartialOp>(op))
      role(partial.getRole());
  });
  return facts;
}

/// Labels one program. Lives for one call.
class Labeller {
public:
  explicit Labeller(plan::ProgramOp program) : nodes(plan::nodesOf(program)), labels(nodes.size()) {
    Operation *table = program->getParentOp();
    for (plan::NodeOp node : nodes) {
      auto body = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(table, node.getCalleeAttr());
      facts.push_back(body ? factsOf(body) : BodyFacts());
    }
  }

  std::vector<NodeLabel> run() {
    for (auto [index, node] : llvm::enumerate(nodes))
      findSources(unsigned(index), node);
    std::set<unsigned> feedsAttention;
    for (unsigned index = 0; index < nodes.size(); ++index)
      if (facts[index].attention())
        feedsAttention.insert(sources[index].begin(), sources[index].end());
    for (auto [index, node] : llvm::enumerate(nodes))
      labels[index].op = opOf(unsigned(index), node, feedsAttention.count(unsigned(index)) != 0);
    findLayers();
    return std::move(labels);
  }

private:
  bool heavy(unsigned node) const { return facts[node].linear || facts[node].attention(); }

  /// The nearest nodes with linears or attention that a node's operands come from.
  void findSources(unsigned index, plan::NodeOp node) {
    std::set<unsigned> &found = sources.emplace_back();
    for (auto [place, operand] : llvm::enumerate(node.getArgs())) {
      if (facts[index].linear && !facts[index].multiplied.count(unsigned(place)))
        continue;
      if (auto from = made.find(operand); from != made.end()) {
        if (heavy(from->second))
          found.insert(from->second);
        else
          found.insert(sources[from->second].begin(), sources[from->second].end());
      }
    }
    for (Value result : node.getOuts())
      made[result] = index;
  }

  std::string opOf(unsigned index, plan::NodeOp node, bool feedsAttention) const {
    const BodyFacts &body = facts[index];
    if (node.getCost().getKind() == plan::CostClass::Network)
      return "network";
    if (body.attention())
      return body.generated ? "decode_attention" : "prefill_attention";
    if (body.embed)
      return "embed";
    if (!body.linear) { // equal bodies of one kind are told apart by a number
      StringRef name = node.getCallee();
      const auto [stem, suffix] = name.rsplit('_');
      return (!suffix.empty() && llvm::all_of(suffix, llvm::isDigit) ? stem : name).str();
    }
    if (llvm::any_of(sources[index], [&](unsigned from) { return facts[from].attention(); }))
      return "o";
    if (feedsAttention)
      return "kqv";
    if (node.getDomain() == RowDomain::Wanted)
      return "head";
    const bool onlyUp = !sources[index].empty() && llvm::all_of(sources[index], [&](unsigned from) {
      return labels[from].op == "up_gate";
    });
    return onlyUp ? "down" : "up_gate";
  }

  /// Layers are the longest run of nodes whose bodies repeat, of the shortest period; each begins with its kqv.
  void findLayers() {
    const unsigned size = unsigned(nodes.size());
    unsigned begin = 0, period = 0, length = 0;
    for (unsigned step = 1; step <= size / 2; ++step) {
      unsigned equal = 0; // pairs that are `step` apart, up to here
      for (unsigned index = step; index <= size; ++index) {
        if (index < size && nodes[index].getCallee() == nodes[index - step].getCallee()) {
          ++equal;
          continue;
        }
        if (equal >= step && equal + step > length) {
          begin = index - equal - step;
          period = step;
          length = equal + step;
        }
        equal = 0;
      }
    }
    auto inside = [&](unsigned index) { return index >= begin && index < begin + length; };
    bool attends = false;
    for (unsigned index = begin; index < begin + length; ++index)
      attends |= labels[index].op == "kqv";
    unsigned kinds = period;
    int layer = -1;
    for (unsigned index = 0; index < size; ++index) {
      if (!inside(index)) {
        labels[index].kind = kinds++;
        continue;
      }
      layer = attends ? layer + (labels[index].op == "kqv") : int((index - begin) / period);
      labels[index].layer = std::max(layer, 0);
      labels[index].kind = (index - begin) % period;
    }
  }

  SmallVector<plan::NodeOp> nodes;
  std::vector<BodyFacts> facts;
  std::vector<NodeLabel> labels;
  std::vector<std::set<unsigned>> sources; ///< by node
  DenseMap<Value, unsigned> made;          ///< which node made a value
};

} // namespace

std::vector<NodeLabel> labelNodes(plan::ProgramOp program) {
  return Labeller(program).run();
}

} // namespace sennit
