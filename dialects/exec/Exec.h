// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The exec dialect: the program of one rank, one to one with runtime/schema/program.fbs.
#pragma once

#include "dialects/Common.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <limits>

namespace sennit::exec {

/// The `row_end` of a command that reaches the last row, printed as `max`.
inline constexpr uint32_t lastRow = std::numeric_limits<uint32_t>::max();

} // namespace sennit::exec

#include "dialects/exec/ExecDialect.h.inc"
#include "dialects/exec/ExecEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/exec/ExecAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/exec/ExecTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/exec/ExecOps.h.inc"

namespace sennit::exec {

/// Whether `op` is one of the six commands.
inline bool isCommand(mlir::Operation *op) {
  return mlir::isa<LaunchOp, CopyOp, CollectiveOp, SignalOp, WaitOp, BranchOp>(op);
}

/// The slots that a command names, in the order that its accesses count them; none for signal, wait and
/// branch.
mlir::OperandRange slotsOf(mlir::Operation *command);

/// What a command declares to do to its slots; none for signal, wait and branch.
llvm::SmallVector<AccessAttr> accessesOf(mlir::Operation *command);

/// Rows [begin, end) of a domain that a command covers, clipped to the rows that a step has.
struct CommandRows {
  RowDomain domain;
  uint32_t begin, end;
};

/// The rows of a launch, copy or collective; none for signal, wait and branch.
std::optional<CommandRows> rowsOf(mlir::Operation *command);

} // namespace sennit::exec
