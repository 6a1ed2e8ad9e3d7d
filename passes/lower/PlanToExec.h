// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The steps of lower-plan-to-exec that concern one program.
#pragma once

#include "dialects/exec/Exec.h"
#include "dialects/plan/Plan.h"
#include "passes/lower/OperandOrder.h"

namespace sennit::lower {

/// Checks what buildProgram relies on and lists every offender: arguments are tokens, positions, wanted rows,
/// batches and caches; params are weights; node results are tensors with static columns, or caches that
/// overwrite an operand; every node has one piece, the whole domain on the compute lane; the first result is
/// the logits.
llvm::LogicalResult checkProgram(plan::ProgramOp program);

/// The program for steps of one role: nodes of the other role are left out. Detached; the caller owns it.
/// Buffers have room for `maxRows` rows and share the arena where they are not needed at the same time.
exec::ProgramOp buildProgram(plan::ProgramOp program, exec::StepRole role, int64_t maxRows);

/// Whether two programs do the same, whatever their names.
bool equalPrograms(exec::ProgramOp a, exec::ProgramOp b);

} // namespace sennit::lower
