// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Kinds of devices that a package has code for, and which code a device runs.
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/schema/program_generated.h"

#include <cstdint>
#include <string>

namespace sennit {

/// What code is made for. `architecture`: 90 for compute capability 9.0; of PTX the least that it runs on.
struct DeviceTarget {
  schema::DeviceCodeKind kind = schema::DeviceCodeKind::Cubin;
  uint32_t architecture = 0;
  bool exact = false; ///< runs on this capability alone
  bool operator==(const DeviceTarget &) const = default;
};

/// As users write it: "sm_80", "sm_90a" (exact), "ptx", "emulated-sm_90a".
std::string deviceTargetName(const DeviceTarget &target);

/// A device that is there.
struct DeviceIdentity {
  uint32_t major = 0, minor = 0; ///< compute capability
  bool emulated = false;         ///< its driver runs shared objects, and nothing else
};

/// Index into Package.devices of the code that `device` runs best: machine code for exactly its capability
/// (of two, the one for it alone), else for the highest lower capability of the same major number, else PTX.
/// An emulated device takes the emulated code of the same choice, without a last resort. Unsupported where
/// there is none; the message says what the package has and what the device is.
StatusOr<uint32_t> chooseDeviceCode(const schema::Package &package, const DeviceIdentity &device);

/// The targets of a package's code for devices: "sm_80, sm_90a and ptx"; "" where there are none.
std::string deviceTargetList(const schema::Package &package);

} // namespace sennit
