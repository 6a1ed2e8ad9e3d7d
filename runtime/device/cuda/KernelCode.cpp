// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/KernelCode.h"

namespace sennit::cuda {

using std::to_string;

namespace {
/// Of CUDA: what makes code for packages is this or newer, and drivers run code of their own major version or
/// of lower ones (docs.nvidia.com/deploy/cuda-compatibility).
constexpr int32_t codeVersion = 13000;
} // namespace

StatusOr<KernelCode> KernelCode::load(const Device &device, const Package &package) {
  const auto capability = uint32_t(device.architecture());
  KernelCode kernels;
  SENNIT_ASSIGN_OR_RETURN(kernels.code,
                          package.findDeviceCode({capability / 10, capability % 10, device.emulated()}));
  // What a driver refuses is most often newer than the driver, so errors name both.
  const int32_t version = device.api().version;
  std::string subject = "code for " + kernels.code->target()->str() + " with a driver of CUDA " +
                        versionText(version) + " and a device of compute capability " +
                        to_string(capability / 10) + "." + to_string(capability % 10);
  if (version < codeVersion)
    subject += ", where the code is for a driver of CUDA " + versionText(codeVersion) + " or newer";
  for (const schema::DeviceModule *image : *kernels.code->modules()) {
    Module module = nullptr;
    SENNIT_RETURN_IF_ERROR(
        device.check(device.api().moduleLoadData(&module, package.deviceModule(*image).data()),
                     "cuModuleLoadData", subject));
    kernels.modules.emplace_back(device.api(), module);
  }
  for (const schema::DeviceKernel *kernel : *kernels.code->kernels())
    for (const schema::DeviceVariant *variant : *kernel->variants())
      for (const schema::DeviceFunction *function : *variant->functions())
        SENNIT_RETURN_IF_ERROR(kernels.find(device, *function));
  for (const schema::DeviceFunction *function : *kernels.code->utilities())
    SENNIT_RETURN_IF_ERROR(kernels.find(device, *function));
  return kernels;
}

Status KernelCode::find(const Device &device, const schema::DeviceFunction &function) {
  const auto [place, added] = functions.try_emplace(function.entry()->str());
  const std::string subject = "kernel " + place->first;
  if (function.shared_bytes() > uint32_t(device.maxSharedBytes()))
    return unsupported(device.name() + ", " + subject + ": needs " + to_string(function.shared_bytes()) +
                       " bytes of shared memory for a block, the device has " +
                       to_string(device.maxSharedBytes()));
  if (added)
    SENNIT_RETURN_IF_ERROR(
        device.check(device.api().moduleGetFunction(&place->second.function,
                                                    modules[function.module_()].get(), place->first.c_str()),
                     "cuModuleGetFunction", subject));
  if (function.shared_bytes() <= place->second.sharedBytes)
    return {};
  place->second.sharedBytes = function.shared_bytes();
  return device.check(device.api().funcSetAttribute(place->second.function,
                                                    FunctionAttribute::MaxDynamicSharedSizeBytes,
                                                    int32_t(function.shared_bytes())),
                      "cuFuncSetAttribute", subject);
}

} // namespace sennit::cuda
