// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The plan section of a package: what was decided and why, as JSON, and its form for a reader.
#pragma once

#include "runtime/base/StatusOr.h"

#include "mlir/IR/BuiltinOps.h"

#include <nlohmann/json.hpp>

#include <string>

namespace sennit::compiler {

/// What each body of the module is made of: {body: {ops: [names]}}. Taken before bodies become kernels.
nlohmann::json describeBodies(mlir::ModuleOp planModule);

/// The plans, and the nodes of the one for the most rows with their costs, pieces and the reasons that fusing
/// left on them. `bodies` is describeBodies' answer.
nlohmann::json describePlan(mlir::ModuleOp planModule, const nlohmann::json &bodies, int64_t loadPrompt,
                            int64_t loadOutput);

/// Adds buffers, peaks, programs and buckets of an exec module under "memory" and "programs".
void describePrograms(mlir::ModuleOp execModule, nlohmann::json &report);

/// The report as text: equal nodes together, or only what concerns node, kernel or op `op` when it is not
/// empty. Refuses an op that the report does not know.
StatusOr<std::string> renderReport(const nlohmann::json &report, const std::string &op);

} // namespace sennit::compiler
