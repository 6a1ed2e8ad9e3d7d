// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <atomic>
#include <string>
#include <vector>

namespace sennit::gpu {

/// How a child process ended, and what it said.
struct ChildEnd {
  enum class Kind {
    Exited,     ///< by itself, with `code`
    Signalled,  ///< by signal `code`
    TimedOut,   ///< it was killed at its limit, or because `stop` became true
    NotStarted, ///< `code` is errno
  };
  Kind kind = Kind::Exited;
  int code = 0;
  double seconds = 0;
  std::string output, errors; ///< of standard output and standard error, each up to 64 MiB

  /// "exit code 3", "killed by signal 11", "no end within 20 s", "cannot be started: ..."
  std::string text() const;
};

/// Runs `command` (a path and its arguments) with no input and waits for its end, for at most `limit`
/// seconds: then, or when `stop` (which may be null) becomes true, it is killed with all processes that it
/// started in its group. Thread-safe.
ChildEnd runChild(const std::vector<std::string> &command, double limit,
                  const std::atomic<bool> *stop = nullptr);

} // namespace sennit::gpu
