// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Which kernels are compiled together. Internal to CompileDevices.
#pragma once

#include "codegen/cuda/compile/CompileDevices.h"

#include <map>
#include <string>
#include <vector>

namespace sennit {

/// A text that is compiled alone, and the functions that it holds.
struct DeviceModuleText {
  std::string text;
  std::vector<std::string> entries;
};

/// The modules of a target. PTX and machine code are divided, so that several processors take part; what the
/// emulator loads is one module, since each would bring its own copy of the headers. Depends on the source
/// alone.
struct DeviceModules {
  std::vector<DeviceModuleText> modules;
  std::map<std::string, uint32_t> moduleOf;    ///< by entry
  std::map<std::string, std::string> kernelOf; ///< name of the tile.kernel by entry; "" of utilities
};

/// InvalidInput where a function breaks a limit of the target or two have one name.
StatusOr<DeviceModules> divideIntoModules(const DeviceSource &source);

} // namespace sennit
