// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <span>
#include <string_view>

namespace sennit {

/// A file of codegen/cuda/device as the build found it.
struct DeviceHeader {
  const char *name; ///< as in #include: "machine.cuh"
  const char *text; ///< ends in a zero byte
};

/// What CUDA texts can include, by name ascending; emulated.h and emulated_machine.h among them.
std::span<const DeviceHeader> deviceHeaders();

} // namespace sennit
