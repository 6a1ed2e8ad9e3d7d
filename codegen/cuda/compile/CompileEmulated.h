// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// CUDA text for the emulated machine: clang compiles it for the host against emulated.h.
#pragma once

#include "runtime/base/StatusOr.h"

#include <string>
#include <vector>

namespace sennit {

/// clang, found once for the process.
struct HostClang {
  std::string path, version; ///< version: its first line of --version

  /// $SENNIT_CLANG where that is set, otherwise clang++-22 or clang++ on PATH. Unavailable where there is
  /// none.
  static StatusOr<HostClang> find();
};

/// The flags of a module. `sanitize`: with AddressSanitizer and UndefinedBehaviorSanitizer, whose runtime
/// the program that loads the module must have.
std::vector<std::string> emulatedFlags(bool sanitize);

/// The bytes of a shared object: each kernel of `text` and sennit_machine are exported, and nothing but the C
/// and mathematics library is asked for. The same text gives the same bytes. InvalidInput with the first
/// error's place and text. Thread-safe.
StatusOr<std::string> compileEmulated(const HostClang &clang, const std::string &text, bool sanitize);

} // namespace sennit
