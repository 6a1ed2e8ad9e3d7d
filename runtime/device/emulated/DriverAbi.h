// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Types and values of NVIDIA's CUDA driver API, as far as it is emulated: facts of its binary interface from
// the CUDA Driver API reference manual, so that the emulated driver needs no cuda.h. The runtime has
// declarations of its own (docs/decisions.md). DriverAbiTest compares these with cuda.h where that is
// installed.
#pragma once

#include <cstddef>

namespace sennit::cu {

using Device = int;
using DevicePointer = unsigned long long;
using Context = struct ContextObject *;
using Module = struct ModuleObject *;
using Function = struct FunctionObject *;
using Kernel = struct KernelObject *;
using Stream = struct StreamObject *;
using Event = struct EventObject *;
using Graph = struct GraphObject *;
using GraphNode = struct GraphNodeObject *;
using GraphExec = struct GraphExecObject *;

/// X(name here, value, name of the driver, sentence): the errors that we tell apart. An int holds any other.
#define SENNIT_CU_RESULTS(X)                                                                                 \
  X(Success, 0, CUDA_SUCCESS, "no error")                                                                    \
  X(InvalidValue, 1, CUDA_ERROR_INVALID_VALUE, "invalid argument")                                           \
  X(OutOfMemory, 2, CUDA_ERROR_OUT_OF_MEMORY, "out of memory")                                               \
  X(NotInitialized, 3, CUDA_ERROR_NOT_INITIALIZED, "the driver is not initialized")                          \
  X(Deinitialized, 4, CUDA_ERROR_DEINITIALIZED, "the driver is shutting down")                               \
  X(StubLibrary, 34, CUDA_ERROR_STUB_LIBRARY, "the driver library is a stub")                                \
  X(DeviceUnavailable, 46, CUDA_ERROR_DEVICE_UNAVAILABLE, "the device is busy or unavailable")               \
  X(NoDevice, 100, CUDA_ERROR_NO_DEVICE, "no CUDA device was found")                                         \
  X(InvalidDevice, 101, CUDA_ERROR_INVALID_DEVICE, "invalid device ordinal")                                 \
  X(InvalidImage, 200, CUDA_ERROR_INVALID_IMAGE, "the device code is not valid")                             \
  X(InvalidContext, 201, CUDA_ERROR_INVALID_CONTEXT, "no context is current, or it is not valid")            \
  X(NoBinaryForGpu, 209, CUDA_ERROR_NO_BINARY_FOR_GPU, "no code for this device")                            \
  X(EccUncorrectable, 214, CUDA_ERROR_ECC_UNCORRECTABLE, "an uncorrectable error of the device's memory")    \
  X(InvalidPtx, 218, CUDA_ERROR_INVALID_PTX, "the PTX is not valid")                                         \
  X(JitCompilerNotFound, 221, CUDA_ERROR_JIT_COMPILER_NOT_FOUND, "the driver's PTX compiler is missing")     \
  X(UnsupportedPtxVersion, 222, CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "the PTX is too new for the driver")     \
  X(OperatingSystem, 304, CUDA_ERROR_OPERATING_SYSTEM, "a call of the operating system failed")              \
  X(InvalidHandle, 400, CUDA_ERROR_INVALID_HANDLE, "invalid handle")                                         \
  X(IllegalState, 401, CUDA_ERROR_ILLEGAL_STATE, "a needed resource is in the wrong state")                  \
  X(NotFound, 500, CUDA_ERROR_NOT_FOUND, "the named symbol was not found")                                   \
  X(NotReady, 600, CUDA_ERROR_NOT_READY, "not ready yet")                                                    \
  X(IllegalAddress, 700, CUDA_ERROR_ILLEGAL_ADDRESS, "a kernel used an illegal address")                     \
  X(LaunchOutOfResources, 701, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "a launch asked for too many resources")  \
  X(LaunchTimeout, 702, CUDA_ERROR_LAUNCH_TIMEOUT, "a kernel ran for too long")                              \
  X(PrimaryContextActive, 708, CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE, "the primary context is active already")   \
  X(ContextIsDestroyed, 709, CUDA_ERROR_CONTEXT_IS_DESTROYED, "the context is destroyed")                    \
  X(HostMemoryAlreadyRegistered, 712, CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, "memory is pinned already") \
  X(HostMemoryNotRegistered, 713, CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, "memory is not pinned")             \
  X(IllegalInstruction, 715, CUDA_ERROR_ILLEGAL_INSTRUCTION, "a kernel met an illegal instruction")          \
  X(MisalignedAddress, 716, CUDA_ERROR_MISALIGNED_ADDRESS, "a kernel used a misaligned address")             \
  X(LaunchFailed, 719, CUDA_ERROR_LAUNCH_FAILED, "a kernel failed")                                          \
  X(NotPermitted, 800, CUDA_ERROR_NOT_PERMITTED, "not permitted")                                            \
  X(NotSupported, 801, CUDA_ERROR_NOT_SUPPORTED, "not supported")                                            \
  X(SystemNotReady, 802, CUDA_ERROR_SYSTEM_NOT_READY, "the system is not ready")                             \
  X(SystemDriverMismatch, 803, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, "kernel driver and library do not match")  \
  X(Unknown, 999, CUDA_ERROR_UNKNOWN, "unknown error")

enum Result : int {
#define SENNIT_CU_ENUMERATOR(name, value, symbol, sentence) name = value,
  SENNIT_CU_RESULTS(SENNIT_CU_ENUMERATOR)
#undef SENNIT_CU_ENUMERATOR
};

/// CUdevice_attribute.
enum DeviceAttribute : int {
  MaxThreadsPerBlock = 1,
  MaxBlockDimX = 2,
  MaxGridDimX = 5,
  MaxSharedMemoryPerBlock = 8, ///< without asking for more, bytes
  WarpSize = 10,
  MaxRegistersPerBlock = 12,
  ClockRate = 13, ///< kHz
  MultiprocessorCount = 16,
  Integrated = 18,
  CanMapHostMemory = 19,
  ConcurrentKernels = 31,
  EccEnabled = 32,
  PciBusId = 33,
  MemoryClockRate = 36,      ///< kHz
  GlobalMemoryBusWidth = 37, ///< bits
  L2CacheSize = 38,          ///< bytes
  MaxThreadsPerMultiprocessor = 39,
  AsyncEngineCount = 40,
  UnifiedAddressing = 41,
  ComputeCapabilityMajor = 75,
  ComputeCapabilityMinor = 76,
  MaxSharedMemoryPerMultiprocessor = 81,
  MaxRegistersPerMultiprocessor = 82,
  MaxSharedMemoryPerBlockOptin = 97, ///< with FunctionAttribute::MaxDynamicSharedSizeBytes
  MaxBlocksPerMultiprocessor = 106,
  ReservedSharedMemoryPerBlock = 111,
};

/// CUfunction_attribute.
enum FunctionAttribute : int {
  FunctionMaxThreadsPerBlock = 0,
  FunctionSharedSizeBytes = 1,
  FunctionConstSizeBytes = 2,
  FunctionLocalSizeBytes = 3,
  FunctionNumRegs = 4,
  FunctionPtxVersion = 5,
  FunctionBinaryVersion = 6,
  MaxDynamicSharedSizeBytes = 8,
  PreferredSharedMemoryCarveout = 9,
};

/// CUmemorytype, CUpointer_attribute.
enum MemoryType : int { MemoryHost = 1, MemoryDevice = 2 };
enum PointerAttribute : int { PointerMemoryType = 2 };

constexpr unsigned streamNonBlocking = 1, eventDisableTiming = 2;

/// CUuuid.
struct Uuid {
  char bytes[16];
};

/// CUDA_KERNEL_NODE_PARAMS_v2, of cuGraphAddKernelNode_v2.
struct KernelNodeParams {
  Function func;
  unsigned gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ, sharedMemBytes;
  void **kernelParams;
  void **extra;
  Kernel kern; ///< used where func is null
  Context ctx; ///< used with kern
};

/// CUDA_MEMCPY3D_v2; one row of bytes has height and depth 1.
struct Memcpy3d {
  size_t srcXInBytes, srcY, srcZ, srcLod;
  MemoryType srcMemoryType;
  const void *srcHost;
  DevicePointer srcDevice;
  void *srcArray;
  void *reserved0;
  size_t srcPitch, srcHeight;
  size_t dstXInBytes, dstY, dstZ, dstLod;
  MemoryType dstMemoryType;
  void *dstHost;
  DevicePointer dstDevice;
  void *dstArray;
  void *reserved1;
  size_t dstPitch, dstHeight;
  size_t widthInBytes, height, depth;
};

/// CUDA_MEMSET_NODE_PARAMS_v1, of cuGraphAddMemsetNode.
struct MemsetNodeParams {
  DevicePointer dst;
  size_t pitch;
  unsigned value, elementSize;
  size_t width, height; ///< elements, rows
};

/// CUlaunchConfig; we set no attributes.
struct LaunchConfig {
  unsigned gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ, sharedMemBytes;
  Stream stream;
  void *attributes;
  unsigned attributeCount;
};

} // namespace sennit::cu
