// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the files that implement the driver's calls share.
#pragma once

#include "runtime/device/emulated/DriverFunctions.h"
#include "runtime/device/emulated/DriverState.h"

#include <string>

/// A function that libcuda.so.1 exports.
#define SENNIT_DRIVER_EXPORT extern "C" __attribute__((visibility("default"))) int

#define SENNIT_DECLARE(name, parameters) SENNIT_DRIVER_EXPORT name parameters;
SENNIT_DRIVER_FUNCTIONS(SENNIT_DECLARE)
SENNIT_EMULATED_FUNCTIONS(SENNIT_DECLARE)
#undef SENNIT_DECLARE

namespace sennit::emulated {

inline int nullPointer(DriverState &state, const char *name) {
  return state.refuse(cu::InvalidValue, std::string(name) + ": expected a pointer, found null");
}
/// `what`: "a stream"
inline int badHandle(DriverState &state, const char *name, const char *what) {
  return state.refuse(cu::InvalidHandle, std::string(name) + ": expected " + what + " that lives");
}
inline int badDevice(DriverState &state, const char *name, int device) {
  return state.refuse(cu::InvalidDevice,
                      std::string(name) + ": expected device 0, found " + std::to_string(device));
}

/// The work of a launch, checked; the error otherwise.
int makeLaunch(DriverState &state, const char *name, cu::Function function, const unsigned (&grid)[3],
               const unsigned (&block)[3], unsigned sharedBytes, void **parameters, void **extra, Work &work);
/// The work of a copy, checked. Host memory must be pinned unless `pageable`.
int makeCopy(DriverState &state, const char *name, uintptr_t to, bool toDevice, uintptr_t from,
             bool fromDevice, size_t bytes, bool pageable, Work &work);
/// The work of filling `count` elements, checked.
int makeFill(DriverState &state, const char *name, cu::DevicePointer to, unsigned value,
             unsigned elementBytes, size_t count, Work &work);
/// Puts work into a stream by its handle; null: the null stream.
int addToStream(DriverState &state, const char *name, cu::Stream stream, Work work);

} // namespace sennit::emulated
