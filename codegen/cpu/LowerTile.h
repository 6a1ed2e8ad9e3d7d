// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The generic lowering of the tile dialect for CPUs. Everything but the inner loops of contractions
// (Contract.h) is made here: tiles become vectors of 16 lanes, evaluated where a store, a reduction or a
// contraction needs them.
#pragma once

#include "dialects/tile/Tile.h"
#include "runtime/schema/types_generated.h"

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>

namespace sennit {

/// Replaces each tile.kernel of the module, in place, by `llvm.func @NAME(!llvm.ptr)` and, where it has a
/// prologue, `llvm.func @NAME__prologue(!llvm.ptr)`, both taking a KernelArgs
/// (runtime/device/host/KernelAbi.h), and lowers the module to the LLVM dialect. The module holds nothing
/// else. What a CPU cannot run is an error at its op. Levels differ only in the contraction emitters, so they
/// give the same bytes. Not to be called inside a pass: it loads dialects.
mlir::LogicalResult lowerTileToLLVM(mlir::ModuleOp module, schema::CpuLevel level);

/// The same without the last step: llvm.func with arith, math, vector, scf and llvm ops, for tests to read.
mlir::LogicalResult expandTileKernels(mlir::ModuleOp module, schema::CpuLevel level);

/// What the executor must know about a kernel.
struct KernelFacts {
  std::string name;
  bool hasPrologue;
  uint32_t operands;     ///< operand pointers that it takes
  uint32_t rowBlock;     ///< most rows in one call
  uint32_t columnTiles;  ///< size of its output-tile axis; 1 where it has none
  uint64_t scratchBytes; ///< per worker
  uint64_t partBytes;    ///< what one block of keys comes to, see KernelArgs; 0: it cannot be done in parts
};

/// Fails, with an error at the op, where the kernel cannot be lowered for a CPU.
mlir::FailureOr<KernelFacts> kernelFacts(tile::KernelOp kernel);

} // namespace sennit
