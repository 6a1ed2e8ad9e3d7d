// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// From a checkpoint to an nn module.
#pragma once

#include "import/Checkpoint.h"
#include "import/ParamSource.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <vector>

namespace sennit {

/// An nn module with one entry @step, and where each of its parameters lies. The sources refer to the tensors
/// of the checkpoint that the model came from, in the order of the nn.param ops; there are none where the
/// checkpoint is a configuration only.
struct ImportedModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<ParamSource> params;
};

struct ImportOptions {
  int64_t maxContext = 0; ///< an upper bound on the context length; 0: the checkpoint's own
};

/// Builds the module of the checkpoint's family. Everything that stands against it is listed in one status.
StatusOr<ImportedModel> importModel(const Checkpoint &checkpoint, mlir::MLIRContext &context,
                                    const ImportOptions &options = {});

/// The elements of all parameters of an nn module, one that several ops name counted once.
double countParameters(mlir::ModuleOp module);

/// Finds every nn.param of a hand-written module in a lone safetensors file, by name, shape and format.
/// Tensors that no parameter names are fine.
StatusOr<std::vector<ParamSource>> bindParams(mlir::ModuleOp module, const Checkpoint &checkpoint);

} // namespace sennit
