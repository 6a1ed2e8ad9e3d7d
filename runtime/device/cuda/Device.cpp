// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/Device.h"

#include "runtime/device/cuda/CudaStatus.h"

namespace sennit::cuda {

using std::to_string;

StatusOr<std::unique_ptr<Device>> Device::open(int ordinal) {
  SENNIT_ASSIGN_OR_RETURN(const DriverApi *api, openDriver());
  std::unique_ptr<Device> device(new Device(*api));
  int32_t count = 0;
  SENNIT_RETURN_IF_ERROR(statusOf(api->deviceGetCount(&count), "cuDeviceGetCount", "the driver"));
  if (ordinal < 0 || ordinal >= count)
    return Status(Code::Unavailable, "device cuda:" + to_string(ordinal) + ": expected one of the " +
                                         to_string(count) + " CUDA devices here, counted from 0");
  device->fullName = "cuda:" + to_string(ordinal);
  SENNIT_RETURN_IF_ERROR(device->readFacts(ordinal));
  const DeviceNumber number = device->number;
  device->number = -1; // until it is retained
  SENNIT_RETURN_IF_ERROR(device->check(api->devicePrimaryCtxRetain(&device->primary, number),
                                       "cuDevicePrimaryCtxRetain", "the context"));
  device->number = number;
  return device;
}

Status Device::readFacts(int ordinal) {
  SENNIT_RETURN_IF_ERROR(check(driver->deviceGet(&number, ordinal), "cuDeviceGet", "the device"));
  char text[256] = "";
  SENNIT_RETURN_IF_ERROR(
      check(driver->deviceGetName(text, sizeof text - 1, number), "cuDeviceGetName", "the device"));
  fullName += " (" + std::string(text) + ")";
  int major = 0, minor = 0;
  for (auto [attribute, value] : {std::pair(DeviceAttribute::ComputeCapabilityMajor, &major),
                                  {DeviceAttribute::ComputeCapabilityMinor, &minor},
                                  {DeviceAttribute::MultiprocessorCount, &multiprocessorCount},
                                  {DeviceAttribute::MaxSharedMemoryPerBlockOptin, &sharedLimit}})
    SENNIT_RETURN_IF_ERROR(check(driver->deviceGetAttribute(value, attribute, number), "cuDeviceGetAttribute",
                                 "attribute " + to_string(int(attribute))));
  capability = major * 10 + minor;
  return {};
}

Device::~Device() {
  if (primary)
    driver->devicePrimaryCtxRelease(number);
}

Status Device::check(Result result, std::string_view call, std::string_view subject) const {
  if (result == success)
    return {};
  return statusOf(result, call, fullName + ", " + std::string(subject));
}

Device::Use::Use(const Device &device) : device(device) {
  const DriverApi &api = device.api();
  result = device.check(api.ctxGetCurrent(&before), "cuCtxGetCurrent", "the context");
  if (!result.ok() || before == device.context())
    return;
  result = device.check(api.ctxSetCurrent(device.context()), "cuCtxSetCurrent", "the context");
  changed = result.ok();
}

Device::Use::~Use() {
  if (changed)
    device.api().ctxSetCurrent(before);
}

StatusOr<OwnedEvent> makeEvent(const Device &device, bool timed) {
  Event event = nullptr;
  SENNIT_RETURN_IF_ERROR(
      device.check(device.api().eventCreate(&event, timed ? eventDefault : eventDisableTiming),
                   "cuEventCreate", "an event"));
  return OwnedEvent(device.api(), event);
}

StatusOr<OwnedStream> makeStream(const Device &device) {
  Stream stream = nullptr;
  SENNIT_RETURN_IF_ERROR(
      device.check(device.api().streamCreate(&stream, streamNonBlocking), "cuStreamCreate", "a stream"));
  return OwnedStream(device.api(), stream);
}

StatusOr<OwnedHostMemory> makePinned(const Device &device, uint64_t bytes, std::string_view what) {
  void *address = nullptr;
  SENNIT_RETURN_IF_ERROR(device.check(device.api().memHostAlloc(&address, bytes, 0), "cuMemHostAlloc",
                                      to_string(bytes) + " bytes of pinned memory for " + std::string(what)));
  return OwnedHostMemory(device.api(), address);
}

} // namespace sennit::cuda
