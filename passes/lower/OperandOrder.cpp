// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/OperandOrder.h"

#include "dialects/nn/Nn.h"

namespace sennit {

llvm::SmallVector<KernelOperand> expandOperands(mlir::TypeRange operands, mlir::TypeRange results,
                                                llvm::ArrayRef<int32_t> inplace) {
  using schema::StepField;
  static constexpr StepField batchFields[] = {
      StepField::RowSequence,  StepField::RowSlot,       StepField::SequenceSegments,
      StepField::SegmentPages, StepField::SegmentLength, StepField::SegmentFirst,
      StepField::Pages};
  llvm::SmallVector<KernelOperand> order;
  auto tensorKind = [](mlir::Type type) {
    return mlir::cast<mlir::RankedTensorType>(type).getElementType().isF32() ? OperandKind::Activation
                                                                             : OperandKind::Indices;
  };
  for (auto [index, type] : llvm::enumerate(operands)) {
    unsigned i = index;
    if (mlir::isa<nn::WeightType>(type)) {
      order.push_back({OperandKind::Weight, false, i});
    } else if (mlir::isa<nn::CacheType>(type)) {
      order.push_back({OperandKind::KeyCache, false, i});
      order.push_back({OperandKind::ValueCache, false, i});
    } else if (mlir::isa<nn::BatchType>(type)) {
      for (StepField field : batchFields)
        order.push_back({OperandKind::StepField, false, i, field});
    } else {
      order.push_back({tensorKind(type), false, i});
    }
  }
  for (auto [index, type] : llvm::enumerate(results))
    if (!mlir::isa<nn::CacheType>(type) && inplace[index] < 0)
      order.push_back({tensorKind(type), true, static_cast<unsigned>(index)});
  return order;
}

} // namespace sennit
