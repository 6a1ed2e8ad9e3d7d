// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The part of the CUDA driver's interface that the runtime calls, declared here so that no toolkit is needed
// to build it. Facts: NVIDIA's CUDA Driver API reference, version 12.0, the oldest that has all of it;
// DriverApiTest.cpp compares them with cuda.h where that is found.
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstddef>
#include <cstdint>

namespace sennit::cuda {

/// CUresult. Values and what they become are in CudaStatus.cpp.
using Result = int32_t;
inline constexpr Result success = 0, errorOutOfMemory = 2;

using DeviceNumber = int32_t;   ///< CUdevice
using DeviceAddress = uint64_t; ///< CUdeviceptr
using Context = struct CUctx_st *;
using Module = struct CUmod_st *;
using Function = struct CUfunc_st *;
using Stream = struct CUstream_st *;
using Event = struct CUevent_st *;
using Graph = struct CUgraph_st *;
using GraphNode = struct CUgraphNode_st *;
using GraphExec = struct CUgraphExec_st *;

/// CUdevice_attribute
enum class DeviceAttribute : int32_t {
  MultiprocessorCount = 16,
  ComputeCapabilityMajor = 75,
  ComputeCapabilityMinor = 76,
  MaxSharedMemoryPerBlockOptin = 97,
};
/// CUfunction_attribute
enum class FunctionAttribute : int32_t { MaxDynamicSharedSizeBytes = 8 };
/// CUmemorytype
enum class MemoryType : int32_t { Host = 1, Device = 2 };

inline constexpr uint32_t streamNonBlocking = 1, eventDefault = 0, eventDisableTiming = 2;

/// CUDA_KERNEL_NODE_PARAMS_v2
struct KernelNodeParams {
  Function function = nullptr;
  uint32_t gridX = 1, gridY = 1, gridZ = 1;
  uint32_t blockX = 1, blockY = 1, blockZ = 1;
  uint32_t sharedBytes = 0;
  void **parameters = nullptr;
  void **extra = nullptr;
  void *kernel = nullptr; ///< where `function` is null
  Context context = nullptr;
};

/// One side of CUDA_MEMCPY3D_v2
struct CopySide {
  size_t xBytes = 0, y = 0, z = 0, levelOfDetail = 0;
  MemoryType type = MemoryType::Device;
  void *host = nullptr;
  DeviceAddress device = 0;
  void *array = nullptr, *reserved = nullptr;
  size_t pitch = 0, height = 0;
};
/// CUDA_MEMCPY3D_v2
struct CopyParams {
  CopySide source, target;
  size_t widthBytes = 0, height = 1, depth = 1;
};

/// Each function with the name by which the driver exports it.
#define SENNIT_CUDA_DRIVER_FUNCTIONS(X)                                                                      \
  X(init, "cuInit", uint32_t flags)                                                                          \
  X(driverGetVersion, "cuDriverGetVersion", int32_t *version)                                                \
  X(deviceGetCount, "cuDeviceGetCount", int32_t *count)                                                      \
  X(deviceGet, "cuDeviceGet", DeviceNumber *device, int32_t ordinal)                                         \
  X(deviceGetName, "cuDeviceGetName", char *name, int32_t bytes, DeviceNumber device)                        \
  X(deviceGetAttribute, "cuDeviceGetAttribute", int32_t *value, DeviceAttribute attribute,                   \
    DeviceNumber device)                                                                                     \
  X(devicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain", Context *context, DeviceNumber device)               \
  X(devicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2", DeviceNumber device)                            \
  X(ctxSetCurrent, "cuCtxSetCurrent", Context context)                                                       \
  X(ctxGetCurrent, "cuCtxGetCurrent", Context *context)                                                      \
  X(moduleLoadData, "cuModuleLoadData", Module *module, const void *image)                                   \
  X(moduleUnload, "cuModuleUnload", Module module)                                                           \
  X(moduleGetFunction, "cuModuleGetFunction", Function *function, Module module, const char *name)           \
  X(funcSetAttribute, "cuFuncSetAttribute", Function function, FunctionAttribute attribute, int32_t value)   \
  X(memGetInfo, "cuMemGetInfo_v2", size_t *free, size_t *total)                                              \
  X(memAlloc, "cuMemAlloc_v2", DeviceAddress *address, size_t bytes)                                         \
  X(memFree, "cuMemFree_v2", DeviceAddress address)                                                          \
  X(memHostAlloc, "cuMemHostAlloc", void **address, size_t bytes, uint32_t flags)                            \
  X(memFreeHost, "cuMemFreeHost", void *address)                                                             \
  X(memcpyHtoDAsync, "cuMemcpyHtoDAsync_v2", DeviceAddress to, const void *from, size_t bytes,               \
    Stream stream)                                                                                           \
  X(memcpyDtoHAsync, "cuMemcpyDtoHAsync_v2", void *to, DeviceAddress from, size_t bytes, Stream stream)      \
  X(memcpyDtoDAsync, "cuMemcpyDtoDAsync_v2", DeviceAddress to, DeviceAddress from, size_t bytes,             \
    Stream stream)                                                                                           \
  X(memsetD8Async, "cuMemsetD8Async", DeviceAddress to, unsigned char value, size_t bytes, Stream stream)    \
  X(streamCreate, "cuStreamCreate", Stream *stream, uint32_t flags)                                          \
  X(streamDestroy, "cuStreamDestroy_v2", Stream stream)                                                      \
  X(streamSynchronize, "cuStreamSynchronize", Stream stream)                                                 \
  X(eventCreate, "cuEventCreate", Event *event, uint32_t flags)                                              \
  X(eventDestroy, "cuEventDestroy_v2", Event event)                                                          \
  X(eventRecord, "cuEventRecord", Event event, Stream stream)                                                \
  X(eventSynchronize, "cuEventSynchronize", Event event)                                                     \
  X(eventElapsedTime, "cuEventElapsedTime", float *milliseconds, Event begin, Event end)                     \
  X(graphCreate, "cuGraphCreate", Graph *graph, uint32_t flags)                                              \
  X(graphDestroy, "cuGraphDestroy", Graph graph)                                                             \
  X(graphAddKernelNode, "cuGraphAddKernelNode_v2", GraphNode *node, Graph graph,                             \
    const GraphNode *dependencies, size_t count, const KernelNodeParams *params)                             \
  X(graphAddMemcpyNode, "cuGraphAddMemcpyNode", GraphNode *node, Graph graph, const GraphNode *dependencies, \
    size_t count, const CopyParams *params, Context context)                                                 \
  X(graphAddEventRecordNode, "cuGraphAddEventRecordNode", GraphNode *node, Graph graph,                      \
    const GraphNode *dependencies, size_t count, Event event)                                                \
  X(graphInstantiate, "cuGraphInstantiateWithFlags", GraphExec *exec, Graph graph, unsigned long long flags) \
  X(graphUpload, "cuGraphUpload", GraphExec exec, Stream stream)                                             \
  X(graphLaunch, "cuGraphLaunch", GraphExec exec, Stream stream)                                             \
  X(graphExecDestroy, "cuGraphExecDestroy", GraphExec exec)                                                  \
  X(launchKernel, "cuLaunchKernel", Function function, uint32_t gridX, uint32_t gridY, uint32_t gridZ,       \
    uint32_t blockX, uint32_t blockY, uint32_t blockZ, uint32_t sharedBytes, Stream stream,                  \
    void **parameters, void **extra)

/// The driver's functions. Immutable; thread-safe.
struct DriverApi {
#define SENNIT_MEMBER_OF(member, name, ...) Result (*member)(__VA_ARGS__) = nullptr;
  SENNIT_CUDA_DRIVER_FUNCTIONS(SENNIT_MEMBER_OF)
#undef SENNIT_MEMBER_OF
  int32_t version = 0; ///< 1000 x major + 10 x minor of the CUDA version that the driver knows
  /// Tells an emulated device the parts of an allocation, so that it sees accesses outside them; null for a
  /// real device. `name` is copied.
  Result (*nameRange)(DeviceAddress begin, size_t bytes, const char *name) = nullptr;
};

/// Opens libcuda.so.1 as the dynamic linker finds it, once for the process, and initialises it. Errors
/// (Unavailable): no driver, one older than CUDA 12.0, or one that does not start.
StatusOr<const DriverApi *> openDriver();

/// "12.4" for 12040.
std::string versionText(int32_t version);

} // namespace sennit::cuda
