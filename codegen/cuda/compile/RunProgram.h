// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <string>
#include <vector>

namespace sennit {

struct ProgramResult {
  int exitCode = 0;   ///< 128 + its number where a signal ended it
  std::string output; ///< standard output and error, as they came
};

/// Runs a program without a shell, its input empty, in `folder` ("": where this process is). Unavailable
/// where it cannot be started. Thread-safe.
StatusOr<ProgramResult> runProgram(const std::vector<std::string> &arguments, const std::string &folder = "");

} // namespace sennit
