// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "tools/compiler/EmitPackage.h"
#include "tools/compiler/Frontend.h"

#include <nlohmann/json.hpp>

namespace sennit::compiler {

/// What the phases leave beside the module, which they lower in place.
struct Lowered {
  std::string
      nnModule; ///< the module as it came, for the interpreter; empty where compilation began below nn
  nlohmann::json report = nlohmann::json::object();
  std::string dump; ///< IR after options.dumpAfter
};

/// Runs the phases from the source's level to exec: nn (verify, fuse), plan, tile, exec, with a verifier at
/// the end of each. Stops after the dumped phase when there is no output.
StatusOr<Lowered> lowerSource(Source &source, const CompileOptions &options);

} // namespace sennit::compiler
