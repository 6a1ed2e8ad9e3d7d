// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sennit {

/// One __global__ function and the blocks it is launched with; fields as in schema::DeviceFunction.
struct CudaFunction {
  std::string entry;
  int64_t threads = 0, sharedBytes = 0;
  int64_t tiles = 0, rowsPerBlock = 0, blocksPerSm = 1;
};

/// Functions that do a kernel's work one after another, for launches of at most maxRows rows.
struct CudaVariant {
  uint32_t maxRows = 0xffffffff;
  std::vector<CudaFunction> functions;
  int64_t scratchBytes = 0, scratchRowBytes = 0;
};

/// A tile.kernel as CUDA C++.
struct CudaKernel {
  std::string name;   ///< of the tile.kernel
  std::string source; ///< where the tile.kernel stands, for reports
  std::vector<CudaVariant> variants;
  /// All functions, in namespace sennit. What they include is the device headers of codegen/cuda/device.
  std::string text;
};

} // namespace sennit
