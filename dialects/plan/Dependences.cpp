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
  RowDomain domain;
  int64_t begin, end; ///< rows of the domain that are touched
  bool everyRow;      ///< range `all`: every row of the value, whatever the domain
  bool reads, writes;
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

SmallVector<NodeOp> plan::nodesOf(ProgramOp program) {
  return llvm::to_vector(program.getBody().getOps<NodeOp>());
}

/// Whether the two pieces may touch a common row. Generated and prompt rows are disjoint. Rows of a prompt
/// piece begin at an unknown number of generated rows, so against rows of `all` only the ones before its
/// begin are known to be others. Wanted rows are numbered apart, so only another node of the wanted rows can
/// be told to be disjoint.
static bool overlap(const Touch &a, const Touch &b) {
  if (a.everyRow || b.everyRow)
    return true;
  if (a.domain == b.domain)
    return a.begin < b.end && b.begin < a.end;
  if (a.domain == RowDomain::Wanted || b.domain == RowDomain::Wanted)
    return true;
  bool aPrompt = a.domain == RowDomain::Prompt, bPrompt = b.domain == RowDomain::Prompt;
  bool aGenerated = a.domain == RowDomain::Generated, bGenerated = b.domain == RowDomain::Generated;
  if ((aPrompt && bGenerated) || (aGenerated && bPrompt))
    return false;
  return (bPrompt || a.begin < b.end) && (aPrompt || b.begin < a.end);
}

static Touch makeTouch(unsigned nodeIndex, NodeOp node, unsigned piece, AccessRange range, bool writes) {
  PieceAttr rows = node.getPiece(piece);
  Touch touch{nodeIndex, piece, node.getDomain(), rows.getBegin(), rows.getEnd(), range == AccessRange::All,
              !writes,   writes};
  if (range == AccessRange::Before) {
    // What earlier rows of the whole step wrote: for prompt rows that includes every generated row.
    touch.begin = 0;
    if (node.getDomain() == RowDomain::Prompt || node.getDomain() == RowDomain::Wanted)
      touch.everyRow = true;
  }
  return touch;
}

SmallVector<Dependence> plan::computeDependences(ProgramOp program) {
  Storages storages(program);
  std::vector<SmallVector<Touch>> history(storages.count());
  using Key = std::tuple<unsigned, unsigned, unsigned, unsigned>;
  std::map<Key, DependenceKind> found;

  for (auto [index, node] : llvm::enumerate(nodesOf(program))) {
    std::vector<std::pair<unsigned, Touch>> touches;
    for (unsigned piece = 0; piece < node.getNumPieces(); ++piece) {
      for (auto [position, operand] : llvm::enumerate(node.getArgs()))
        touches.emplace_back(storages.of(operand),
                             makeTouch(index, node, piece, node.getAccess(position), false));
      for (auto [position, result] : llvm::enumerate(node.getOuts()))
        touches.emplace_back(storages.of(result),
                             makeTouch(index, node, piece, node.getWrite(position), true));
    }
    for (const auto &[storage, touch] : touches) {
      for (const Touch &earlier : history[storage]) {
        if ((!earlier.writes && !touch.writes) || !overlap(earlier, touch))
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
