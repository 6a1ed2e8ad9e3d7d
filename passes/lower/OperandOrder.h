// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// In which order a kernel takes its operands. PlanToTile makes kernels by this rule and PlanToExec binds
// slots by it; nothing else ties the two.
#pragma once

#include "mlir/IR/TypeRange.h"
#include "runtime/schema/types_generated.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace sennit {

enum class OperandKind {
  Activation, ///< a tensor of f32: arena
  Indices,    ///< a tensor of i32 that the step brings (tokens, positions, wanted rows) or a node makes
  Weight,
  KeyCache,
  ValueCache,
  StepField, ///< part of the batch; `field` says which
};

/// One operand of a kernel: which operand or result of the body it stands for.
struct KernelOperand {
  OperandKind kind;
  bool result; ///< stands for result `index` of the body, else for operand `index`
  unsigned index;
  schema::StepField field = schema::StepField::Counts; ///< for StepField only
};

/// The operands of the kernel made for a body with these operand and result types, in order: a cache gives
/// its keys, then its values; a batch gives RowSequence, RowSlot, SequenceSegments, SegmentPages,
/// SegmentLength, SegmentFirst, Pages; a result that is a cache or overwrites an operand (`inplace[result]`
/// >= 0) gives none.
llvm::SmallVector<KernelOperand> expandOperands(mlir::TypeRange operands, mlir::TypeRange results,
                                                llvm::ArrayRef<int32_t> inplace);

} // namespace sennit
