// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// From kernels in LLVM-ready dialects to native code: one position-independent image for each code level.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include "runtime/base/StatusOr.h"
#include "runtime/schema/types_generated.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sennit {

/// Machine code of all kernels of one level. Constants lie beside the code; the image has no relocations, no
/// undefined symbols and no writable data, so it runs wherever it is mapped at an address that is a multiple
/// of 4096.
struct NativeCode {
  schema::CpuLevel level;
  std::vector<uint8_t> image;
  /// Exported functions and their offsets in the image, sorted by name.
  std::vector<std::pair<std::string, uint64_t>> symbols;
};

/// Compiles every llvm.func of the module (all of them exported unless private or internal) for the level.
/// The same module gives the same bytes. Functions must be freestanding: a call of anything not defined in
/// the module, libm and memcpy included, is an error that names it. Thread-safe; links are serialised.
StatusOr<NativeCode> compileKernels(mlir::ModuleOp module, schema::CpuLevel level);

/// Converts func, scf, cf, arith, math, vector and index ops of the module to the LLVM dialect, in place.
/// math.exp, sin, cos, tanh, erf, log and rsqrt become the expansions of Math.h.
mlir::LogicalResult lowerToLLVMDialect(mlir::ModuleOp module);

/// Adds the dialects that lowerToLLVMDialect and compileKernels need: the source dialects and the
/// translations to LLVM IR.
void registerKernelDialects(mlir::DialectRegistry &registry);

/// Whether this machine can run code of the level.
bool hostRuns(schema::CpuLevel level);

} // namespace sennit
