// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Barriers.h"
#include "passes/tile/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "llvm/ADT/SetVector.h"

namespace sennit {
#define GEN_PASS_DEF_VERIFYTILEPASS
#include "passes/tile/Passes.h.inc"

namespace {

using namespace mlir;

class VerifyTile : public impl::VerifyTilePassBase<VerifyTile> {
public:
  using Base::Base;

  void runOnOperation() override {
    for (tile::KernelOp kernel : getOperation().getOps<tile::KernelOp>())
      check(kernel);
    if (failed)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  InFlightDiagnostic error(Operation *op) {
    failed = true;
    return op->emitOpError();
  }

  void check(tile::KernelOp kernel) {
    // verify_tile_c1
    if (!kernel.getSections().empty() && !kernel.getScheduleAttr())
      error(kernel) << "expected a schedule in a kernel with columns";
    bool stores = false;
    // In the order in which a row meets the ops.
    SmallVector<Operation *> order;
    kernel.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
      order.push_back(op);
      stores |= isa<tile::StoreOp>(op);
      // What a function for a GPU leaves in scratch.
      for (Type type : op->getResultTypes())
        if (auto tile = dyn_cast<tile::TileType>(type); tile && isa<tile::EncodeOp>(op))
          stores |= tile.getLevel() == tile::Level::Scratch;
      // verify_tile_c2
      if (!isa_and_present<tile::TileDialect, arith::ArithDialect, math::MathDialect>(op->getDialect()))
        error(op) << "expected only ops of tile, arith and math in a kernel";
    });
    // verify_tile_c3
    if (!stores)
      error(kernel) << "expected at least one store";
    checkMemory(order);
    // verify_tile_c5
    if (kernel.getCudaSchedule())
      for (const MissingBarrier &missing : findMissingBarriers(kernel))
        (error(missing.before ? missing.before : missing.block->getParentOp())
         << "expected a barrier " << (missing.before ? "before it" : "at the end of its body"))
                .attachNote(missing.other->getLoc())
            << "another thread may still be here";
  }

  /// Ops that evaluate a tile: the ends of its reg uses.
  static SetVector<Operation *> evaluations(Value tile) {
    SetVector<Operation *> sinks;
    SetVector<Value> open;
    open.insert(tile);
    for (size_t i = 0; i < open.size(); ++i)
      for (Operation *user : open[i].getUsers()) {
        auto map = dyn_cast<tile::MapOp>(user);
        auto gather = dyn_cast<tile::GatherOp>(user);
        if (map && map.getResult().getType().isReg())
          open.insert(map.getResult());
        else if (gather && gather.getResult().getType().isReg())
          open.insert(gather.getResult());
        else
          sinks.insert(user);
      }
    return sinks;
  }

  void checkMemory(ArrayRef<Operation *> order) {
    DenseMap<Operation *, size_t> place;
    for (auto [i, op] : llvm::enumerate(order))
      place[op] = i;
    for (auto [i, op] : llvm::enumerate(order)) {
      Value view;
      if (auto load = dyn_cast<tile::LoadOp>(op))
        view = load.getView();
      else if (auto gather = dyn_cast<tile::GatherOp>(op))
        view = gather.getView();
      if (!view || !cast<tile::TileType>(op->getResult(0).getType()).isReg())
        continue;
      // verify_tile_c4
      size_t last = i;
      for (Operation *sink : evaluations(op->getResult(0)))
        last = std::max(last, place.lookup(sink));
      for (Operation *between : order.slice(i, last - i))
        if (auto store = dyn_cast<tile::StoreOp>(between); store && store.getView() == view) {
          (error(op) << "expected the view to keep what is loaded until the last use of it")
                  .attachNote(store.getLoc())
              << "it is written here";
          break;
        }
    }
  }

  bool failed = false;
};

} // namespace
} // namespace sennit
