// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"

#include <map>

using namespace mlir;
using namespace sennit;
using namespace sennit::plan;

namespace {

/// What one piece does to one storage.
struct Touch {
  unsigned node, piece;
  RowAccess rows;
  bool writes;
};

} // namespace

Storages::Storages(ProgramOp program) {
  for (BlockArgument argument : program.getBody().getArguments())
    ids[argument] = size++;
  for (Operation &op : program.getBody().front()) {
    auto node = dyn_cast<NodeOp>(op);
    for (OpResult result : op.getResults()) {
      int32_t operand = node ? node.getInplaceOperand(result.getResultNumber()) : -1;
      ids[result] = operand >= 0 ? ids.lookup(node.getArgs()[operand]) : size++;
    }
  }
}

bool plan::mayDivide(NodeOp node, const Storages &storages) {
  if (node.getDomain() == RowDomain::Wanted)
    return false;
  for (unsigned result = 0; result < node.getOuts().size(); ++result) {
    if (node.getWrite(result) != AccessRange::Own)
      return false;
    for (auto [index, operand] : llvm::enumerate(node.getArgs()))
      if (storages.of(operand) == storages.of(node.getOuts()[result]) &&
          node.getAccess(index) != AccessRange::Own)
        return false;
  }
  return true;
}

SmallVector<NodeOp> plan::nodesOf(ProgramOp program) {
  return llvm::to_vector(program.getBody().getOps<NodeOp>());
}

bool plan::mayOverlap(const RowAccess &a, const RowAccess &b) {
  if (a.range == AccessRange::All || b.range == AccessRange::All)
    return true;
  if ((a.domain == RowDomain::Wanted) != (b.domain == RowDomain::Wanted))
    return true;
  auto ownOf = [](const RowAccess &access, RowDomain domain) {
    return access.domain == domain && access.range == AccessRange::Own;
  };
  if ((ownOf(a, RowDomain::Generated) && ownOf(b, RowDomain::Prompt)) ||
      (ownOf(a, RowDomain::Prompt) && ownOf(b, RowDomain::Generated)))
    return false;
  int64_t aBegin = a.range == AccessRange::Before ? 0 : a.begin,
          bBegin = b.range == AccessRange::Before ? 0 : b.begin;
  return aBegin < b.end && bBegin < a.end;
}

SmallVector<Dependence> plan::computeDependences(ProgramOp program) {
  Storages storages(program);
  std::vector<SmallVector<Touch>> history(storages.count());
  using Key = std::tuple<unsigned, unsigned, unsigned, unsigned>;
  std::map<Key, DependenceKind> found;

  for (auto [index, node] : llvm::enumerate(nodesOf(program))) {
    std::vector<std::pair<unsigned, Touch>> touches;
    auto touch = [&, index = index, node = node](unsigned piece, AccessRange range, bool writes) mutable {
      PieceAttr rows = node.getPiece(piece);
      return Touch{unsigned(index), piece, {node.getDomain(), range, rows.getBegin(), rows.getEnd()}, writes};
    };
    for (unsigned piece = 0; piece < node.getNumPieces(); ++piece) {
      for (auto [position, operand] : llvm::enumerate(node.getArgs()))
        touches.emplace_back(storages.of(operand), touch(piece, node.getAccess(position), false));
      for (auto [position, result] : llvm::enumerate(node.getOuts()))
        touches.emplace_back(storages.of(result), touch(piece, node.getWrite(position), true));
    }
    for (const auto &[storage, touch] : touches) {
      for (const Touch &earlier : history[storage]) {
        if ((!earlier.writes && !touch.writes) || !mayOverlap(earlier.rows, touch.rows))
          continue;
        DependenceKind kind = !touch.writes    ? DependenceKind::Flow
                              : earlier.writes ? DependenceKind::Output
                                               : DependenceKind::Anti;
        Key key(touch.node, touch.piece, earlier.node, earlier.piece);
        auto [place, inserted] = found.try_emplace(key, kind);
        auto rank = [](DependenceKind value) {
          return value == DependenceKind::Flow ? 0 : value == DependenceKind::Output ? 1 : 2;
        };
        if (!inserted && rank(kind) < rank(place->second))
          place->second = kind;
      }
    }
    // Pieces of one node do not depend on each other through it: the node enters the history as a whole,
    // afterwards.
    for (const auto &[storage, touch] : touches)
      history[storage].push_back(touch);
  }

  SmallVector<Dependence> dependences;
  for (const auto &[key, kind] : found) {
    auto [to, toPiece, from, fromPiece] = key;
    dependences.push_back({from, fromPiece, to, toPiece, kind});
  }
  return dependences;
}

bool plan::mayRun(ProgramOp program, NodeOp node, PieceAttr piece) {
  const StringRef role = program.getRole().value_or("");
  return piece.getBegin() < int64_t(program.getBucketRows().value_or(PieceAttr::maxRows)) &&
         !(role == "generated" && node.getDomain() == RowDomain::Prompt) &&
         !(role == "prompt" && node.getDomain() == RowDomain::Generated);
}

bool plan::beginsInOrder(ProgramOp program) {
  SmallVector<NodeOp> nodes = nodesOf(program);
  return llvm::all_of(computeDependences(program), [&](const Dependence &dependence) {
    NodeOp from = nodes[dependence.from], to = nodes[dependence.to];
    PieceAttr first = from.getPiece(dependence.fromPiece), second = to.getPiece(dependence.toPiece);
    return !mayRun(program, from, first) || !mayRun(program, to, second) ||
           second.startValue() >= first.startValue();
  });
}
