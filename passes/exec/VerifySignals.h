// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "dialects/exec/Exec.h"
#include "passes/exec/CommandOrder.h"

namespace sennit {

/// Checks that each signal of a program is raised once and awaited, not before it is raised, and that no
/// branch skips it and leaves a wait; lists what it finds. `order` is that of the program.
bool verifySignals(const CommandOrder &order, exec::ProgramOp program);

} // namespace sennit
