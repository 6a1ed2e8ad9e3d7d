// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// From tile kernels to CUDA C++. A kernel is first split into functions by passes/tile; each becomes emitc
// ops, which upstream prints as text. The text calls the primitives of codegen/cuda/device and nothing else,
// names each tile op in a comment, and calls the tile `%5` `t5`, so that IR and text can be read side by
// side.
#pragma once

#include "codegen/cuda/CudaKernel.h"
#include "dialects/tile/Tile.h"

namespace sennit {

struct CudaEmitOptions {
  int64_t arch = 90; ///< compute capability, 90: 9.0
  /// Most blocks of keys (256 each) that the generated rows of a step can have, over all of them and their
  /// segments: attention keeps a partial result for each in scratch.
  int64_t maxKeyBlocks = 65536;
};

/// The CUDA C++ of a kernel: its variants, ascending by rows, and the text of all their functions,
/// deterministic. Names of functions begin with the name of the kernel. `kernel` is not changed. What a GPU
/// cannot run is an error at its op. Not to be called inside a pass, since it runs passes and loads dialects;
/// one thread at a time for one context.
mlir::FailureOr<CudaKernel> emitCuda(tile::KernelOp kernel, const CudaEmitOptions &options);

/// The same for a kernel that has been split: all functions with one `of`, in order.
mlir::FailureOr<CudaKernel> emitCudaFunctions(llvm::ArrayRef<tile::KernelOp> functions,
                                              const CudaEmitOptions &options);

} // namespace sennit
