// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Dependences between pieces of a program. They are never stored, since a change of pieces would make them
// stale.
#pragma once

#include "dialects/plan/Plan.h"

#include "llvm/ADT/MapVector.h"

namespace sennit::plan {

enum class DependenceKind {
  Flow,   ///< `to` reads what `from` wrote.
  Anti,   ///< `to` overwrites what `from` read.
  Output, ///< `to` overwrites what `from` wrote.
};

/// Piece `toPiece` of node `to` may start when piece `fromPiece` of node `from` has finished.
struct Dependence {
  unsigned from, fromPiece; ///< index of the node in program order, index of its piece
  unsigned to, toPiece;
  DependenceKind kind;

  bool operator==(const Dependence &) const = default;
};

/// The rows of a value that a piece [begin, end) of `domain` touches by an access of `range`: rows of the
/// step, or of the wanted rows, which are numbered apart.
struct RowAccess {
  RowDomain domain;
  AccessRange range;
  int64_t begin, end;
};

/// Whether two accesses of one value may touch a common row in some step. Generated and prompt rows that are
/// the pieces' own are disjoint whatever the ranges; of wanted rows nothing is known against the step's.
bool mayOverlap(const RowAccess &a, const RowAccess &b);

/// Values that share one storage: a result that overwrites an operand has the operand's storage. Storages are
/// numbered in order of their first value. A value; thread-compatible.
class Storages {
public:
  explicit Storages(ProgramOp program);
  unsigned of(mlir::Value value) const { return ids.lookup(value); }
  unsigned count() const { return size; }

private:
  llvm::MapVector<mlir::Value, unsigned> ids;
  unsigned size = 0;
};

/// The nodes of `program` in program order.
llvm::SmallVector<NodeOp> nodesOf(ProgramOp program);

/// Whether the rows of a node may run one after another in any division: it writes its own rows only, reads
/// no other rows of what it overwrites, by whatever operand, and its rows are rows of the step, not wanted
/// ones.
bool mayDivide(NodeOp node, const Storages &storages);

/// Every dependence between pieces, sorted by (to, toPiece, from, fromPiece), one for each such pair: flow
/// where there is one, else output, else anti.
llvm::SmallVector<Dependence> computeDependences(ProgramOp program);

/// Whether a piece of the node can have rows in a step that the program serves. One that cannot becomes no
/// command, so it has no place in their order.
bool mayRun(ProgramOp program, NodeOp node, PieceAttr piece);

/// Whether every piece begins no earlier than what it depends on, of those that may run.
bool beginsInOrder(ProgramOp program);

} // namespace sennit::plan
