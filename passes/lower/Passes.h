// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The passes between dialects: nn to plan, plan to tile, plan to exec.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sennit {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION // registerLowerPasses()
#include "passes/lower/Passes.h.inc"

} // namespace sennit
