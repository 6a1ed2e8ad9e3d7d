// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// From CUDA texts to the device code section of a package.
#pragma once

#include "codegen/cuda/CudaKernel.h"
#include "codegen/cuda/compile/CudaTarget.h"
#include "runtime/base/StatusOr.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sennit {

/// What a target's code is made from.
struct DeviceSource {
  CudaTarget target;
  std::vector<CudaKernel> kernels;     ///< in the order of the package's
  std::vector<CudaFunction> utilities; ///< functions of the runtime's own
  std::string utilityText;             ///< their text, as a kernel's
};

struct DeviceCompileOptions {
  std::string cacheFolder;           ///< of code that was compiled before; "": none
  unsigned threads = 0;              ///< 0: as many as there are processors
  bool sanitize = false;             ///< emulated modules: see compileEmulated
  std::function<bool()> interrupted; ///< polled between units of work
};

/// A section and what Package.devices says of it.
struct DeviceSection {
  std::string bytes;
  std::vector<std::unique_ptr<schema::DeviceCodeT>> devices; ///< by source
  std::vector<std::string> warnings; ///< of functions that keep registers in memory, one sentence each
  size_t compiled = 0, cached = 0;   ///< modules
};

/// Compiles each source for its target, in a few modules, several at once. The same sources give the same
/// bytes, whatever the threads and the cache. Errors name target, kernel and what was expected: a text that
/// does not compile, a function that needs more shared memory than the target has, a compiler that is not
/// here.
StatusOr<DeviceSection> compileDevices(const std::vector<DeviceSource> &sources,
                                       const DeviceCompileOptions &options);

} // namespace sennit
