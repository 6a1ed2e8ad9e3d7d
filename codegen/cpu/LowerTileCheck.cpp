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
    kernel.getBody().walk([&](Operation *op) {
      if (auto contract = dyn_cast<tile::ContractOp>(op))
        checkContract(contract);
      if (auto columns = dyn_cast<tile::ColumnsOp>(op))
        for (auto contract : columns.getBodyBlock()->getOps<tile::ContractOp>())
          if (contract.getView().getType().getLayout() == tile::ViewLayout::Packed) {
            checkLinear(columns);
            break;
          }
      if (isa<tile::MapOp>(op))
        return;
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

  void checkContract(tile::ContractOp op) {
    tile::ViewType view = op.getView().getType();
    bool encoded = op.getActivation().getType().getElement() == tile::Element::Q8;
    if (!findContract({view.getFormat(), encoded ? Activation::Q8 : Activation::F32, level}))
      error(op) << "no contraction of " << (encoded ? "q8" : "f32") << " activations with " << stringifyFormat(view.getFormat())
                << " on this target";
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

  /// Accumulators are the only tiles of a linear section; everything else is an expression on their 16 columns.
  void checkLinear(tile::ColumnsOp section) {
    for (Operation &op : *section.getBodyBlock()) {
      if (!isa<tile::TileDialect>(op.getDialect()))
        continue;
      if (!isa<tile::ContractOp, tile::LoadOp, tile::MapOp, tile::ConstantOp, tile::FillOp, tile::StoreOp>(op))
        error(&op) << "cannot run under the columns of a packed weight";
      auto fits = [](Type type) {
        auto tile = dyn_cast<tile::TileType>(type);
        return !tile || (tile.getRank() == 2 && tile.isReg() &&
                         (tile.getColumns() == tile::lanes || tile.getColumns() == 1));
      };
      for (Type type : op.getResultTypes())
        if (!fits(type))
          error(&op) << "expected a reg tile of 16 columns or one under the columns of a packed weight, found " << type;
      auto store = dyn_cast<tile::StoreOp>(op);
      if (store && (store.getView().getType().isCache() || store.getTile().getType().getColumns() != tile::lanes))
        error(&op) << "expected 16 columns for a view with layout rows under the columns of a packed weight";
    }
  }

  tile::KernelOp kernel;
  schema::CpuLevel level;
  bool failed = false;
};

} // namespace

LogicalResult checkForCpu(tile::KernelOp kernel, schema::CpuLevel level) { return Checker(kernel, level).run(); }

} // namespace sennit
