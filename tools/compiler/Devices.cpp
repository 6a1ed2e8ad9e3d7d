// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/Devices.h"

#include "codegen/cuda/Utilities.h"
#include "codegen/cuda/compile/DeviceHeaders.h"
#include "codegen/cuda/compile/FindTools.h"
#include "codegen/cuda/emit/EmitCuda.h"
#include "runtime/base/CacheFolder.h"
#include "runtime/program/StepInput.h"
#include "tools/compiler/Frontend.h"

#include "mlir/IR/SymbolTable.h"

#include <map>

namespace sennit::compiler {

using namespace mlir;

namespace {

int64_t keyBlocksOf(const schema::StepLayoutT &layout) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::CreateStepLayout(builder, &layout));
  return mostKeyBlocks(*flatbuffers::GetRoot<schema::StepLayout>(builder.GetBufferPointer()));
}

/// The architecture that texts are made for. PTX must run on all from 8.0 on: of these 8.6 has the least
/// shared memory.
uint32_t emittedArchitecture(const DeviceTarget &target) {
  return target.kind == schema::DeviceCodeKind::Ptx ? 86 : target.architecture;
}

/// The package's kernels in its order, as CUDA text for one architecture.
StatusOr<std::vector<CudaKernel>> emitKernels(ModuleOp module, const schema::PackageT &package,
                                              uint32_t architecture) {
  DiagnosticCollector diagnostics(*module.getContext());
  SymbolTable symbols(module);
  CudaEmitOptions emit;
  emit.arch = architecture;
  emit.maxKeyBlocks = keyBlocksOf(*package.step);
  std::vector<CudaKernel> kernels;
  for (const auto &kernel : package.kernels) {
    auto op = symbols.lookup<tile::KernelOp>(kernel->name);
    if (!op)
      return invalidInput("expected a tile.kernel @" + kernel->name + ", found none");
    FailureOr<CudaKernel> text = emitCuda(op, emit);
    if (failed(text))
      return diagnostics.status("cannot make CUDA text of kernel " + kernel->name);
    kernels.push_back(std::move(*text));
    SENNIT_RETURN_IF_ERROR(checkInterrupt());
  }
  return kernels;
}

} // namespace

StatusOr<DeviceSection> compileForDevices(ModuleOp module, const schema::PackageT &package,
                                          const CompileOptions &options) {
  std::map<uint32_t, std::vector<CudaKernel>> byArchitecture;
  std::vector<DeviceSource> sources;
  for (const CudaTarget &target : options.devices) {
    const uint32_t architecture = emittedArchitecture(target.device);
    const auto [place, isNew] = byArchitecture.try_emplace(architecture);
    if (isNew) {
      SENNIT_ASSIGN_OR_RETURN(place->second, emitKernels(module, package, architecture));
    }
    sources.push_back({target, place->second, utilityFunctions(package.model->vocab_size), utilityText()});
  }
  DeviceCompileOptions compile;
  // Without a folder nothing is kept, and nothing else changes.
  if (StatusOr<std::string> folder = cacheFolder(); folder.ok())
    compile.cacheFolder = *folder + "/device";
  compile.sanitize = environment("SENNIT_SANITIZE_EMULATED") == "1";
  compile.interrupted = [] { return interrupted.load(std::memory_order_relaxed); };
  return compileDevices(sources, compile);
}

} // namespace sennit::compiler
