// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "codegen/cpu/CompileKernel.h"
#include "codegen/cpu/LowerTile.h"

#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace sennit::compiler {

/// Compiles the tile kernels of the module for each level, the levels side by side. The module is left as it
/// is.
StatusOr<std::vector<NativeCode>> compileLevels(mlir::ModuleOp module,
                                                const std::vector<schema::CpuLevel> &levels);

/// Facts of every tile kernel of the module, in its order.
StatusOr<std::vector<KernelFacts>> factsOfKernels(mlir::ModuleOp module);

} // namespace sennit::compiler
