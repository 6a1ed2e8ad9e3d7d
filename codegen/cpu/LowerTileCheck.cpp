// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cpu/LowerTileCheck.h"

#include "codegen/cpu/Contract.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace sennit {
namespace {

class Checker {
public:
  Checker(tile::KernelOp kernel, schema::CpuLevel level) : kernel(kernel), level(level) {}

  LogicalResult run() {
    if (kernel.getCudaSchedule())
      error(kernel) << "expected a schedule for a CPU, found one for CUDA";
    kernel.getBody().walk([&](Operation *op) {
      if (auto contract = dyn_cast<tile::ContractOp>(op))
        checkContract(contract);
      if (isLinear(op))
        checkLinear(cast<tile::ColumnsOp>(op));
      if (auto load = dyn_cast<tile::LoadOp>(op))
        checkWidth(op, load.getResult().getType(), load.getView().getType());
      if (auto store = dyn_cast<tile::StoreOp>(op))
        checkWidth(op, store.getTile().getType(), store.getView().getType());
      // Row numbers and columns are recomputed where they are used.
      for (OpOperand &operand : op->getOpOperands())
        if (operand.get().getType().isIndex() && !isIndexArithmetic(operand.get()))
          error(op) << "cannot compute operand " << operand.getOperandNumber()
                    << ": expected index arithmetic on rows, columns and constants";
    });
    return failure(failed);
  }

private:
  InFlightDiagnostic error(Operation *op) {
    failed = true;
    return op->emitOpError();
  }

  static bool isIndexArithmetic(Value value) {
    Operation *op = value.getDefiningOp();
    return !op || (isa<arith::ArithDialect>(op->getDialect()) && op->getNumRegions() == 0);
  }

  static bool isLinear(Operation *op) {
    auto section = dyn_cast<tile::ColumnsOp>(op);
    return section &&
           llvm::any_of(section.getBodyBlock()->getOps<tile::ContractOp>(), [](tile::ContractOp contract) {
             return contract.getView().getType().getLayout() == tile::ViewLayout::Packed;
           });
  }

  /// Lanes past a view's end are absent in linear sections only.
  void checkWidth(Operation *op, tile::TileType tile, tile::ViewType view) {
    int64_t width = view.getRank() == 1 && ShapedType::isDynamic(view.getShape()[0]) ? 1 : view.getWidth();
    if (tile.getGroup() * tile.getColumns() > width && !isLinear(op->getParentOp()))
      error(op) << "expected at most the " << width << " columns of the view, found " << tile;
  }

  void checkContract(tile::ContractOp op) {
    tile::ViewType view = op.getView().getType();
    bool encoded = op.getActivation().getType().getElement() == tile::Element::Q8;
    if (!findContract({view.getFormat(), encoded ? Activation::Q8 : Activation::F32, level}))
      error(op) << "no contraction of " << (encoded ? "q8" : "f32") << " activations with "
                << stringifyFormat(view.getFormat()) << " on this target";
    if (view.getLayout() == tile::ViewLayout::Packed) {
      if (!op.getActivation().getDefiningOp<tile::PrologueOp>())
        error(op) << "expected an activation from the prologue";
      return;
    }
    if (op.getValid()) {
      auto argument = dyn_cast<BlockArgument>(op.getValid());
      if (!argument || !isa<tile::KeysOp>(argument.getOwner()->getParentOp()))
        error(op) << "expected valid to be the count that tile.keys gives";
    }
  }

  /// Accumulators are the only tiles of a linear section; everything else is an expression on their 16
  /// columns.
  void checkLinear(tile::ColumnsOp section) {
    for (Operation &op : *section.getBodyBlock()) {
      if (!isa<tile::TileDialect>(op.getDialect()))
        continue;
      if (!isa<tile::ContractOp, tile::LoadOp, tile::MapOp, tile::ConstantOp, tile::FillOp, tile::StoreOp>(
              op))
        error(&op) << "cannot run under the columns of a packed weight";
      auto fits = [](Type type) {
        auto tile = dyn_cast<tile::TileType>(type);
        return !tile || (tile.getRank() == 2 && tile.isReg() &&
                         (tile.getColumns() == tile::lanes || tile.getColumns() == 1));
      };
      for (Type type : op.getResultTypes())
        if (!fits(type))
          error(&op)
              << "expected a reg tile of 16 columns or one under the columns of a packed weight, found "
              << type;
      auto store = dyn_cast<tile::StoreOp>(op);
      if (store &&
          (store.getView().getType().isCache() || store.getTile().getType().getColumns() != tile::lanes))
        error(&op) << "expected 16 columns for a view with layout rows under the columns of a packed weight";
    }
  }

  tile::KernelOp kernel;
  schema::CpuLevel level;
  bool failed = false;
};

} // namespace

LogicalResult checkForCpu(tile::KernelOp kernel, schema::CpuLevel level) {
  return Checker(kernel, level).run();
}

} // namespace sennit
