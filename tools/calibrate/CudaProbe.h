// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a GPU can do at its best, by kernels that every package carries (codegen/cuda/device/probes.cuh) and
// by the driver's own copies.
#pragma once

#include "runtime/device/cuda/DeviceMemory.h"
#include "runtime/device/cuda/KernelCode.h"
#include "runtime/device/cuda/LaunchAbi.h"

#include <cstdint>
#include <memory>

namespace sennit::calibrate {

/// Buffers and events on a GPU. Each reading is one, timed by the device: repeat them and keep the best. On
/// an emulated device the buffers are small and the readings mean nothing. Thread-compatible.
class CudaProbe {
public:
  /// Takes its kernels from `package`, which outlives this, as `device` does. Errors: no code for the device,
  /// not enough memory.
  static StatusOr<std::unique_ptr<CudaProbe>> create(const cuda::Device &device, const Package &package);

  /// Bytes per second that kernels on `processors` multiprocessors read; all of them at most.
  StatusOr<double> read(int processors);
  /// Bytes per second that a kernel copies within the device's memory, those read and those written both
  /// counted.
  StatusOr<double> copy();
  /// The same of the driver's copy.
  StatusOr<double> driverCopy();
  /// Bytes per second from pinned memory of the host to the device.
  StatusOr<double> upload();
  /// Operations per second on f16 with f32 sums, a multiply and an add counted as two, by mma.sync on
  /// registers.
  StatusOr<double> multiply();
  /// Seconds from one empty kernel to the next that depends on it, in a graph.
  StatusOr<double> launch();
  /// Seconds that a kernel takes besides where it waits for two others on branches of their own.
  StatusOr<double> join();

  /// Speeds of two kernels beside each other as fractions of those alone on all processors.
  struct Beside {
    double multiply = 0, partner = 0;
  };
  /// Multiplying on all processors but `processors`, on which another reads, or copies.
  StatusOr<Beside> beside(int processors, bool copies);

private:
  explicit CudaProbe(const cuda::Device &device) : device(device), memory(device) {}
  Status find(const char *entry, const schema::DeviceFunction *&found) const;
  /// Blocks that fill `processors` multiprocessors.
  uint32_t blocks(const schema::DeviceFunction &function, int processors) const;
  Status start(cuda::Stream where, const schema::DeviceFunction &function, uint32_t blocks,
               cuda::LaunchArguments arguments);
  /// Puts one of the probes on a stream, on so many processors.
  Status startMultiply(cuda::Stream where, int processors, uint32_t turns);
  Status startRead(cuda::Stream where, int processors, uint64_t readBytes);
  Status startCopy(cuda::Stream where, int processors, uint64_t copyBytes);
  uint32_t turnsOfMultiply() const;
  /// Seconds that the device is at `work`, which puts it on the stream.
  template <typename Work>
  StatusOr<double> time(Work work);
  /// Seconds of one launch of a graph of `steps` steps, each of `branches` empty kernels beside each other.
  StatusOr<double> timeGraph(int steps, int branches);

  const cuda::Device &device;
  cuda::KernelCode code;
  const schema::DeviceFunction *reader = nullptr, *copier = nullptr, *multiplier = nullptr;
  cuda::DeviceMemory memory;
  uint64_t bytes = 0; ///< of each of two buffers
  size_t from = 0, to = 0, sums = 0, products = 0;
  cuda::OwnedHostMemory pinned;
  uint64_t pinnedBytes = 0;
  cuda::OwnedStream stream, second;
  cuda::OwnedEvent begin, end, secondBegin, secondEnd;
};

} // namespace sennit::calibrate
