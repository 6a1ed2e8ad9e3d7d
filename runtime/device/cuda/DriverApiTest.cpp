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
TEST(DriverApi, NamesResultsAsTheHeaderDoes) {
  const std::pair<::CUresult, const char *> values[] = {
#define SENNIT_VALUE(name) {name, #name},
      SENNIT_VALUE(CUDA_SUCCESS) SENNIT_VALUE(CUDA_ERROR_INVALID_VALUE) SENNIT_VALUE(CUDA_ERROR_OUT_OF_MEMORY) SENNIT_VALUE(
          CUDA_ERROR_NOT_INITIALIZED) SENNIT_VALUE(CUDA_ERROR_DEINITIALIZED) SENNIT_VALUE(CUDA_ERROR_PROFILER_DISABLED) SENNIT_VALUE(CUDA_ERROR_PROFILER_NOT_INITIALIZED)
          SENNIT_VALUE(CUDA_ERROR_PROFILER_ALREADY_STARTED) SENNIT_VALUE(CUDA_ERROR_PROFILER_ALREADY_STOPPED) SENNIT_VALUE(
              CUDA_ERROR_STUB_LIBRARY) SENNIT_VALUE(CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER) SENNIT_VALUE(CUDA_ERROR_DEVICE_UNAVAILABLE)
              SENNIT_VALUE(CUDA_ERROR_NO_DEVICE) SENNIT_VALUE(CUDA_ERROR_INVALID_DEVICE) SENNIT_VALUE(
                  CUDA_ERROR_DEVICE_NOT_LICENSED) SENNIT_VALUE(CUDA_ERROR_INVALID_IMAGE) SENNIT_VALUE(CUDA_ERROR_INVALID_CONTEXT)
                  SENNIT_VALUE(CUDA_ERROR_CONTEXT_ALREADY_CURRENT) SENNIT_VALUE(CUDA_ERROR_MAP_FAILED) SENNIT_VALUE(CUDA_ERROR_UNMAP_FAILED) SENNIT_VALUE(
                      CUDA_ERROR_ARRAY_IS_MAPPED) SENNIT_VALUE(CUDA_ERROR_ALREADY_MAPPED) SENNIT_VALUE(CUDA_ERROR_NO_BINARY_FOR_GPU)
                      SENNIT_VALUE(CUDA_ERROR_ALREADY_ACQUIRED) SENNIT_VALUE(CUDA_ERROR_NOT_MAPPED) SENNIT_VALUE(
                          CUDA_ERROR_NOT_MAPPED_AS_ARRAY) SENNIT_VALUE(CUDA_ERROR_NOT_MAPPED_AS_POINTER) SENNIT_VALUE(CUDA_ERROR_ECC_UNCORRECTABLE)
                          SENNIT_VALUE(CUDA_ERROR_UNSUPPORTED_LIMIT) SENNIT_VALUE(CUDA_ERROR_CONTEXT_ALREADY_IN_USE) SENNIT_VALUE(
                              CUDA_ERROR_PEER_ACCESS_UNSUPPORTED) SENNIT_VALUE(CUDA_ERROR_INVALID_PTX) SENNIT_VALUE(CUDA_ERROR_INVALID_GRAPHICS_CONTEXT)
                              SENNIT_VALUE(CUDA_ERROR_NVLINK_UNCORRECTABLE) SENNIT_VALUE(CUDA_ERROR_JIT_COMPILER_NOT_FOUND) SENNIT_VALUE(
                                  CUDA_ERROR_UNSUPPORTED_PTX_VERSION) SENNIT_VALUE(CUDA_ERROR_JIT_COMPILATION_DISABLED)
                                  SENNIT_VALUE(CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY) SENNIT_VALUE(CUDA_ERROR_INVALID_SOURCE) SENNIT_VALUE(
                                      CUDA_ERROR_FILE_NOT_FOUND) SENNIT_VALUE(CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND)
                                      SENNIT_VALUE(CUDA_ERROR_SHARED_OBJECT_INIT_FAILED) SENNIT_VALUE(
                                          CUDA_ERROR_OPERATING_SYSTEM) SENNIT_VALUE(CUDA_ERROR_INVALID_HANDLE)
                                          SENNIT_VALUE(CUDA_ERROR_ILLEGAL_STATE) SENNIT_VALUE(CUDA_ERROR_LOSSY_QUERY) SENNIT_VALUE(
                                              CUDA_ERROR_NOT_FOUND) SENNIT_VALUE(CUDA_ERROR_NOT_READY) SENNIT_VALUE(CUDA_ERROR_ILLEGAL_ADDRESS)
                                              SENNIT_VALUE(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES) SENNIT_VALUE(
                                                  CUDA_ERROR_LAUNCH_TIMEOUT) SENNIT_VALUE(CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING)
                                                  SENNIT_VALUE(CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) SENNIT_VALUE(
                                                      CUDA_ERROR_PEER_ACCESS_NOT_ENABLED) SENNIT_VALUE(CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE)
                                                      SENNIT_VALUE(CUDA_ERROR_CONTEXT_IS_DESTROYED) SENNIT_VALUE(CUDA_ERROR_ASSERT) SENNIT_VALUE(CUDA_ERROR_TOO_MANY_PEERS) SENNIT_VALUE(
                                                          CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED) SENNIT_VALUE(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED)
                                                          SENNIT_VALUE(CUDA_ERROR_HARDWARE_STACK_ERROR) SENNIT_VALUE(
                                                              CUDA_ERROR_ILLEGAL_INSTRUCTION) SENNIT_VALUE(CUDA_ERROR_MISALIGNED_ADDRESS)
                                                              SENNIT_VALUE(CUDA_ERROR_INVALID_ADDRESS_SPACE) SENNIT_VALUE(
                                                                  CUDA_ERROR_INVALID_PC) SENNIT_VALUE(CUDA_ERROR_LAUNCH_FAILED)
                                                                  SENNIT_VALUE(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE) SENNIT_VALUE(
                                                                      CUDA_ERROR_NOT_PERMITTED) SENNIT_VALUE(CUDA_ERROR_NOT_SUPPORTED)
                                                                      SENNIT_VALUE(CUDA_ERROR_SYSTEM_NOT_READY) SENNIT_VALUE(
                                                                          CUDA_ERROR_SYSTEM_DRIVER_MISMATCH) SENNIT_VALUE(CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE)
                                                                          SENNIT_VALUE(CUDA_ERROR_MPS_CONNECTION_FAILED) SENNIT_VALUE(
                                                                              CUDA_ERROR_MPS_RPC_FAILURE) SENNIT_VALUE(CUDA_ERROR_MPS_SERVER_NOT_READY)
                                                                              SENNIT_VALUE(CUDA_ERROR_MPS_MAX_CLIENTS_REACHED) SENNIT_VALUE(
                                                                                  CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED)
                                                                                  SENNIT_VALUE(CUDA_ERROR_MPS_CLIENT_TERMINATED) SENNIT_VALUE(
                                                                                      CUDA_ERROR_CDP_NOT_SUPPORTED)
                                                                                      SENNIT_VALUE(CUDA_ERROR_CDP_VERSION_MISMATCH) SENNIT_VALUE(
                                                                                          CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
                                                                                          SENNIT_VALUE(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED) SENNIT_VALUE(
                                                                                              CUDA_ERROR_STREAM_CAPTURE_MERGE)
                                                                                              SENNIT_VALUE(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED) SENNIT_VALUE(
                                                                                                  CUDA_ERROR_STREAM_CAPTURE_UNJOINED)
                                                                                                  SENNIT_VALUE(
                                                                                                      CUDA_ERROR_STREAM_CAPTURE_ISOLATION)
                                                                                                      SENNIT_VALUE(
                                                                                                          CUDA_ERROR_STREAM_CAPTURE_IMPLICIT)
                                                                                                          SENNIT_VALUE(
                                                                                                              CUDA_ERROR_CAPTURED_EVENT)
                                                                                                              SENNIT_VALUE(
                                                                                                                  CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD)
                                                                                                                  SENNIT_VALUE(
                                                                                                                      CUDA_ERROR_TIMEOUT)
                                                                                                                      SENNIT_VALUE(
                                                                                                                          CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE)
                                                                                                                          SENNIT_VALUE(
                                                                                                                              CUDA_ERROR_EXTERNAL_DEVICE)
                                                                                                                              SENNIT_VALUE(
                                                                                                                                  CUDA_ERROR_UNKNOWN)
#undef SENNIT_VALUE
  };
  for (const auto &[value, name] : values)
    EXPECT_EQ(resultName(Result(value)), name);
}

} // namespace sennit::cuda
