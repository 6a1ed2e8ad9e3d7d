// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Calls about the primary context.
#include "runtime/device/emulated/DriverCalls.h"

using namespace sennit;
using namespace sennit::emulated;

namespace {

/// Handles are numbers that are never used again; no address.
cu::Context contextHandle(uint64_t serial) {
  return reinterpret_cast<cu::Context>(0x5c0000000000 + 16 * serial);
}

} // namespace

SENNIT_DRIVER_EXPORT cuDevicePrimaryCtxRetain(cu::Context *context, cu::Device device) {
  return driverCall("cuDevicePrimaryCtxRetain", Needs::Initialized, Gives::Nothing,
                    [&](DriverState &state) -> int {
                      if (!context)
                        return nullPointer(state, "cuDevicePrimaryCtxRetain");
                      if (device != 0)
                        return badDevice(state, "cuDevicePrimaryCtxRetain", device);
                      if (state.contextUses++ == 0) {
                        ++state.contextSerial;
                        state.memory.begin(state.facts.memoryBytes, state.facts.protect);
                      }
                      *context = contextHandle(state.contextSerial);
                      return cu::Success;
                    });
}

SENNIT_DRIVER_EXPORT cuDevicePrimaryCtxRelease_v2(cu::Device device) {
  return driverCall(
      "cuDevicePrimaryCtxRelease", Needs::Initialized, Gives::Back, [&](DriverState &state) -> int {
        if (device != 0)
          return badDevice(state, "cuDevicePrimaryCtxRelease", device);
        if (state.contextUses == 0)
          return state.refuse(cu::InvalidContext, "cuDevicePrimaryCtxRelease: the context is not retained");
        if (state.contextUses == 1)
          state.endContext();
        --state.contextUses;
        return cu::Success;
      });
}

SENNIT_DRIVER_EXPORT cuDevicePrimaryCtxGetState(cu::Device device, unsigned *flags, int *active) {
  return driverCall("cuDevicePrimaryCtxGetState", Needs::Initialized, Gives::Nothing,
                    [&](DriverState &state) -> int {
                      if (!flags || !active)
                        return nullPointer(state, "cuDevicePrimaryCtxGetState");
                      if (device != 0)
                        return badDevice(state, "cuDevicePrimaryCtxGetState", device);
                      *flags = 0;
                      *active = state.contextUses > 0;
                      return cu::Success;
                    });
}

SENNIT_DRIVER_EXPORT cuCtxSetCurrent(cu::Context context) {
  return driverCall("cuCtxSetCurrent", Needs::Initialized, Gives::Nothing, [&](DriverState &state) -> int {
    const bool lives = state.contextUses > 0 && context == contextHandle(state.contextSerial);
    if (context && !lives)
      return state.refuse(cu::InvalidContext, "cuCtxSetCurrent: expected a context that is retained");
    currentContext() = context ? state.contextSerial : 0;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuCtxGetCurrent(cu::Context *context) {
  return driverCall("cuCtxGetCurrent", Needs::Initialized, Gives::Nothing, [&](DriverState &state) -> int {
    if (!context)
      return nullPointer(state, "cuCtxGetCurrent");
    *context = currentContext() ? contextHandle(currentContext()) : nullptr;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuCtxSynchronize() {
  return driverCall("cuCtxSynchronize", Needs::Context, Gives::Nothing,
                    [&](DriverState &state) { return state.queue.finishAll(); });
}
