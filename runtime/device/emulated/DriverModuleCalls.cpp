// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Calls about modules and their functions.
#include "runtime/device/emulated/DriverCalls.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

using namespace sennit;
using namespace sennit::emulated;

SENNIT_DRIVER_EXPORT cuModuleLoadData(cu::Module *module, const void *image) {
  return driverCall("cuModuleLoadData", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!module || !image)
      return nullPointer(state, "cuModuleLoadData");
    // As code of CUDA 13 is refused, so is what stands for it here.
    if (state.facts.version < 13000)
      return state.refuse(cu::InvalidImage, "cuModuleLoadData: a driver of version " +
                                                std::to_string(state.facts.version) +
                                                " refuses modules, which are for 13000");
    LoadedModule loaded = loadModule(image);
    if (loaded.result != cu::Success)
      return state.refuse(loaded.result, loaded.error);
    *module = state.objects.modules.add(std::move(loaded.module));
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuModuleLoadDataEx(cu::Module *module, const void *image, unsigned optionCount,
                                        int *options, void **values) {
  // Options are for the compilation of PTX, which there is none of here.
  return optionCount && (!options || !values) ? int(cu::InvalidValue) : cuModuleLoadData(module, image);
}

SENNIT_DRIVER_EXPORT cuModuleUnload(cu::Module module) {
  return driverCall("cuModuleUnload", Needs::Context, Gives::Back, [&](DriverState &state) -> int {
    ModuleState *found = state.objects.modules.find(module);
    if (!found)
      return badHandle(state, "cuModuleUnload", "a module");
    if (found->graphs)
      return state.refuse(cu::NotPermitted, "cuModuleUnload: " + std::to_string(found->graphs) +
                                                " graphs have kernels of the module");
    if (const int result = state.queue.finishAll(); result != cu::Success)
      return result;
    std::vector<cu::Function> functions;
    for (const auto &[handle, function] : state.objects.functions)
      if (function->module == found)
        functions.push_back(handle);
    for (cu::Function function : functions)
      state.objects.functions.take(function);
    state.objects.modules.take(module);
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuModuleGetFunction(cu::Function *function, cu::Module module, const char *name) {
  return driverCall("cuModuleGetFunction", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!function || !name)
      return nullPointer(state, "cuModuleGetFunction");
    ModuleState *found = state.objects.modules.find(module);
    if (!found)
      return badHandle(state, "cuModuleGetFunction", "a module");
    for (const auto &[handle, each] : state.objects.functions)
      if (each->module == found && each->name == name) {
        *function = handle;
        return cu::Success;
      }
    void *entry = findKernel(*found, name);
    if (!entry)
      return state.refuse(cu::NotFound, std::string("cuModuleGetFunction: the module has no kernel ") + name);
    auto made = std::make_unique<FunctionState>();
    *made = {found, name, entry, usualSharedBytes};
    *function = state.objects.functions.add(std::move(made));
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuFuncGetAttribute(int *value, int attribute, cu::Function function) {
  return driverCall("cuFuncGetAttribute", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const FunctionState *found = state.objects.functions.find(function);
    if (!found)
      return badHandle(state, "cuFuncGetAttribute", "a function");
    if (!value)
      return nullPointer(state, "cuFuncGetAttribute");
    switch (attribute) {
    case cu::FunctionMaxThreadsPerBlock:
      *value = 1024;
      return cu::Success;
    case cu::FunctionSharedSizeBytes:
    case cu::FunctionConstSizeBytes:
    case cu::FunctionLocalSizeBytes:
      *value = 0;
      return cu::Success;
    case cu::FunctionNumRegs:
      *value = 64; // an emulated kernel has none; of 1024 threads, none could have more
      return cu::Success;
    case cu::FunctionPtxVersion:
    case cu::FunctionBinaryVersion:
      *value = state.facts.architecture;
      return cu::Success;
    case cu::MaxDynamicSharedSizeBytes:
      *value = int(found->mostSharedBytes);
      return cu::Success;
    case cu::PreferredSharedMemoryCarveout:
      *value = -1;
      return cu::Success;
    }
    return state.refuse(cu::InvalidValue,
                        "cuFuncGetAttribute: attribute " + std::to_string(attribute) + " is not known");
  });
}

SENNIT_DRIVER_EXPORT cuFuncSetAttribute(cu::Function function, int attribute, int value) {
  return driverCall("cuFuncSetAttribute", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    FunctionState *found = state.objects.functions.find(function);
    if (!found)
      return badHandle(state, "cuFuncSetAttribute", "a function");
    const size_t most = state.facts.mostSharedBytes();
    if (attribute == cu::PreferredSharedMemoryCarveout && value >= -1 && value <= 100)
      return cu::Success;
    if (attribute != cu::MaxDynamicSharedSizeBytes || value < 0 || size_t(value) > most)
      return state.refuse(cu::InvalidValue, "cuFuncSetAttribute: expected at most " + std::to_string(most) +
                                                " bytes of shared memory or a carveout, found attribute " +
                                                std::to_string(attribute) + " of " + std::to_string(value));
    found->mostSharedBytes = size_t(value);
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, cu::Function function,
                                                                 int threads, size_t sharedBytes) {
  const char *name = "cuOccupancyMaxActiveBlocksPerMultiprocessor";
  return driverCall(name, Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const FunctionState *found = state.objects.functions.find(function);
    if (!found)
      return badHandle(state, name, "a function");
    if (!blocks)
      return nullPointer(state, name);
    if (threads < 1 || threads > 1024)
      return state.refuse(cu::InvalidValue, std::string(name) + ": expected 1 to 1024 threads, found " +
                                                std::to_string(threads));
    const size_t all = state.facts.sharedBytesPerMultiprocessor();
    const int byShared = sharedBytes > found->mostSharedBytes ? 0 : int(all / (sharedBytes + 1024));
    *blocks = std::min({32, 2048 / ((threads + 31) / 32 * 32), byShared});
    return cu::Success;
  });
}
