// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/cuda/Device.h"
#include "runtime/program/Load.h"

#include <atomic>
#include <functional>
#include <span>

namespace sennit::cuda {

struct UploadOptions {
  int threads = 1;               ///< that read the mapping
  uint64_t chunkBytes = 8 << 20; ///< of one pinned chunk
  int chunks = 4;                ///< pinned chunks; up to half of them are under way to the device
  const std::atomic<bool> *interrupt = nullptr; ///< true: the upload ends with Interrupted; may be null
  std::function<void(uint64_t done, uint64_t all)> progress; ///< bytes; told by the calling thread
};

/// Bytes of weight `index` on the device: its joined form (runtime/weights/Join.h).
uint64_t joinedBytes(const Package &package, uint32_t index);

/// Copies every weight to `places[index]`, joined. Threads fill pinned chunks from the mapping while earlier
/// ones travel; only the calling thread talks to the driver. Returns when all bytes are there.
Status uploadWeights(const Device &device, const Package &package, std::span<const DeviceAddress> places,
                     const UploadOptions &options);

} // namespace sennit::cuda
