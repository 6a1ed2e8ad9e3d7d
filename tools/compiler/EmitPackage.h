// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "tools/compiler/Frontend.h"

#include <string>
#include <vector>

namespace sennit::compiler {

/// What goes into a package beside the exec module.
struct PackageTexts {
  std::string nnModule; ///< empty where compilation began below nn
  std::string plan;     ///< plan and explanation, JSON
};

/// What was written.
struct EmittedPackage {
  uint64_t bytes = 0;                ///< of the file
  std::vector<std::string> warnings; ///< of code for devices
};

/// Compiles the kernels of a module at level exec and writes the package: metadata, code, texts, tokenizer
/// and weights, the latter packed row by row from the source's checkpoint. Nothing is left behind on failure.
StatusOr<EmittedPackage> emitPackage(mlir::ModuleOp module, const Source &source, const PackageTexts &texts,
                                     const CompileOptions &options);

} // namespace sennit::compiler
