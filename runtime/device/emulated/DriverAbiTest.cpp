// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Compares our declarations with NVIDIA's header, where that is installed.
#include "runtime/device/emulated/DriverAbi.h"

#include <gtest/gtest.h>

#include <cuda.h>

namespace sennit {

TEST(DriverAbi, ResultsAreThoseOfTheHeader) {
#define SENNIT_CU_CHECK(name, value, symbol, sentence)                                                       \
  static_assert(int(cu::name) == int(symbol));                                                               \
  EXPECT_STRNE(sentence, "");
  SENNIT_CU_RESULTS(SENNIT_CU_CHECK)
#undef SENNIT_CU_CHECK
}

#define SENNIT_SAME_VALUE(ours, theirs) static_assert(int(cu::ours) == int(theirs))
SENNIT_SAME_VALUE(MaxThreadsPerBlock, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
SENNIT_SAME_VALUE(MaxBlockDimX, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X);
SENNIT_SAME_VALUE(MaxGridDimX, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X);
SENNIT_SAME_VALUE(MaxSharedMemoryPerBlock, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
SENNIT_SAME_VALUE(WarpSize, CU_DEVICE_ATTRIBUTE_WARP_SIZE);
SENNIT_SAME_VALUE(MaxRegistersPerBlock, CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK);
SENNIT_SAME_VALUE(ClockRate, CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
SENNIT_SAME_VALUE(MultiprocessorCount, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
SENNIT_SAME_VALUE(Integrated, CU_DEVICE_ATTRIBUTE_INTEGRATED);
SENNIT_SAME_VALUE(CanMapHostMemory, CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY);
SENNIT_SAME_VALUE(ConcurrentKernels, CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS);
SENNIT_SAME_VALUE(EccEnabled, CU_DEVICE_ATTRIBUTE_ECC_ENABLED);
SENNIT_SAME_VALUE(PciBusId, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID);
SENNIT_SAME_VALUE(MemoryClockRate, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE);
SENNIT_SAME_VALUE(GlobalMemoryBusWidth, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH);
SENNIT_SAME_VALUE(L2CacheSize, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
SENNIT_SAME_VALUE(MaxThreadsPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR);
SENNIT_SAME_VALUE(AsyncEngineCount, CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT);
SENNIT_SAME_VALUE(UnifiedAddressing, CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING);
SENNIT_SAME_VALUE(ComputeCapabilityMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
SENNIT_SAME_VALUE(ComputeCapabilityMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
SENNIT_SAME_VALUE(MaxSharedMemoryPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR);
SENNIT_SAME_VALUE(MaxRegistersPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR);
SENNIT_SAME_VALUE(MaxSharedMemoryPerBlockOptin, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
SENNIT_SAME_VALUE(MaxBlocksPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR);
SENNIT_SAME_VALUE(ReservedSharedMemoryPerBlock, CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK);
SENNIT_SAME_VALUE(FunctionMaxThreadsPerBlock, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
SENNIT_SAME_VALUE(FunctionSharedSizeBytes, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
SENNIT_SAME_VALUE(FunctionConstSizeBytes, CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES);
SENNIT_SAME_VALUE(FunctionLocalSizeBytes, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
SENNIT_SAME_VALUE(FunctionNumRegs, CU_FUNC_ATTRIBUTE_NUM_REGS);
SENNIT_SAME_VALUE(FunctionPtxVersion, CU_FUNC_ATTRIBUTE_PTX_VERSION);
SENNIT_SAME_VALUE(FunctionBinaryVersion, CU_FUNC_ATTRIBUTE_BINARY_VERSION);
SENNIT_SAME_VALUE(MaxDynamicSharedSizeBytes, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
SENNIT_SAME_VALUE(PreferredSharedMemoryCarveout, CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT);
SENNIT_SAME_VALUE(MemoryHost, CU_MEMORYTYPE_HOST);
SENNIT_SAME_VALUE(MemoryDevice, CU_MEMORYTYPE_DEVICE);
SENNIT_SAME_VALUE(PointerMemoryType, CU_POINTER_ATTRIBUTE_MEMORY_TYPE);
SENNIT_SAME_VALUE(streamNonBlocking, CU_STREAM_NON_BLOCKING);
SENNIT_SAME_VALUE(eventDisableTiming, CU_EVENT_DISABLE_TIMING);

static_assert(sizeof(cu::Device) == sizeof(CUdevice) && sizeof(cu::DevicePointer) == sizeof(CUdeviceptr));
static_assert(sizeof(cu::Context) == sizeof(CUcontext) && sizeof(cu::Result) == sizeof(CUresult));

#define SENNIT_SAME_PLACE(ours, field, theirs, itsField)                                                     \
  static_assert(offsetof(cu::ours, field) == offsetof(theirs, itsField) &&                                   \
                sizeof(cu::ours::field) == sizeof(theirs::itsField))
static_assert(sizeof(cu::Uuid) == sizeof(CUuuid));
static_assert(sizeof(cu::KernelNodeParams) == sizeof(CUDA_KERNEL_NODE_PARAMS_v2));
SENNIT_SAME_PLACE(KernelNodeParams, func, CUDA_KERNEL_NODE_PARAMS_v2, func);
SENNIT_SAME_PLACE(KernelNodeParams, gridDimX, CUDA_KERNEL_NODE_PARAMS_v2, gridDimX);
SENNIT_SAME_PLACE(KernelNodeParams, blockDimX, CUDA_KERNEL_NODE_PARAMS_v2, blockDimX);
SENNIT_SAME_PLACE(KernelNodeParams, sharedMemBytes, CUDA_KERNEL_NODE_PARAMS_v2, sharedMemBytes);
SENNIT_SAME_PLACE(KernelNodeParams, kernelParams, CUDA_KERNEL_NODE_PARAMS_v2, kernelParams);
SENNIT_SAME_PLACE(KernelNodeParams, extra, CUDA_KERNEL_NODE_PARAMS_v2, extra);
SENNIT_SAME_PLACE(KernelNodeParams, kern, CUDA_KERNEL_NODE_PARAMS_v2, kern);
SENNIT_SAME_PLACE(KernelNodeParams, ctx, CUDA_KERNEL_NODE_PARAMS_v2, ctx);
static_assert(sizeof(cu::Memcpy3d) == sizeof(CUDA_MEMCPY3D_v2));
SENNIT_SAME_PLACE(Memcpy3d, srcXInBytes, CUDA_MEMCPY3D_v2, srcXInBytes);
SENNIT_SAME_PLACE(Memcpy3d, srcMemoryType, CUDA_MEMCPY3D_v2, srcMemoryType);
SENNIT_SAME_PLACE(Memcpy3d, srcHost, CUDA_MEMCPY3D_v2, srcHost);
SENNIT_SAME_PLACE(Memcpy3d, srcDevice, CUDA_MEMCPY3D_v2, srcDevice);
SENNIT_SAME_PLACE(Memcpy3d, srcPitch, CUDA_MEMCPY3D_v2, srcPitch);
SENNIT_SAME_PLACE(Memcpy3d, dstXInBytes, CUDA_MEMCPY3D_v2, dstXInBytes);
SENNIT_SAME_PLACE(Memcpy3d, dstMemoryType, CUDA_MEMCPY3D_v2, dstMemoryType);
SENNIT_SAME_PLACE(Memcpy3d, dstHost, CUDA_MEMCPY3D_v2, dstHost);
SENNIT_SAME_PLACE(Memcpy3d, dstDevice, CUDA_MEMCPY3D_v2, dstDevice);
SENNIT_SAME_PLACE(Memcpy3d, dstPitch, CUDA_MEMCPY3D_v2, dstPitch);
SENNIT_SAME_PLACE(Memcpy3d, widthInBytes, CUDA_MEMCPY3D_v2, WidthInBytes);
SENNIT_SAME_PLACE(Memcpy3d, depth, CUDA_MEMCPY3D_v2, Depth);
static_assert(sizeof(cu::MemsetNodeParams) == sizeof(CUDA_MEMSET_NODE_PARAMS_v1));
SENNIT_SAME_PLACE(MemsetNodeParams, dst, CUDA_MEMSET_NODE_PARAMS_v1, dst);
SENNIT_SAME_PLACE(MemsetNodeParams, value, CUDA_MEMSET_NODE_PARAMS_v1, value);
SENNIT_SAME_PLACE(MemsetNodeParams, elementSize, CUDA_MEMSET_NODE_PARAMS_v1, elementSize);
SENNIT_SAME_PLACE(MemsetNodeParams, height, CUDA_MEMSET_NODE_PARAMS_v1, height);
static_assert(sizeof(cu::LaunchConfig) == sizeof(CUlaunchConfig));
SENNIT_SAME_PLACE(LaunchConfig, gridDimX, CUlaunchConfig, gridDimX);
SENNIT_SAME_PLACE(LaunchConfig, sharedMemBytes, CUlaunchConfig, sharedMemBytes);
SENNIT_SAME_PLACE(LaunchConfig, stream, CUlaunchConfig, hStream);
SENNIT_SAME_PLACE(LaunchConfig, attributes, CUlaunchConfig, attrs);
SENNIT_SAME_PLACE(LaunchConfig, attributeCount, CUlaunchConfig, numAttrs);

} // namespace sennit
