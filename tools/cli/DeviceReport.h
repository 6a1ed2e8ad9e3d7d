// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a package holds for GPUs, as data. The fields are what `inspect --json` prints.
#pragma once

#include "runtime/program/Load.h"

#include <nlohmann/json_fwd.hpp>

namespace sennit::cli {

/// One entry for each target: name, modules, bytes of code and text.
nlohmann::ordered_json describeDevices(const Package &package);

/// One entry for each function of each target: kernel ("" for the runtime's own), function, target, most rows
/// of the launches that it is for (absent: any), threads, registers, shared memory, spills and code in bytes,
/// the place of the tile.kernel.
nlohmann::ordered_json describeDeviceFunctions(const Package &package);

/// The CUDA texts of kernel `name`: one for each target that has a text of its own, with the targets above
/// it. Where no kernel has the name: InvalidInput with those that there are.
StatusOr<std::string> deviceSource(const Package &package, const std::string &name);

} // namespace sennit::cli
