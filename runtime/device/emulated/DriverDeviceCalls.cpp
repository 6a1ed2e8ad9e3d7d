// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Calls about the driver and its device.
#include "runtime/device/emulated/DriverCalls.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

using namespace sennit;
using namespace sennit::emulated;

SENNIT_DRIVER_EXPORT cuInit(unsigned flags) {
  return driverCall("cuInit", Needs::Nothing, Gives::Nothing, [&](DriverState &state) -> int {
    if (flags)
      return state.refuse(cu::InvalidValue, "cuInit: expected flags of 0");
    if (state.contextUses == 0)
      state.readEnvironment();
    const int architecture = state.facts.architecture;
    if (architecture != 80 && architecture != 90 && architecture != 100)
      return state.refuse(cu::NoDevice, "cuInit: expected SENNIT_EMULATED_ARCH to be 80, 90 or 100, found " +
                                            std::to_string(architecture));
    state.initialized = true;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuDriverGetVersion(int *version) {
  return driverCall("cuDriverGetVersion", Needs::Nothing, Gives::Nothing, [&](DriverState &state) -> int {
    if (!version)
      return nullPointer(state, "cuDriverGetVersion");
    if (!state.initialized) // the one call that may come before cuInit
      state.readEnvironment();
    *version = state.facts.version;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuGetProcAddress_v2(const char *name, void **function, int version,
                                         unsigned long long flags, int *status) {
  return driverCall("cuGetProcAddress", Needs::Nothing, Gives::Nothing, [&](DriverState &state) -> int {
    if (!name || !function || flags > 2)
      return state.refuse(cu::InvalidValue, "cuGetProcAddress: expected a name, a place and known flags");
    static const std::pair<const char *, void *> known[] = {
#define SENNIT_ADDRESS(symbol, parameters) {#symbol, reinterpret_cast<void *>(&symbol)},
        SENNIT_DRIVER_FUNCTIONS(SENNIT_ADDRESS)
#undef SENNIT_ADDRESS
    };
    // Names are given without the version that the exported symbol ends with.
    const auto matches = [&](const char *symbol) {
      const size_t length = std::strlen(name);
      return std::strncmp(symbol, name, length) == 0 &&
             (symbol[length] == 0 || std::strcmp(symbol + length, "_v2") == 0);
    };
    const auto *found = std::find_if(std::begin(known), std::end(known),
                                     [&](const auto &each) { return matches(each.first); });
    *function = found == std::end(known) || version < 2000 ? nullptr : found->second;
    if (status)
      *status = *function ? 0 : found == std::end(known) ? 1 : 2; // not found; the version is too low
    if (!*function)
      return state.refuse(cu::NotFound, std::string("cuGetProcAddress: no function ") + name);
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuDeviceGetCount(int *count) {
  return driverCall("cuDeviceGetCount", Needs::Initialized, Gives::Nothing, [&](DriverState &state) -> int {
    if (!count)
      return nullPointer(state, "cuDeviceGetCount");
    *count = 1;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuDeviceGet(cu::Device *device, int ordinal) {
  return driverCall("cuDeviceGet", Needs::Initialized, Gives::Nothing, [&](DriverState &state) -> int {
    if (!device)
      return nullPointer(state, "cuDeviceGet");
    if (ordinal != 0)
      return badDevice(state, "cuDeviceGet", ordinal);
    *device = ordinal;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuDeviceGetName(char *name, int bytes, cu::Device device) {
  return driverCall("cuDeviceGetName", Needs::Initialized, Gives::Nothing, [&](DriverState &state) -> int {
    if (!name || bytes < 1)
      return nullPointer(state, "cuDeviceGetName");
    if (device != 0)
      return badDevice(state, "cuDeviceGetName", device);
    std::snprintf(name, size_t(bytes), "Emulated sm_%d", state.facts.architecture);
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuDeviceGetAttribute(int *value, int attribute, cu::Device device) {
  return driverCall(
      "cuDeviceGetAttribute", Needs::Initialized, Gives::Nothing, [&](DriverState &state) -> int {
        if (!value)
          return nullPointer(state, "cuDeviceGetAttribute");
        if (device != 0)
          return badDevice(state, "cuDeviceGetAttribute", device);
        const DeviceFacts &facts = state.facts;
        const std::pair<int, int> known[] = {
            {cu::MaxThreadsPerBlock, 1024},
            {cu::MaxBlockDimX, 1024},
            {cu::MaxGridDimX, 0x7fffffff},
            {cu::MaxSharedMemoryPerBlock, int(usualSharedBytes)},
            {cu::WarpSize, 32},
            {cu::MaxRegistersPerBlock, 65536},
            {cu::ClockRate, 1000000},
            {cu::MultiprocessorCount, facts.multiprocessors},
            {cu::Integrated, 0},
            {cu::CanMapHostMemory, 1},
            {cu::ConcurrentKernels, 1},
            {cu::EccEnabled, 0},
            {cu::PciBusId, 0},
            {cu::MemoryClockRate, 1000000},
            {cu::GlobalMemoryBusWidth, 64},
            {cu::L2CacheSize, 1 << 20},
            {cu::MaxThreadsPerMultiprocessor, 2048},
            {cu::AsyncEngineCount, 1},
            {cu::UnifiedAddressing, 1},
            {cu::ComputeCapabilityMajor, facts.architecture / 10},
            {cu::ComputeCapabilityMinor, facts.architecture % 10},
            {cu::MaxSharedMemoryPerMultiprocessor, int(facts.sharedBytesPerMultiprocessor())},
            {cu::MaxRegistersPerMultiprocessor, 65536},
            {cu::MaxSharedMemoryPerBlockOptin, int(facts.mostSharedBytes())},
            {cu::MaxBlocksPerMultiprocessor, 32},
            {cu::ReservedSharedMemoryPerBlock, 1024},
        };
        const auto *found = std::find_if(std::begin(known), std::end(known),
                                         [&](const auto &each) { return each.first == attribute; });
        if (found == std::end(known))
          return state.refuse(cu::InvalidValue, "cuDeviceGetAttribute: attribute " +
                                                    std::to_string(attribute) +
                                                    " is not one that the emulated device has");
        *value = found->second;
        return cu::Success;
      });
}

SENNIT_DRIVER_EXPORT cuDeviceTotalMem_v2(size_t *bytes, cu::Device device) {
  return driverCall("cuDeviceTotalMem", Needs::Initialized, Gives::Nothing, [&](DriverState &state) -> int {
    if (!bytes)
      return nullPointer(state, "cuDeviceTotalMem");
    if (device != 0)
      return badDevice(state, "cuDeviceTotalMem", device);
    *bytes = state.facts.memoryBytes;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuDeviceGetUuid_v2(cu::Uuid *uuid, cu::Device device) {
  return driverCall("cuDeviceGetUuid", Needs::Initialized, Gives::Nothing, [&](DriverState &state) -> int {
    if (!uuid)
      return nullPointer(state, "cuDeviceGetUuid");
    if (device != 0)
      return badDevice(state, "cuDeviceGetUuid", device);
    *uuid = {};
    std::snprintf(uuid->bytes, sizeof uuid->bytes, "emulated-sm_%d", state.facts.architecture);
    return cu::Success;
  });
}
