// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "codegen/cuda/compile/CompileDevices.h"
#include "tools/compiler/Options.h"

#include "mlir/IR/BuiltinOps.h"

namespace sennit::compiler {

/// The device code of a package, for options.devices: the tile kernels of `module` that `package` names, as
/// CUDA text for each target, and the runtime's own functions, compiled; emulated
/// modules with sanitizers where $SENNIT_SANITIZE_EMULATED is 1. Errors: a kernel that has no CUDA
/// form, and those of compileDevices.
StatusOr<DeviceSection> compileForDevices(mlir::ModuleOp module, const schema::PackageT &package,
                                          const CompileOptions &options);

} // namespace sennit::compiler
