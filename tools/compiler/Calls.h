// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the C interface (Compiler.h) calls: one function for each verb, options and results as JSON with the
// fields that Compiler.h names.
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json.hpp>

namespace sennit::compiler {

StatusOr<nlohmann::json> compile(const nlohmann::json &options);
StatusOr<nlohmann::json> interpret(const nlohmann::json &options);
StatusOr<nlohmann::json> explain(const nlohmann::json &options);
StatusOr<nlohmann::json> plan(const nlohmann::json &options);

} // namespace sennit::compiler
