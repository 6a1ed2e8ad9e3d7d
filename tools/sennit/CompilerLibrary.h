// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace sennit {

/// libsennit-compiler.so, opened on first use from lib/ beside the tool's own bin/ and never closed. Main
/// thread only. Each call sends options as JSON and gives back the result; see tools/compiler/Compiler.h for
/// the fields.
namespace compiler {

StatusOr<nlohmann::json> compile(const nlohmann::json &options);
StatusOr<nlohmann::json> interpret(const nlohmann::json &options);
StatusOr<nlohmann::json> explain(const nlohmann::json &options);
StatusOr<nlohmann::json> plan(const nlohmann::json &options);

/// Where the library is looked for.
StatusOr<std::string> libraryPath();

} // namespace compiler
} // namespace sennit
