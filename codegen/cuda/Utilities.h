// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "codegen/cuda/CudaKernel.h"

#include <cstdint>
#include <vector>

namespace sennit {

/// How the runtime's own kernels (device/utilities.cu) are launched for a vocabulary of this size. The
/// sampling functions come in the order in which they run, for the rows of domain Wanted.
inline std::vector<CudaFunction> utilityFunctions(int64_t vocabulary) {
  const int64_t slices = (vocabulary + 1023) / 1024;
  return {{"sample_slices", 128, 4144, slices, 1, 8},
          {"sample_weigh", 128, 8128, slices, 1, 8},
          {"sample_refine", 128, 8128, slices, 1, 8},
          {"sample_pick", 256, 27616 + 12 * slices, 1, 1, 2},
          {"probe_read", 256, 0, 0, 0, 4},
          {"probe_copy", 256, 0, 0, 0, 4},
          {"probe_multiply", 256, 0, 0, 0, 2}};
}

} // namespace sennit
