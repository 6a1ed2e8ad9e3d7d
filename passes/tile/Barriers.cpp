// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Barriers.h"

#include "passes/tile/Overlap.h"

#include "llvm/ADT/SetVector.h"

#include <utility>

namespace sennit {
namespace {

using namespace mlir;

/// A tile of one column is a value that every thread computes for itself; others are spread over the threads.
bool isSpread(Value tile) {
  return cast<tile::TileType>(tile.getType()).getColumns() > 1;
}

/// Whether a tile is an expression that stands for its uses.
bool isLazy(Value tile) {
  return isSpread(tile) && cast<tile::TileType>(tile.getType()).isReg() &&
         isa_and_present<tile::LoadOp, tile::GatherOp, tile::MapOp, tile::ConstantOp, tile::FillOp>(
             tile.getDefiningOp());
}

/// Shared tiles and views that an op reads, through the expressions that it evaluates.
SetVector<Value> readBy(Operation &op) {
  SetVector<Value> open, read;
  auto expand = [&](Operation *reader) {
    for (Value operand : reader->getOperands()) {
      if (isa<tile::ViewType>(operand.getType())) {
        if (!isa<tile::StoreOp>(reader))
          read.insert(operand);
      } else if (isa<tile::TileType>(operand.getType())) {
        if (isLazy(operand))
          open.insert(operand);
        else if (isSpread(operand))
          read.insert(operand);
      }
    }
  };
  bool lazy =
      op.getNumResults() == 1 && isa<tile::TileType>(op.getResult(0).getType()) && isLazy(op.getResult(0));
  if (isa<tile::ColumnsOp, tile::ForOp>(op))
    op.walk([&](Operation *inner) { expand(inner); });
  else if (!lazy && isa<tile::TileDialect>(op.getDialect()) && !op.hasTrait<OpTrait::IsTerminator>())
    expand(&op);
  for (size_t i = 0; i < open.size(); ++i)
    expand(open[i].getDefiningOp());
  return read;
}

/// Shared tiles and views that an op writes, itself or in its body.
SetVector<Value> writtenBy(Operation &op) {
  SetVector<Value> written;
  op.walk([&](Operation *inner) {
    if (auto store = dyn_cast<tile::StoreOp>(inner))
      written.insert(store.getView());
    else if (inner->getNumResults() == 1)
      if (auto type = dyn_cast<tile::TileType>(inner->getResult(0).getType()); type && type.isShared())
        if (isSpread(inner->getResult(0)))
          written.insert(inner->getResult(0));
  });
  return written;
}

class Walk {
public:
  SmallVector<MissingBarrier> missing;

  void visit(Block &block) {
    for (Operation &op : block) {
      if (isa<tile::BarrierOp>(op)) {
        pending.clear();
        continue;
      }
      if (auto prologue = dyn_cast<tile::PrologueOp>(op)) {
        visit(*prologue.getBodyBlock());
        renamePending(prologue);
        continue;
      }
      // For a loop, what was pending before it: one barrier before it is enough.
      if (Operation *other = conflict(op, /*loop=*/{}))
        report(&block, &op, other);
      if (auto loop = dyn_cast<tile::ForOp>(op)) {
        visit(*loop.getBodyBlock());
        visitAgain(*loop.getBodyBlock(), loop);
      } else if (!isa<tile::ColumnsOp>(op)) {
        note(op);
      }
    }
  }

  /// The block runs again, behind itself: as the next round of `loop`, or (null) for another row.
  void visitAgain(Block &block, tile::ForOp loop) {
    for (Operation &op : block) {
      bool found = llvm::any_of(missing, [&](const MissingBarrier &other) { return other.before == &op; });
      if (isa<tile::BarrierOp>(op) || found)
        return;
      if (Operation *other = conflict(op, loop, /*again=*/true))
        return report(&block, nullptr, other);
    }
  }

private:
  struct Access {
    Value value;
    Operation *op;
    bool write;
  };

  /// The op, since the last barrier, that `op` must not overtake, and that must not overtake it.
  Operation *conflict(Operation &op, tile::ForOp loop, bool again = false) {
    // Another row's elements of a view are others.
    auto matters = [&](Value value) { return !again || loop || isa<tile::TileType>(value.getType()); };
    for (Value value : readBy(op))
      for (const Access &access : pending)
        if (access.write && access.value == value && matters(value))
          return access.op;
    for (Value value : writtenBy(op))
      for (const Access &access : pending) {
        if (access.value != value || !matters(value))
          continue;
        auto store = dyn_cast<tile::StoreOp>(op), before = dyn_cast<tile::StoreOp>(access.op);
        bool sameOp = access.op == &op && !again;
        bool apart = access.write && store && before && !mayOverlap(before, store, loop);
        if (!sameOp && !apart)
          return access.op;
      }
    return nullptr;
  }

  void note(Operation &op) {
    for (Value value : readBy(op))
      pending.push_back({value, &op, false});
    for (Value value : writtenBy(op))
      pending.push_back({value, &op, true});
  }

  void renamePending(tile::PrologueOp prologue) {
    for (auto [result, yielded] :
         llvm::zip(prologue.getResults(), prologue.getBodyBlock()->getTerminator()->getOperands()))
      for (Access &access : pending)
        if (access.value == yielded && access.write)
          access.value = result;
  }

  void report(Block *block, Operation *before, Operation *other) {
    missing.push_back({block, before, other});
    pending.clear();
  }

  SmallVector<Access> pending; ///< since the last barrier
};

} // namespace

llvm::SmallVector<MissingBarrier> findMissingBarriers(tile::KernelOp kernel) {
  Walk walk;
  // Attention waits inside its primitives.
  tile::CudaForm form = kernel.getCudaSchedule().getForm();
  if (form == tile::CudaForm::Row || form == tile::CudaForm::Few || form == tile::CudaForm::Encode)
    walk.visit(*kernel.getBodyBlock());
  if (form == tile::CudaForm::Row)
    walk.visitAgain(*kernel.getBodyBlock(), /*loop=*/{});
  return std::move(walk.missing);
}

} // namespace sennit
