// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/DriverApi.h"

#include "runtime/device/cuda/CudaStatus.h"

#include <dlfcn.h>
#include <mutex>

namespace sennit::cuda {

namespace {

constexpr int32_t oldestVersion = 12000;

Status unavailable(std::string message) {
  return {Code::Unavailable, std::move(message)};
}

/// The library is never closed: the driver has threads of its own.
StatusOr<DriverApi> load() {
  void *library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return unavailable("no CUDA driver here: libcuda.so.1 is not found");
  DriverApi api;
  const auto find = [&]<typename Pointer>(Pointer &function, const char *name) {
    function = reinterpret_cast<Pointer>(::dlsym(library, name));
    return function != nullptr;
  };
  if (!find(api.driverGetVersion, "cuDriverGetVersion"))
    return unavailable("libcuda.so.1 has no function cuDriverGetVersion: expected a CUDA driver");
  SENNIT_RETURN_IF_ERROR(statusOf(api.driverGetVersion(&api.version), "cuDriverGetVersion", "the driver"));
  if (api.version < oldestVersion)
    return unavailable("the CUDA driver knows CUDA " + versionText(api.version) + ", expected at least " +
                       versionText(oldestVersion));
#define SENNIT_FIND(member, name, ...)                                                                       \
  if (!find(api.member, name))                                                                               \
    return unavailable("the CUDA driver of version " + versionText(api.version) +                            \
                       " has no function " name ", which every one from " + versionText(oldestVersion) +     \
                       " on has");
  SENNIT_CUDA_DRIVER_FUNCTIONS(SENNIT_FIND)
#undef SENNIT_FIND
  find(api.nameRange, "sennitEmulatedNameRange");
  SENNIT_RETURN_IF_ERROR(statusOf(api.init(0), "cuInit", "the driver"));
  return api;
}

} // namespace

std::string versionText(int32_t version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

StatusOr<const DriverApi *> openDriver() {
  // Kept only once it works, so that a failure can pass.
  static std::mutex lock;
  static std::optional<DriverApi> opened;
  const std::lock_guard<std::mutex> held(lock);
  if (!opened) {
    SENNIT_ASSIGN_OR_RETURN(opened, load());
  }
  return &*opened;
}

} // namespace sennit::cuda
