// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/device/cuda/DriverApi.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sennit::cuda {

/// A GPU and its primary context, which lives as long as this. Thread-compatible; a thread that makes calls
/// holds a Device::Use.
class Device {
public:
  /// GPU number `ordinal` of those that CUDA_VISIBLE_DEVICES leaves. Errors: no driver, no such device.
  static StatusOr<std::unique_ptr<Device>> open(int ordinal);
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  const DriverApi &api() const { return *driver; }
  Context context() const { return primary; }

  /// "cuda:0 (NVIDIA H100)"
  const std::string &name() const { return fullName; }
  int architecture() const { return capability; } ///< 90: compute capability 9.0
  int multiprocessors() const { return multiprocessorCount; }
  int maxSharedBytes() const { return sharedLimit; } ///< most dynamic shared memory of a block
  bool emulated() const { return driver->nameRange != nullptr; }

  /// The Status of a driver call; names the device in errors.
  Status check(Result result, std::string_view call, std::string_view subject) const;

  /// Makes the device's context the calling thread's, and gives back the one before at its end.
  class Use {
  public:
    explicit Use(const Device &device);
    ~Use();
    Use(const Use &) = delete;
    Use &operator=(const Use &) = delete;
    const Status &status() const { return result; }

  private:
    const Device &device;
    Context before = nullptr;
    bool changed = false;
    Status result;
  };

private:
  explicit Device(const DriverApi &api) : driver(&api) {}
  Status readFacts(int ordinal);

  const DriverApi *driver;
  DeviceNumber number = -1;
  Context primary = nullptr;
  std::string fullName;
  int capability = 0, multiprocessorCount = 0, sharedLimit = 0;
};

/// Owns a handle of the driver. `Destroy` is the member of DriverApi that ends it.
template <typename T, auto Destroy>
class Handle {
public:
  Handle() = default;
  Handle(const DriverApi &api, T value) : api(&api), value(value) {}
  Handle(Handle &&other) noexcept : api(other.api), value(std::exchange(other.value, T())) {}
  Handle &operator=(Handle &&other) noexcept {
    std::swap(api, other.api);
    std::swap(value, other.value);
    return *this;
  }
  // An error here is one of earlier work, which was reported where that was waited for.
  ~Handle() {
    if (value)
      (api->*Destroy)(value);
  }
  T get() const { return value; }
  explicit operator bool() const { return value != T(); }

private:
  const DriverApi *api = nullptr;
  T value = T();
};

using OwnedStream = Handle<Stream, &DriverApi::streamDestroy>;
using OwnedEvent = Handle<Event, &DriverApi::eventDestroy>;
using OwnedModule = Handle<Module, &DriverApi::moduleUnload>;
using OwnedGraph = Handle<Graph, &DriverApi::graphDestroy>;
using OwnedGraphExec = Handle<GraphExec, &DriverApi::graphExecDestroy>;
using OwnedDeviceMemory = Handle<DeviceAddress, &DriverApi::memFree>;
using OwnedHostMemory = Handle<void *, &DriverApi::memFreeHost>;

/// `timed`: two of them give the time between.
StatusOr<OwnedEvent> makeEvent(const Device &device, bool timed);
StatusOr<OwnedStream> makeStream(const Device &device);
/// Memory of the host that copies may use while they are under way. `what` names its use in errors.
StatusOr<OwnedHostMemory> makePinned(const Device &device, uint64_t bytes, std::string_view what);

} // namespace sennit::cuda
