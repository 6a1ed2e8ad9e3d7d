// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "import/Checkpoint.h"
#include "import/ParamSource.h"
#include "runtime/base/StatusOr.h"
#include "tools/compiler/Options.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <string>
#include <vector>

namespace sennit::compiler {

/// A context with every dialect that a compilation needs, loaded.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// Collects the errors that MLIR reports while it lives, as one sentence. Owned and read by one thread; MLIR
/// calls it under its own lock.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(mlir::MLIRContext &context);
  /// InvalidInput with what was reported, or Internal with `fallback` when nothing was.
  Status status(const std::string &fallback) const;
  bool empty() const { return messages.empty(); }

private:
  std::vector<std::string> messages;
  mlir::ScopedDiagnosticHandler handler;
};

/// The level at which IR text enters the pipeline.
enum class Level { Import, Nn, Plan, Tile, Exec };

/// What compilation starts from.
struct Source {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Level level = Level::Import;
  /// Weights, tokenizer and template. Null for IR text without --params.
  std::unique_ptr<Checkpoint> checkpoint;
  std::vector<ParamSource> params; ///< by nn.param name; refers to `checkpoint`
};

/// Reads the input: a checkpoint by its family's importer, or IR text as --from or the text says.
StatusOr<Source> readSource(const CompileOptions &options, mlir::MLIRContext &context);

} // namespace sennit::compiler
