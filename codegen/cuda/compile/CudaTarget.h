// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The kinds of devices that code can be made for.
#pragma once

#include "runtime/program/DeviceTarget.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sennit {

/// What a kind of device is to the compiler.
struct CudaTarget {
  DeviceTarget device;
  /// Most dynamic and static shared memory of one block, in bytes (CUDA C++ programming guide, technical
  /// specifications per compute capability: 227 KiB of 9.0, 163 of 8.0, 99 of 8.6).
  uint32_t mostSharedBytes = 0;
  /// The builtin target that plans are made for: "h100-x1".
  std::string planner;
};

/// The target that users call `name`: "sm_90a", "ptx", "emulated-sm_80". InvalidInput lists the known ones.
StatusOr<CudaTarget> findCudaTarget(std::string_view name);

/// Whether `name` is meant for a device, known or not: it starts as their names do.
bool isCudaTargetName(std::string_view name);

/// The names of all targets: "sm_80, sm_86, ...".
std::string cudaTargetNames();

} // namespace sennit
