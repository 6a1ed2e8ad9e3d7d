// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/cuda/DriverApi.h"

namespace sennit::cuda {

/// The only parameter of every kernel; the same layout as sennit::Launch in codegen/cuda/device/launch.cuh,
/// where its fields are explained. Changing it is a new package format version.
struct LaunchArguments {
  static constexpr size_t mostOperands = 25;

  DeviceAddress operands[mostOperands] = {};
  DeviceAddress counts = 0;
  DeviceAddress rowBlocks = 0;
  DeviceAddress scratch = 0;
  uint32_t domain = 0; ///< schema::RowDomain
  uint32_t rowBegin = 0, rowEnd = 0;
  uint32_t maxRows = 0;
  uint32_t reserved[4] = {};
};
static_assert(sizeof(LaunchArguments) == 256);

} // namespace sennit::cuda
