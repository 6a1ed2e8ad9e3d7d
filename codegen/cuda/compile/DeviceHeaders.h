// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <span>
#include <string>

namespace sennit {

/// A file of codegen/cuda/device as the build found it.
struct DeviceHeader {
  const char *name; ///< as in #include: "machine.cuh"
  const char *text; ///< ends in a zero byte
};

/// What CUDA texts can include, by name ascending; emulated.h, emulated_machine.h and utilities.cu among
/// them.
std::span<const DeviceHeader> deviceHeaders();

/// The runtime's own kernels: device/utilities.cu. Which functions they are is in codegen/cuda/Utilities.h.
std::string utilityText();

} // namespace sennit
