// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <memory>
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

/// A folder of its own below $TMPDIR (/tmp), removed with all that is in it at the end.
class TemporaryFolder {
public:
  static StatusOr<std::unique_ptr<TemporaryFolder>> create();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  const std::string &path() const { return folder; }
  /// Writes a file in it.
  Status write(const std::string &name, const std::string &bytes) const;
  /// Reads a file of it.
  StatusOr<std::string> read(const std::string &name) const;

private:
  explicit TemporaryFolder(std::string path) : folder(std::move(path)) {}
  std::string folder;
};

} // namespace sennit
