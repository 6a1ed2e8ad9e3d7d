// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Small sources for tests of the compilers.
#pragma once

#include "codegen/cuda/compile/CompileDevices.h"

namespace sennit::compile_testing {

/// A kernel with one function, NAME_any, that multiplies each element of operand 0 by `factor`.
inline CudaKernel scaleKernel(const std::string &name, const std::string &factor = "2.0f") {
  CudaKernel kernel;
  kernel.name = name;
  kernel.variants.resize(1);
  kernel.variants[0].functions = {{name + "_any", 128, 0, 1, 4, 2}};
  kernel.text = "#include \"launch.cuh\"\n"
                "namespace sennit {\n"
                "SENNIT_KERNEL(128, 2) " +
                name +
                "_any(SENNIT_PARAMETER Launch launch) {\n"
                "  float *x = operand<float>(launch, 0);\n"
                "  const Rows rows = rows_of(launch);\n"
                "  for (int row = rows.begin + block_index(); row < rows.end; row += block_count())\n"
                "    store_global(x + 128 * row + thread_index(),\n"
                "                 load_global(x + 128 * row + thread_index()) * " +
                factor +
                ");\n"
                "}\n"
                "} // namespace sennit\n";
  return kernel;
}

/// Sources of `kernels` for the targets of these names.
inline std::vector<DeviceSource> sourcesFor(const std::vector<std::string> &targets,
                                            const std::vector<CudaKernel> &kernels) {
  std::vector<DeviceSource> sources;
  for (const std::string &target : targets)
    sources.push_back({findCudaTarget(target).take(), kernels, {}, ""});
  return sources;
}

} // namespace sennit::compile_testing
