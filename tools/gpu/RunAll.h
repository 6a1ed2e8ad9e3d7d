// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "tools/gpu/Bundle.h"

#include <string>

namespace sennit::gpu {

struct RunOptions {
  std::string device = "cuda";
  std::string output = "results.json";
  std::string work;     ///< folder for packages of several gigabytes; empty: chosen
  std::string only;     ///< parts whose name contains this; empty: all
  double seconds = 470; ///< no part begins later, or goes on
};

/// Runs all parts, each in a process of its own, and writes the results after each one. Packages are filled
/// beside the first parts. Prints a line for each part. Refused-like InvalidInput where a part did not pass.
Status runAll(const Bundle &bundle, const RunOptions &options);

} // namespace sennit::gpu
