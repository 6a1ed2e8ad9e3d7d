// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The one place where the driver's results become a Status.
#include "runtime/device/cuda/CudaStatus.h"

#include <algorithm>
#include <array>

namespace sennit::cuda {

namespace {

/// Facts: CUresult in NVIDIA's CUDA Driver API reference, version 13.0. A Code says whose fault it is:
/// Internal what only a defect of ours can cause, Unavailable what the machine lacks, Unsupported code that
/// does not fit.
constexpr auto meanings = std::to_array<ResultMeaning>({
    {0, "CUDA_SUCCESS", Code::Ok, "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", Code::Internal, "an argument is wrong"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", Code::ResourceExhausted, "the device or the host has no memory left"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", Code::Internal, "the driver is not initialised"},
    {4, "CUDA_ERROR_DEINITIALIZED", Code::Internal, "the driver is shutting down"},
    {5, "CUDA_ERROR_PROFILER_DISABLED", Code::Internal, "the profiler is not used here"},
    {6, "CUDA_ERROR_PROFILER_NOT_INITIALIZED", Code::Internal, "the profiler is not used here"},
    {7, "CUDA_ERROR_PROFILER_ALREADY_STARTED", Code::Internal, "the profiler is not used here"},
    {8, "CUDA_ERROR_PROFILER_ALREADY_STOPPED", Code::Internal, "the profiler is not used here"},
    {34, "CUDA_ERROR_STUB_LIBRARY", Code::Unavailable, "the library is the stub of a toolkit, not a driver"},
    {36, "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER", Code::Unavailable, "the call needs a newer driver"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", Code::Unavailable,
     "the device is busy or exclusive to another process"},
    {100, "CUDA_ERROR_NO_DEVICE", Code::Unavailable, "there is no CUDA device"},
    {101, "CUDA_ERROR_INVALID_DEVICE", Code::Unavailable, "there is no device of this number"},
    {102, "CUDA_ERROR_DEVICE_NOT_LICENSED", Code::Unavailable, "the device has no licence"},
    {200, "CUDA_ERROR_INVALID_IMAGE", Code::Unsupported, "the code is not an image that this driver reads"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", Code::Internal, "the context is not valid"},
    {202, "CUDA_ERROR_CONTEXT_ALREADY_CURRENT", Code::Internal, "context already current"},
    {205, "CUDA_ERROR_MAP_FAILED", Code::Internal, "map failed"},
    {206, "CUDA_ERROR_UNMAP_FAILED", Code::Internal, "unmap failed"},
    {207, "CUDA_ERROR_ARRAY_IS_MAPPED", Code::Internal, "array is mapped"},
    {208, "CUDA_ERROR_ALREADY_MAPPED", Code::Internal, "already mapped"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", Code::Unsupported, "the code is not for this device"},
    {210, "CUDA_ERROR_ALREADY_ACQUIRED", Code::Internal, "already acquired"},
    {211, "CUDA_ERROR_NOT_MAPPED", Code::Internal, "not mapped"},
    {212, "CUDA_ERROR_NOT_MAPPED_AS_ARRAY", Code::Internal, "not mapped as array"},
    {213, "CUDA_ERROR_NOT_MAPPED_AS_POINTER", Code::Internal, "not mapped as pointer"},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE", Code::Unavailable,
     "the memory of the device had an error that it could not correct"},
    {215, "CUDA_ERROR_UNSUPPORTED_LIMIT", Code::Internal, "unsupported limit"},
    {216, "CUDA_ERROR_CONTEXT_ALREADY_IN_USE", Code::Internal, "context already in use"},
    {217, "CUDA_ERROR_PEER_ACCESS_UNSUPPORTED", Code::Internal, "peer access unsupported"},
    {218, "CUDA_ERROR_INVALID_PTX", Code::Unsupported, "the driver cannot compile the PTX"},
    {219, "CUDA_ERROR_INVALID_GRAPHICS_CONTEXT", Code::Internal, "invalid graphics context"},
    {220, "CUDA_ERROR_NVLINK_UNCORRECTABLE", Code::Unavailable,
     "NVLink had an error that it could not correct"},
    {221, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", Code::Unavailable, "the driver has no compiler for PTX"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", Code::Unsupported, "the PTX is newer than the driver"},
    {223, "CUDA_ERROR_JIT_COMPILATION_DISABLED", Code::Unavailable, "compiling PTX is switched off"},
    {224, "CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY", Code::Internal, "unsupported exec affinity"},
    {225, "CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC", Code::Internal, "unsupported devside sync"},
    {226, "CUDA_ERROR_CONTAINED", Code::Unavailable,
     "an error of the device was contained; the process must end"},
    {300, "CUDA_ERROR_INVALID_SOURCE", Code::Internal, "invalid source"},
    {301, "CUDA_ERROR_FILE_NOT_FOUND", Code::Internal, "file not found"},
    {302, "CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND", Code::Internal, "shared object symbol not found"},
    {303, "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED", Code::Internal, "shared object init failed"},
    {304, "CUDA_ERROR_OPERATING_SYSTEM", Code::Unavailable, "a call of the operating system failed"},
    {400, "CUDA_ERROR_INVALID_HANDLE", Code::Internal, "a handle is not valid"},
    {401, "CUDA_ERROR_ILLEGAL_STATE", Code::Internal, "a resource is in a wrong state"},
    {402, "CUDA_ERROR_LOSSY_QUERY", Code::Internal, "lossy query"},
    {500, "CUDA_ERROR_NOT_FOUND", Code::Internal, "a name is not found"},
    {600, "CUDA_ERROR_NOT_READY", Code::Internal, "work is not done yet"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", Code::Internal, "a kernel read or wrote outside its memory"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", Code::Unsupported,
     "a block needs more registers or memory than a multiprocessor has"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", Code::Unavailable, "a kernel ran longer than the device allows"},
    {703, "CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING", Code::Internal, "launch incompatible texturing"},
    {704, "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED", Code::Internal, "peer access already enabled"},
    {705, "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED", Code::Internal, "peer access not enabled"},
    {708, "CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE", Code::Internal, "primary context active"},
    {709, "CUDA_ERROR_CONTEXT_IS_DESTROYED", Code::Internal, "the context is destroyed"},
    {710, "CUDA_ERROR_ASSERT", Code::Internal, "an assertion of a kernel failed"},
    {711, "CUDA_ERROR_TOO_MANY_PEERS", Code::Internal, "too many peers"},
    {712, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", Code::Internal, "host memory already registered"},
    {713, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", Code::Internal, "host memory not registered"},
    {714, "CUDA_ERROR_HARDWARE_STACK_ERROR", Code::Internal, "the call stack of a kernel is damaged"},
    {715, "CUDA_ERROR_ILLEGAL_INSTRUCTION", Code::Internal, "a kernel met an illegal instruction"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", Code::Internal, "a kernel used an address that is not aligned"},
    {717, "CUDA_ERROR_INVALID_ADDRESS_SPACE", Code::Internal, "a kernel used an address of the wrong memory"},
    {718, "CUDA_ERROR_INVALID_PC", Code::Internal, "a kernel jumped to a wrong place"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", Code::Internal, "a kernel failed"},
    {720, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", Code::Internal, "cooperative launch too large"},
    {721, "CUDA_ERROR_TENSOR_MEMORY_LEAK", Code::Internal, "tensor memory leak"},
    {800, "CUDA_ERROR_NOT_PERMITTED", Code::Unavailable, "the operation is not permitted"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", Code::Unavailable, "the device or driver does not support it"},
    {802, "CUDA_ERROR_SYSTEM_NOT_READY", Code::Unavailable,
     "the system is not ready: is the fabric manager running?"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", Code::Unavailable,
     "the driver and its kernel module have different versions"},
    {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", Code::Unavailable,
     "the device does not support the compatibility library"},
    {805, "CUDA_ERROR_MPS_CONNECTION_FAILED", Code::Unavailable, "the multi-process service failed"},
    {806, "CUDA_ERROR_MPS_RPC_FAILURE", Code::Unavailable, "the multi-process service failed"},
    {807, "CUDA_ERROR_MPS_SERVER_NOT_READY", Code::Unavailable, "the multi-process service failed"},
    {808, "CUDA_ERROR_MPS_MAX_CLIENTS_REACHED", Code::Unavailable, "the multi-process service failed"},
    {809, "CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED", Code::Unavailable, "the multi-process service failed"},
    {810, "CUDA_ERROR_MPS_CLIENT_TERMINATED", Code::Unavailable, "the multi-process service failed"},
    {811, "CUDA_ERROR_CDP_NOT_SUPPORTED", Code::Internal, "cdp not supported"},
    {812, "CUDA_ERROR_CDP_VERSION_MISMATCH", Code::Internal, "cdp version mismatch"},
    {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", Code::Internal, "streams are not captured here"},
    {901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", Code::Internal, "streams are not captured here"},
    {902, "CUDA_ERROR_STREAM_CAPTURE_MERGE", Code::Internal, "streams are not captured here"},
    {903, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", Code::Internal, "streams are not captured here"},
    {904, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED", Code::Internal, "streams are not captured here"},
    {905, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION", Code::Internal, "streams are not captured here"},
    {906, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", Code::Internal, "streams are not captured here"},
    {907, "CUDA_ERROR_CAPTURED_EVENT", Code::Internal, "streams are not captured here"},
    {908, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", Code::Internal, "streams are not captured here"},
    {909, "CUDA_ERROR_TIMEOUT", Code::Unavailable, "the wait took too long"},
    {910, "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE", Code::Internal, "graph exec update failure"},
    {911, "CUDA_ERROR_EXTERNAL_DEVICE", Code::Unavailable, "a device outside the GPU failed"},
    {912, "CUDA_ERROR_INVALID_CLUSTER_SIZE", Code::Internal, "invalid cluster size"},
    {913, "CUDA_ERROR_FUNCTION_NOT_LOADED", Code::Internal, "the function is not loaded"},
    {914, "CUDA_ERROR_INVALID_RESOURCE_TYPE", Code::Internal, "invalid resource type"},
    {915, "CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION", Code::Internal, "invalid resource configuration"},
    {916, "CUDA_ERROR_KEY_ROTATION", Code::Unavailable, "the keys of the device must change first"},
    {999, "CUDA_ERROR_UNKNOWN", Code::Internal, "the driver does not say why"},
});

const ResultMeaning *find(Result result) {
  const auto *place = std::lower_bound(meanings.begin(), meanings.end(), result,
                                       [](const ResultMeaning &a, Result b) { return a.result < b; });
  return place != meanings.end() && place->result == result ? place : nullptr;
}

} // namespace

std::span<const ResultMeaning> resultMeanings() {
  return meanings;
}

std::string resultName(Result result) {
  const ResultMeaning *meaning = find(result);
  return meaning ? meaning->name : "CUDA_ERROR_" + std::to_string(result);
}

Status statusOf(Result result, std::string_view call, std::string_view subject) {
  if (result == success)
    return {};
  const ResultMeaning *meaning = find(result);
  std::string message(subject);
  message += ": ";
  message += meaning ? meaning->text : "an error that this build does not know";
  message += " (";
  message += call;
  message += " gave " + resultName(result) + ")";
  return {meaning ? meaning->code : Code::Internal, std::move(message)};
}

} // namespace sennit::cuda
