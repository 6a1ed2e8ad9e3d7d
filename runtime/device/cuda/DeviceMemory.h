// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/cuda/Device.h"

#include <string>
#include <vector>

namespace sennit::cuda {

/// What a runner needs of a device's memory, part by part. First all parts are asked for, then one allocation
/// holds them all. Owns it; thread-compatible.
class DeviceMemory {
public:
  /// Each part begins at a multiple of this.
  static constexpr uint64_t alignment = 256;

  explicit DeviceMemory(const Device &device) : device(device) {}

  /// Asks for a part; its number. Parts stand in the order in which they were asked for.
  /// `name` is for reports: what stands before a colon sums up several parts.
  size_t add(std::string name, uint64_t bytes);

  /// Bytes of all parts so far.
  uint64_t needed() const { return total; }

  /// Makes the allocation. ResourceExhausted names every part with its bytes, and what the device has free.
  Status allocate();

  /// Where a part begins, once allocated.
  DeviceAddress at(size_t part) const { return memory.get() + parts[part].offset; }
  uint64_t bytes(size_t part) const { return parts[part].bytes; }

  /// Bytes that the device has free now.
  static StatusOr<uint64_t> freeBytes(const Device &device);

private:
  struct Part {
    std::string name;
    uint64_t offset, bytes;
  };
  std::string listParts() const;

  const Device &device;
  std::vector<Part> parts;
  uint64_t total = 0;
  OwnedDeviceMemory memory;
};

/// "1.5 GiB", "20.0 MiB", "300 bytes"
std::string bytesText(uint64_t bytes);

} // namespace sennit::cuda
