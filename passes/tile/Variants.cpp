// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Variants.h"

namespace sennit {

using namespace mlir;
using tile::CudaAttr;
using tile::CudaForm;

tile::KernelOp cloneAs(tile::KernelOp kernel, CudaAttr schedule, StringRef suffix) {
  OpBuilder builder(kernel);
  auto copy = cast<tile::KernelOp>(builder.clone(*kernel));
  copy.setSymName((kernel.getSymName() + suffix).str());
  copy.setScheduleAttr(schedule);
  return copy;
}

/// Most elements of a row that one op of a row kernel goes over.
static int64_t widestRow(tile::KernelOp kernel) {
  int64_t widest = 1;
  kernel.getBody().walk([&](Operation *op) {
    int64_t columns = 1;
    for (Value operand : op->getOperands())
      if (auto type = dyn_cast<tile::TileType>(operand.getType()))
        columns = std::max(columns, type.getColumns());
    for (Operation *parent = op->getParentOp(); parent != kernel; parent = parent->getParentOp())
      if (auto loop = dyn_cast<tile::ForOp>(parent))
        columns *= loop.getCount();
    widest = std::max(widest, columns);
  });
  return widest;
}

static FailureOr<SmallVector<tile::KernelOp>> splitRow(tile::KernelOp kernel) {
  // Narrow rows would leave most of a block idle: there each warp takes one.
  constexpr int64_t widestForWarp = 256, threads = 128;
  int64_t rows = widestRow(kernel) <= widestForWarp ? threads / 32 : 1;
  kernel.setScheduleAttr(CudaAttr::get(kernel.getContext(), CudaForm::Row, kernel.getSymNameAttr(),
                                       /*group=*/0,
                                       /*most=*/0, rows, /*columns=*/0, /*stages=*/1, threads, /*blocks=*/6));
  return SmallVector<tile::KernelOp>{kernel};
}

FailureOr<SmallVector<tile::KernelOp>> splitVariants(tile::KernelOp kernel, int64_t arch) {
  bool packed = false, keys = false;
  kernel.getBody().walk([&](Operation *op) {
    keys |= isa<tile::KeysOp>(op);
    if (auto contract = dyn_cast<tile::ContractOp>(op))
      packed |= contract.getView().getType().getLayout() == tile::ViewLayout::Packed;
  });
  if (kernel.getSections().empty())
    return splitRow(kernel);
  if (packed)
    return splitLinear(kernel, arch);
  if (keys)
    return splitAttention(kernel);
  return kernel.emitOpError("expected columns with a packed weight or with keys for a GPU"), failure();
}

} // namespace sennit
