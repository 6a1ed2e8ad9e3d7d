// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The steps of lower-plan-to-exec that concern programs.
#pragma once

#include "dialects/exec/Exec.h"
#include "dialects/plan/Plan.h"
#include "passes/lower/OperandOrder.h"

namespace sennit::lower {

/// The fields that the first arguments of a program stand for, in order.
inline constexpr exec::StepField stepArguments[] = {exec::StepField::Tokens, exec::StepField::Positions,
                                                    exec::StepField::Wanted};

/// Bytes of one row of an arena value: f32 activations or i32 indices; 0 for other types.
uint64_t rowBytes(mlir::Type type);

/// Checks what buildProgram relies on and lists every offender: arguments are tokens, positions, wanted rows,
/// batches and caches; params are weights; node results are tensors with static columns, or caches that
/// overwrite an operand; the pieces of a node cover its rows once, and none starts before a piece that it
/// depends on; the first result is the logits.
llvm::LogicalResult checkProgram(plan::ProgramOp program);

/// The program for steps of one role and at most `bucketRows` rows: nodes of the other role and pieces past
/// those rows are left out. Commands stand in the order in which pieces start; lanes are held together by as
/// few signals as keep the dependences. Buffers have room for `maxRows` rows and share the arena where all
/// uses of one come before all uses of the other, however fast the lanes are. Detached; the caller owns it.
exec::ProgramOp buildProgram(plan::ProgramOp program, exec::StepRole role, int64_t maxRows,
                             int64_t bucketRows);

/// Adds to `package` the programs and entries of `programs`: for each entry point and each bucket of 1, 2, 4,
/// ... and `maxRows` rows in each role, the plan that says most of the bucket. Equal programs are shared. An
/// error was emitted where two plans say the same, or none serves a bucket.
llvm::LogicalResult addPrograms(exec::PackageOp package, llvm::ArrayRef<plan::ProgramOp> programs,
                                int64_t maxRows);

} // namespace sennit::lower
