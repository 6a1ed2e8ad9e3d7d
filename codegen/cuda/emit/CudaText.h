// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Writes the functions of one kernel: emitc ops for what has a value, verbatim lines for the rest.
#pragma once

#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace sennit {

/// Lives while one kernel is emitted; single thread. Values made in one function are of no use in another.
class CudaText {
public:
  CudaText(mlir::MLIRContext *context, mlir::Location loc);

  mlir::OpBuilder builder; ///< insertion point of what is emitted next
  mlir::Location loc;

  mlir::Type floatType() { return builder.getF32Type(); }
  /// `int`: NVRTC has no int32_t.
  mlir::Type intType();
  mlir::Type boolType() { return builder.getI1Type(); }

  /// Text that stands for a value at each of its uses.
  mlir::Value literal(mlir::Type type, const llvm::Twine &text);
  mlir::Value call(mlir::Type type, llvm::StringRef callee, mlir::ValueRange operands);
  /// A call for its effect.
  void run(llvm::StringRef callee, mlir::ValueRange operands);
  mlir::Value choose(mlir::Value condition, mlir::Value ifTrue, mlir::Value ifFalse);

  /// One line; with operands, `{}` stands for each and `{{` for a brace.
  void line(const llvm::Twine &text, mlir::ValueRange operands = {});
  void comment(const llvm::Twine &text) { line("// " + text); }

  /// Begins a function: what follows is emitted into it. `head` is what stands before its brace.
  void begin(llvm::StringRef name, llvm::StringRef head);
  /// A line before all functions.
  void global(const llvm::Twine &line) { globals.push_back(line.str()); }
  /// Adds `#include "header"`, once.
  void include(llvm::StringRef header);

  /// The text; fails where emitc cannot print it.
  mlir::FailureOr<std::string> finish();

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> globals, includes;
  std::vector<std::pair<std::string, std::string>> heads; ///< what emitc prints, and what stands there
};

/// A f32 literal that reads back as the same value: "0.5f", or its bits for infinities and NaN.
std::string floatText(float value);

} // namespace sennit
