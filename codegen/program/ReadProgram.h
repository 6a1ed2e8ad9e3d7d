// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// From the schema to the exec dialect. The inverse is codegen/program/WriteProgram.h.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "runtime/base/StatusOr.h"
#include "runtime/schema/program_generated.h"

namespace sennit {

/// A verified module with one `exec.package` that says what `package` says. Fails, naming table and field,
/// where a number is no enum case, an index points nowhere, names repeat, or the result breaks a constraint
/// of the dialect.
StatusOr<mlir::OwningOpRef<mlir::ModuleOp>> readProgram(const schema::PackageT &package,
                                                        mlir::MLIRContext &context);

} // namespace sennit
