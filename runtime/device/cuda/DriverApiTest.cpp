// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Our declarations of the driver's interface against NVIDIA's header.
#include "runtime/device/cuda/DriverApi.h"

#include "runtime/device/cuda/CudaStatus.h"

#include <cuda.h>
#include <gtest/gtest.h>

#include <cstddef>

namespace sennit::cuda {

// NVIDIA's types stand outside the namespace; ours have other names but for these.
using TheirKernelNode = ::CUDA_KERNEL_NODE_PARAMS_v2;
using TheirCopy = ::CUDA_MEMCPY3D_v2;

static_assert(sizeof(KernelNodeParams) == sizeof(TheirKernelNode));
static_assert(offsetof(KernelNodeParams, function) == offsetof(TheirKernelNode, func));
static_assert(offsetof(KernelNodeParams, gridX) == offsetof(TheirKernelNode, gridDimX));
static_assert(offsetof(KernelNodeParams, blockX) == offsetof(TheirKernelNode, blockDimX));
static_assert(offsetof(KernelNodeParams, sharedBytes) == offsetof(TheirKernelNode, sharedMemBytes));
static_assert(offsetof(KernelNodeParams, parameters) == offsetof(TheirKernelNode, kernelParams));
static_assert(offsetof(KernelNodeParams, extra) == offsetof(TheirKernelNode, extra));
static_assert(offsetof(KernelNodeParams, kernel) == offsetof(TheirKernelNode, kern));
static_assert(offsetof(KernelNodeParams, context) == offsetof(TheirKernelNode, ctx));

static_assert(sizeof(CopyParams) == sizeof(TheirCopy));
constexpr size_t source = offsetof(CopyParams, source), target = offsetof(CopyParams, target);
static_assert(source + offsetof(CopySide, xBytes) == offsetof(TheirCopy, srcXInBytes));
static_assert(source + offsetof(CopySide, type) == offsetof(TheirCopy, srcMemoryType));
static_assert(source + offsetof(CopySide, host) == offsetof(TheirCopy, srcHost));
static_assert(source + offsetof(CopySide, device) == offsetof(TheirCopy, srcDevice));
static_assert(source + offsetof(CopySide, array) == offsetof(TheirCopy, srcArray));
static_assert(source + offsetof(CopySide, pitch) == offsetof(TheirCopy, srcPitch));
static_assert(source + offsetof(CopySide, height) == offsetof(TheirCopy, srcHeight));
static_assert(target + offsetof(CopySide, xBytes) == offsetof(TheirCopy, dstXInBytes));
static_assert(target + offsetof(CopySide, type) == offsetof(TheirCopy, dstMemoryType));
static_assert(target + offsetof(CopySide, host) == offsetof(TheirCopy, dstHost));
static_assert(target + offsetof(CopySide, device) == offsetof(TheirCopy, dstDevice));
static_assert(target + offsetof(CopySide, pitch) == offsetof(TheirCopy, dstPitch));
static_assert(offsetof(CopyParams, widthBytes) == offsetof(TheirCopy, WidthInBytes));
static_assert(offsetof(CopyParams, height) == offsetof(TheirCopy, Height));
static_assert(offsetof(CopyParams, depth) == offsetof(TheirCopy, Depth));

static_assert(int(DeviceAttribute::MultiprocessorCount) == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
static_assert(int(DeviceAttribute::ComputeCapabilityMajor) == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(int(DeviceAttribute::ComputeCapabilityMinor) == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
static_assert(int(DeviceAttribute::MaxSharedMemoryPerBlockOptin) ==
              CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
static_assert(int(FunctionAttribute::MaxDynamicSharedSizeBytes) ==
              CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
static_assert(int(MemoryType::Host) == CU_MEMORYTYPE_HOST && int(MemoryType::Device) == CU_MEMORYTYPE_DEVICE);
static_assert(streamNonBlocking == CU_STREAM_NON_BLOCKING && eventDefault == CU_EVENT_DEFAULT &&
              eventDisableTiming == CU_EVENT_DISABLE_TIMING);
static_assert(sizeof(DeviceNumber) == sizeof(::CUdevice) && sizeof(DeviceAddress) == sizeof(::CUdeviceptr));

// Written out, so that a value which the table lacks or misnames is found; the compiler checks the names.
#define SENNIT_RESULTS(X)                                                                                    \
  X(CUDA_SUCCESS)                                                                                            \
  X(CUDA_ERROR_INVALID_VALUE)                                                                                \
  X(CUDA_ERROR_OUT_OF_MEMORY)                                                                                \
  X(CUDA_ERROR_NOT_INITIALIZED)                                                                              \
  X(CUDA_ERROR_DEINITIALIZED)                                                                                \
  X(CUDA_ERROR_PROFILER_NOT_INITIALIZED)                                                                     \
  X(CUDA_ERROR_PROFILER_ALREADY_STARTED)                                                                     \
  X(CUDA_ERROR_PROFILER_ALREADY_STOPPED)                                                                     \
  X(CUDA_ERROR_STUB_LIBRARY)                                                                                 \
  X(CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER)                                                                   \
  X(CUDA_ERROR_NO_DEVICE)                                                                                    \
  X(CUDA_ERROR_INVALID_DEVICE)                                                                               \
  X(CUDA_ERROR_DEVICE_NOT_LICENSED)                                                                          \
  X(CUDA_ERROR_INVALID_IMAGE)                                                                                \
  X(CUDA_ERROR_INVALID_CONTEXT)                                                                              \
  X(CUDA_ERROR_CONTEXT_ALREADY_CURRENT)                                                                      \
  X(CUDA_ERROR_UNMAP_FAILED)                                                                                 \
  X(CUDA_ERROR_ARRAY_IS_MAPPED)                                                                              \
  X(CUDA_ERROR_ALREADY_MAPPED)                                                                               \
  X(CUDA_ERROR_NO_BINARY_FOR_GPU)                                                                            \
  X(CUDA_ERROR_ALREADY_ACQUIRED)                                                                             \
  X(CUDA_ERROR_NOT_MAPPED)                                                                                   \
  X(CUDA_ERROR_NOT_MAPPED_AS_POINTER)                                                                        \
  X(CUDA_ERROR_ECC_UNCORRECTABLE)                                                                            \
  X(CUDA_ERROR_UNSUPPORTED_LIMIT)                                                                            \
  X(CUDA_ERROR_CONTEXT_ALREADY_IN_USE)                                                                       \
  X(CUDA_ERROR_PEER_ACCESS_UNSUPPORTED)                                                                      \
  X(CUDA_ERROR_INVALID_GRAPHICS_CONTEXT)                                                                     \
  X(CUDA_ERROR_NVLINK_UNCORRECTABLE)                                                                         \
  X(CUDA_ERROR_JIT_COMPILER_NOT_FOUND)                                                                       \
  X(CUDA_ERROR_UNSUPPORTED_PTX_VERSION)                                                                      \
  X(CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY)                                                                    \
  X(CUDA_ERROR_INVALID_SOURCE)                                                                               \
  X(CUDA_ERROR_FILE_NOT_FOUND)                                                                               \
  X(CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND)                                                               \
  X(CUDA_ERROR_OPERATING_SYSTEM)                                                                             \
  X(CUDA_ERROR_INVALID_HANDLE)                                                                               \
  X(CUDA_ERROR_ILLEGAL_STATE)                                                                                \
  X(CUDA_ERROR_LOSSY_QUERY)                                                                                  \
  X(CUDA_ERROR_NOT_FOUND)                                                                                    \
  X(CUDA_ERROR_ILLEGAL_ADDRESS)                                                                              \
  X(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES)                                                                      \
  X(CUDA_ERROR_LAUNCH_TIMEOUT)                                                                               \
  X(CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING)                                                                \
  X(CUDA_ERROR_PEER_ACCESS_NOT_ENABLED)                                                                      \
  X(CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE)                                                                       \
  X(CUDA_ERROR_CONTEXT_IS_DESTROYED)                                                                         \
  X(CUDA_ERROR_TOO_MANY_PEERS)                                                                               \
  X(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED)                                                               \
  X(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED)                                                                   \
  X(CUDA_ERROR_HARDWARE_STACK_ERROR)                                                                         \
  X(CUDA_ERROR_MISALIGNED_ADDRESS)                                                                           \
  X(CUDA_ERROR_INVALID_ADDRESS_SPACE)                                                                        \
  X(CUDA_ERROR_INVALID_PC)                                                                                   \
  X(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE)                                                                 \
  X(CUDA_ERROR_NOT_PERMITTED)                                                                                \
  X(CUDA_ERROR_NOT_SUPPORTED)                                                                                \
  X(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH)                                                                       \
  X(CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE)                                                               \
  X(CUDA_ERROR_MPS_RPC_FAILURE)                                                                              \
  X(CUDA_ERROR_MPS_SERVER_NOT_READY)                                                                         \
  X(CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED)                                                                  \
  X(CUDA_ERROR_CDP_NOT_SUPPORTED)                                                                            \
  X(CUDA_ERROR_CDP_VERSION_MISMATCH)                                                                         \
  X(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED)                                                                   \
  X(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED)                                                                     \
  X(CUDA_ERROR_STREAM_CAPTURE_ISOLATION)                                                                     \
  X(CUDA_ERROR_CAPTURED_EVENT)                                                                               \
  X(CUDA_ERROR_TIMEOUT)                                                                                      \
  X(CUDA_ERROR_EXTERNAL_DEVICE)                                                                              \
  X(CUDA_ERROR_UNKNOWN)

TEST(DriverApi, NamesResultsAsTheHeaderDoes) {
#define SENNIT_EXPECT_NAME(name) EXPECT_EQ(resultName(Result(name)), #name);
  SENNIT_RESULTS(SENNIT_EXPECT_NAME)
#undef SENNIT_EXPECT_NAME
}

} // namespace sennit::cuda
