// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Barriers.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

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

class Walk {
public:
  SmallVector<MissingBarrier> missing;

  /// `again`: the block runs again, for the next row or the next round of a loop.
  void visit(Block &block, bool again) {
    for (Operation &op : block) {
      if (isa<tile::BarrierOp>(op)) {
        written.clear();
        continue;
      }
      if (auto loop = dyn_cast<tile::ForOp>(op)) {
        // One barrier before the loop is enough for what was written before it.
        if (Operation *writer = readOfWritten(op))
          report(&block, &op, writer);
        visit(*loop.getBodyBlock(), /*again=*/true);
        continue;
      }
      if (auto prologue = dyn_cast<tile::PrologueOp>(op)) {
        visit(*prologue.getBodyBlock(), /*again=*/false);
        for (auto [result, yielded] :
             llvm::zip(prologue.getResults(), prologue.getBodyBlock()->getTerminator()->getOperands()))
          if (Operation *writer = written.lookup(yielded))
            written[result] = writer;
        continue;
      }
      if (auto section = dyn_cast<tile::ColumnsOp>(op)) {
        if (Operation *writer = readOfWritten(op))
          report(&block, &op, writer);
        continue;
      }
      if (Operation *writer = readOfWritten(op))
        report(&block, &op, writer);
      noteWrites(op);
    }
    if (!again)
      return;
    // Without one here the next round would overwrite what another thread still reads.
    for (auto &[value, writer] : llvm::reverse(written))
      if (isa<tile::TileType>(value.getType()) && writer->getBlock() == &block)
        return report(&block, nullptr, writer);
    for (Operation &op : llvm::reverse(block)) {
      if (isa<tile::BarrierOp>(op))
        return;
      SetVector<Value> read = readBy(op);
      for (Value value : read)
        if (Operation *definition = value.getDefiningOp();
            isa<tile::TileType>(value.getType()) && definition && definition->getBlock() == &block)
          return report(&block, nullptr, definition);
    }
  }

private:
  void report(Block *block, Operation *before, Operation *writer) {
    missing.push_back({block, before, writer});
    written.clear();
  }

  /// Shared tiles and views that an op reads, through the expressions that it evaluates.
  static SetVector<Value> readBy(Operation &op) {
    SetVector<Value> open, read;
    auto expand = [&](Operation *reader) {
      for (Value operand : reader->getOperands()) {
        if (isa<tile::ViewType>(operand.getType())) {
          bool target = isa<tile::StoreOp>(reader);
          if (!target)
            read.insert(operand);
        } else if (isa<tile::TileType>(operand.getType())) {
          if (isLazy(operand))
            open.insert(operand);
          else if (isSpread(operand))
            read.insert(operand);
        }
      }
    };
    if (isa<tile::ColumnsOp, tile::ForOp>(op)) {
      op.walk([&](Operation *inner) { expand(inner); });
    } else if (op.getNumResults() == 1 && isa<tile::TileType>(op.getResult(0).getType()) &&
               isLazy(op.getResult(0))) {
      return read;
    } else if (isa<tile::TileDialect>(op.getDialect()) && !op.hasTrait<OpTrait::IsTerminator>()) {
      expand(&op);
    }
    for (size_t i = 0; i < open.size(); ++i)
      expand(open[i].getDefiningOp());
    return read;
  }

  Operation *readOfWritten(Operation &op) {
    for (Value value : readBy(op))
      if (Operation *writer = written.lookup(value))
        return writer;
    return nullptr;
  }

  void noteWrites(Operation &op) {
    if (auto store = dyn_cast<tile::StoreOp>(op))
      written[store.getView()] = &op;
    else if (op.getNumResults() == 1)
      if (auto type = dyn_cast<tile::TileType>(op.getResult(0).getType()); type && type.isShared())
        if (isSpread(op.getResult(0)))
          written[op.getResult(0)] = &op;
  }

  llvm::MapVector<Value, Operation *> written; ///< since the last barrier, and by which op
};

} // namespace

llvm::SmallVector<MissingBarrier> findMissingBarriers(tile::KernelOp kernel) {
  Walk walk;
  // Attention waits inside its primitives.
  tile::CudaForm form = kernel.getCudaSchedule().getForm();
  if (form == tile::CudaForm::Row || form == tile::CudaForm::Few || form == tile::CudaForm::Encode)
    walk.visit(*kernel.getBodyBlock(), /*again=*/form == tile::CudaForm::Row);
  return std::move(walk.missing);
}

} // namespace sennit
