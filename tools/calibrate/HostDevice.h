// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The CPU that this runs on, timed through compiled kernels.
#pragma once

#include "tools/calibrate/Device.h"

#include <functional>
#include <memory>
#include <string>

namespace sennit::calibrate {

/// Compiles the nn text in the file `text` to the package `package` for one code level ("avx2", "avx512");
/// weights are made up. At most `maxRows` rows.
using CompileModel = std::function<Status(const std::string &text, const std::string &package,
                                          const std::string &level, int64_t maxRows)>;

/// A device of `workers` threads. Its packages are compiled into a folder of its own below `folder`, which is
/// gone after prepare(). Unsupported: the CPU lacks the features of level avx2.
StatusOr<std::unique_ptr<Device>> makeHostDevice(int workers, const std::string &folder,
                                                 CompileModel compile);

} // namespace sennit::calibrate
