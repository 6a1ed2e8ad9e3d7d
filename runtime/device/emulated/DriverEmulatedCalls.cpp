// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Calls about errors, and those that only the emulated driver has. None of them is counted, fails on demand,
// or needs a context.
#include "runtime/device/emulated/DriverCalls.h"

#include <algorithm>

using namespace sennit;
using namespace sennit::emulated;

namespace {

struct ErrorText {
  int value;
  const char *name, *sentence;
};
constexpr ErrorText errors[] = {
#define SENNIT_ERROR(name, value, symbol, sentence) {value, #symbol, sentence},
    SENNIT_CU_RESULTS(SENNIT_ERROR)
#undef SENNIT_ERROR
};

const ErrorText *findError(int error) {
  const ErrorText *found = std::find_if(std::begin(errors), std::end(errors),
                                        [&](const ErrorText &each) { return each.value == error; });
  return found == std::end(errors) ? nullptr : found;
}

template <typename F>
int query(F body) {
  DriverState &state = DriverState::get();
  const std::lock_guard lock(state.mutex);
  return body(state);
}

} // namespace

SENNIT_DRIVER_EXPORT cuGetErrorName(int error, const char **text) {
  const ErrorText *found = findError(error);
  if (text)
    *text = found ? found->name : nullptr;
  return found && text ? cu::Success : cu::InvalidValue;
}

SENNIT_DRIVER_EXPORT cuGetErrorString(int error, const char **text) {
  const ErrorText *found = findError(error);
  if (text)
    *text = found ? found->sentence : nullptr;
  return found && text ? cu::Success : cu::InvalidValue;
}

SENNIT_DRIVER_EXPORT sennitEmulatedNameRange(cu::DevicePointer place, size_t bytes, const char *name) {
  return query([&](DriverState &state) -> int {
    const std::string error = state.memory.name(place, bytes, name ? name : "a range");
    return error.empty() ? int(cu::Success)
                         : state.refuse(cu::InvalidValue, "sennitEmulatedNameRange: " + error);
  });
}

SENNIT_DRIVER_EXPORT sennitEmulatedFault(int call, int error) {
  return query([&](DriverState &state) -> int {
    state.faultAt = call > 0 ? state.calls + uint64_t(call) : 0;
    state.faultResult = error;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT sennitEmulatedCalls(unsigned long long *calls) {
  return query([&](DriverState &state) -> int {
    *calls = state.calls;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT sennitEmulatedLive(unsigned long long *objects) {
  return query([&](DriverState &state) -> int {
    *objects = state.live();
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT sennitEmulatedLeaks(unsigned long long *objects) {
  return query([&](DriverState &state) -> int {
    *objects = state.leaks;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT sennitEmulatedLastError(const char **sentence) {
  return query([&](DriverState &state) -> int {
    *sentence = state.lastError.c_str();
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT sennitEmulatedSeed(unsigned seed) {
  return query([&](DriverState &state) -> int {
    state.queue.seed(seed);
    return cu::Success;
  });
}
