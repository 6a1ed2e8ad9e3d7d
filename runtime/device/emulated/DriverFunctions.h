// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The functions of the CUDA driver API that the emulated driver has, by the names that the library exports,
// as X(name, parameters). All return an int, the CUresult. From the CUDA Driver API reference manual.
#pragma once

#include "runtime/device/emulated/DriverAbi.h"

#define SENNIT_DRIVER_FUNCTIONS(X)                                                                           \
  X(cuInit, (unsigned flags))                                                                                \
  X(cuDriverGetVersion, (int *version))                                                                      \
  X(cuGetProcAddress_v2,                                                                                     \
    (const char *name, void **function, int version, unsigned long long flags, int *status))                 \
  X(cuGetErrorName, (int error, const char **text))                                                          \
  X(cuGetErrorString, (int error, const char **text))                                                        \
  X(cuDeviceGetCount, (int *count))                                                                          \
  X(cuDeviceGet, (sennit::cu::Device * device, int ordinal))                                                 \
  X(cuDeviceGetName, (char *name, int bytes, sennit::cu::Device device))                                     \
  X(cuDeviceGetAttribute, (int *value, int attribute, sennit::cu::Device device))                            \
  X(cuDeviceTotalMem_v2, (size_t *bytes, sennit::cu::Device device))                                         \
  X(cuDeviceGetUuid_v2, (sennit::cu::Uuid * uuid, sennit::cu::Device device))                                \
  X(cuDevicePrimaryCtxRetain, (sennit::cu::Context * context, sennit::cu::Device device))                    \
  X(cuDevicePrimaryCtxRelease_v2, (sennit::cu::Device device))                                               \
  X(cuDevicePrimaryCtxGetState, (sennit::cu::Device device, unsigned *flags, int *active))                   \
  X(cuCtxSetCurrent, (sennit::cu::Context context))                                                          \
  X(cuCtxGetCurrent, (sennit::cu::Context * context))                                                        \
  X(cuCtxSynchronize, ())                                                                                    \
  X(cuModuleLoadData, (sennit::cu::Module * module, const void *image))                                      \
  X(cuModuleLoadDataEx,                                                                                      \
    (sennit::cu::Module * module, const void *image, unsigned optionCount, int *options, void **values))     \
  X(cuModuleUnload, (sennit::cu::Module module))                                                             \
  X(cuModuleGetFunction, (sennit::cu::Function * function, sennit::cu::Module module, const char *name))     \
  X(cuFuncGetAttribute, (int *value, int attribute, sennit::cu::Function function))                          \
  X(cuFuncSetAttribute, (sennit::cu::Function function, int attribute, int value))                           \
  X(cuOccupancyMaxActiveBlocksPerMultiprocessor,                                                             \
    (int *blocks, sennit::cu::Function function, int threads, size_t sharedBytes))                           \
  X(cuMemGetInfo_v2, (size_t *free, size_t *total))                                                          \
  X(cuMemAlloc_v2, (sennit::cu::DevicePointer * place, size_t bytes))                                        \
  X(cuMemFree_v2, (sennit::cu::DevicePointer place))                                                         \
  X(cuMemHostAlloc, (void **place, size_t bytes, unsigned flags))                                            \
  X(cuMemFreeHost, (void *place))                                                                            \
  X(cuMemHostRegister_v2, (void *place, size_t bytes, unsigned flags))                                       \
  X(cuMemHostUnregister, (void *place))                                                                      \
  X(cuPointerGetAttribute, (void *value, int attribute, sennit::cu::DevicePointer place))                    \
  X(cuMemcpyHtoD_v2, (sennit::cu::DevicePointer to, const void *from, size_t bytes))                         \
  X(cuMemcpyDtoH_v2, (void *to, sennit::cu::DevicePointer from, size_t bytes))                               \
  X(cuMemcpyDtoD_v2, (sennit::cu::DevicePointer to, sennit::cu::DevicePointer from, size_t bytes))           \
  X(cuMemcpyHtoDAsync_v2,                                                                                    \
    (sennit::cu::DevicePointer to, const void *from, size_t bytes, sennit::cu::Stream stream))               \
  X(cuMemcpyDtoHAsync_v2,                                                                                    \
    (void *to, sennit::cu::DevicePointer from, size_t bytes, sennit::cu::Stream stream))                     \
  X(cuMemcpyDtoDAsync_v2,                                                                                    \
    (sennit::cu::DevicePointer to, sennit::cu::DevicePointer from, size_t bytes, sennit::cu::Stream stream)) \
  X(cuMemsetD8_v2, (sennit::cu::DevicePointer to, unsigned char value, size_t count))                        \
  X(cuMemsetD32_v2, (sennit::cu::DevicePointer to, unsigned value, size_t count))                            \
  X(cuMemsetD8Async,                                                                                         \
    (sennit::cu::DevicePointer to, unsigned char value, size_t count, sennit::cu::Stream stream))            \
  X(cuMemsetD32Async,                                                                                        \
    (sennit::cu::DevicePointer to, unsigned value, size_t count, sennit::cu::Stream stream))                 \
  X(cuStreamCreate, (sennit::cu::Stream * stream, unsigned flags))                                           \
  X(cuStreamDestroy_v2, (sennit::cu::Stream stream))                                                         \
  X(cuStreamSynchronize, (sennit::cu::Stream stream))                                                        \
  X(cuStreamQuery, (sennit::cu::Stream stream))                                                              \
  X(cuStreamWaitEvent, (sennit::cu::Stream stream, sennit::cu::Event event, unsigned flags))                 \
  X(cuEventCreate, (sennit::cu::Event * event, unsigned flags))                                              \
  X(cuEventDestroy_v2, (sennit::cu::Event event))                                                            \
  X(cuEventRecord, (sennit::cu::Event event, sennit::cu::Stream stream))                                     \
  X(cuEventSynchronize, (sennit::cu::Event event))                                                           \
  X(cuEventQuery, (sennit::cu::Event event))                                                                 \
  X(cuEventElapsedTime, (float *milliseconds, sennit::cu::Event start, sennit::cu::Event end))               \
  X(cuLaunchKernel, (sennit::cu::Function function, unsigned gridX, unsigned gridY, unsigned gridZ,          \
                     unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,                \
                     sennit::cu::Stream stream, void **parameters, void **extra))                            \
  X(cuLaunchKernelEx, (const sennit::cu::LaunchConfig *config, sennit::cu::Function function,                \
                       void **parameters, void **extra))                                                     \
  X(cuGraphCreate, (sennit::cu::Graph * graph, unsigned flags))                                              \
  X(cuGraphDestroy, (sennit::cu::Graph graph))                                                               \
  X(cuGraphAddKernelNode_v2,                                                                                 \
    (sennit::cu::GraphNode * node, sennit::cu::Graph graph, const sennit::cu::GraphNode *after,              \
     size_t afterCount, const sennit::cu::KernelNodeParams *parameters))                                     \
  X(cuGraphAddMemcpyNode,                                                                                    \
    (sennit::cu::GraphNode * node, sennit::cu::Graph graph, const sennit::cu::GraphNode *after,              \
     size_t afterCount, const sennit::cu::Memcpy3d *parameters, sennit::cu::Context context))                \
  X(cuGraphAddMemsetNode,                                                                                    \
    (sennit::cu::GraphNode * node, sennit::cu::Graph graph, const sennit::cu::GraphNode *after,              \
     size_t afterCount, const sennit::cu::MemsetNodeParams *parameters, sennit::cu::Context context))        \
  X(cuGraphAddEmptyNode, (sennit::cu::GraphNode * node, sennit::cu::Graph graph,                             \
                          const sennit::cu::GraphNode *after, size_t afterCount))                            \
  X(cuGraphAddEventRecordNode,                                                                               \
    (sennit::cu::GraphNode * node, sennit::cu::Graph graph, const sennit::cu::GraphNode *after,              \
     size_t afterCount, sennit::cu::Event event))                                                            \
  X(cuGraphAddDependencies, (sennit::cu::Graph graph, const sennit::cu::GraphNode *from,                     \
                             const sennit::cu::GraphNode *to, size_t count))                                 \
  X(cuGraphInstantiateWithFlags,                                                                             \
    (sennit::cu::GraphExec * executable, sennit::cu::Graph graph, unsigned long long flags))                 \
  X(cuGraphExecDestroy, (sennit::cu::GraphExec executable))                                                  \
  X(cuGraphUpload, (sennit::cu::GraphExec executable, sennit::cu::Stream stream))                            \
  X(cuGraphLaunch, (sennit::cu::GraphExec executable, sennit::cu::Stream stream))

/// What only the emulated driver exports; a runtime looks for these names and does without them.
#define SENNIT_EMULATED_FUNCTIONS(X)                                                                         \
  /* [place, place + bytes) of an allocation is in use as `name`; 0 bytes: no more. Once an allocation has   \
     such ranges, kernels may touch nothing else of it, and their errors say the names. */                   \
  X(sennitEmulatedNameRange, (sennit::cu::DevicePointer place, size_t bytes, const char *name))              \
  /* The `call`-th call from now (1: the next) fails with `error`; 0: none. Calls that give something back   \
     do so nevertheless. */                                                                                  \
  X(sennitEmulatedFault, (int call, int error))                                                              \
  X(sennitEmulatedCalls, (unsigned long long *calls))                                                        \
  /* Objects that are not destroyed: allocations, pinned memory, modules, streams, events, graphs. */        \
  X(sennitEmulatedLive, (unsigned long long *objects))                                                       \
  /* Objects that still lived when a primary context was released for the last time, in all. */              \
  X(sennitEmulatedLeaks, (unsigned long long *objects))                                                      \
  /* The sentence of the newest fault of a kernel, or of the newest refused call; empty where none. */       \
  X(sennitEmulatedLastError, (const char **sentence))                                                        \
  X(sennitEmulatedSeed, (unsigned seed))
