// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the emulated driver holds: its device, the live objects, and what the calls do before their own work.
#pragma once

#include "runtime/device/emulated/DriverAbi.h"
#include "runtime/device/emulated/DriverMemory.h"
#include "runtime/device/emulated/DriverObjects.h"
#include "runtime/device/emulated/DriverQueue.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace sennit::emulated {

/// The device, from the environment at cuInit.
struct DeviceFacts {
  int architecture = 90;           ///< SENNIT_EMULATED_ARCH: 80, 90 or 100
  int multiprocessors = 4;         ///< SENNIT_EMULATED_SMS
  int version = 13000;             ///< SENNIT_EMULATED_VERSION: 1000 major + 10 minor of CUDA
  size_t memoryBytes = 4ull << 30; ///< SENNIT_EMULATED_MEMORY
  uint32_t seed = 0;               ///< SENNIT_EMULATED_SEED
  bool verbose = false;            ///< SENNIT_EMULATED_VERBOSE
  bool protect = true;             ///< SENNIT_EMULATED_PROTECT: the host cannot touch device memory

  /// Of a block, dynamic, in bytes, once a function's limit is raised to it.
  size_t mostSharedBytes() const { return (architecture == 80 ? 163u : 227u) << 10; }
  size_t sharedBytesPerMultiprocessor() const { return (architecture == 80 ? 164u : 228u) << 10; }
};
constexpr size_t usualSharedBytes = 48 << 10; ///< the limit until it is raised

/// The driver's only instance; all calls hold its mutex from begin to end.
struct DriverState {
  static DriverState &get();

  std::mutex mutex;
  bool initialized = false;
  DeviceFacts facts;
  int contextUses = 0;        ///< retains of the primary context
  uint64_t contextSerial = 0; ///< of the primary context that lives, or lived last
  int sticky = cu::Success;   ///< the error of a kernel: the context is of no use from then on
  Objects objects;
  DriverMemory memory;
  DriverQueue queue{*this};

  uint64_t calls = 0, faultAt = 0; ///< faultAt: the call that fails; 0: none
  int faultResult = cu::Unknown;
  uint64_t leaks = 0;
  std::string lastError;

  /// Notes why a call is refused, and returns `result`.
  int refuse(cu::Result result, std::string sentence);
  /// A kernel or copy failed while it ran: the error of all calls from now on.
  int breakContext(cu::Result result, const std::string &sentence);
  /// Ends the primary context and all that belongs to it.
  void endContext();
  size_t live() const { return objects.size() + memory.live() + size_t(contextUses > 0); }
  void readEnvironment();
};

/// What must hold before a call does its work.
enum class Needs { Nothing, Initialized, Context };
/// Calls that give something back do so even where they are made to fail, so that no leak is the driver's.
enum class Gives { Nothing, Back };

/// The context that is current in this OS thread, by its serial number; 0: none.
uint64_t &currentContext();

/// Checks and counts a call of function `name`. Success: go on; otherwise the call's result.
int beginCall(DriverState &state, const char *name, Needs needs, Gives gives, int &forced);

/// Runs one call of the interface: body(state) where beginCall() lets it.
template <typename F>
int driverCall(const char *name, Needs needs, Gives gives, F body) {
  DriverState &state = DriverState::get();
  const std::lock_guard lock(state.mutex);
  int forced = cu::Success;
  if (const int refused = beginCall(state, name, needs, gives, forced); refused != cu::Success)
    return refused;
  const int result = body(state);
  return forced != cu::Success ? forced : result;
}

} // namespace sennit::emulated
