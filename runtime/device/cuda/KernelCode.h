// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/cuda/Device.h"
#include "runtime/program/Load.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sennit::cuda {

/// The kernels of a package, loaded onto a device. Thread-compatible.
class KernelCode {
public:
  KernelCode() = default;

  /// Loads the code that fits the device best. All functions are found, and given the shared memory that they
  /// need, now. `package` is borrowed. Errors: no code for the device, a function that does not fit it, a
  /// driver that is too old for the code.
  static StatusOr<KernelCode> load(const Device &device, const Package &package);

  const schema::DeviceCode &tables() const { return *code; }

  /// Of an entry that `tables` names.
  Function function(std::string_view entry) const { return functions.find(entry)->second.function; }

private:
  /// Dynamic shared memory that every function may use.
  static constexpr uint32_t sharedWithoutAsking = 48 << 10;

  Status find(const Device &device, const schema::DeviceFunction &function);

  const schema::DeviceCode *code = nullptr;
  std::vector<OwnedModule> modules;
  struct Entry {
    Function function = nullptr;
    uint32_t sharedBytes = sharedWithoutAsking; ///< that it may use
  };
  std::map<std::string, Entry, std::less<>> functions;
};

} // namespace sennit::cuda
