// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Ctrl-C: the first one asks the running verb to stop, the second ends the process.
#pragma once

#include "runtime/base/Status.h"

#include <atomic>

namespace sennit::cli {

/// Installs the handler of SIGINT. Call once, before other threads exist.
void catchInterrupts();

/// True after the first SIGINT. Thread-safe.
bool interrupted();

/// The same as a flag that the runtime can look at.
const std::atomic<bool> &interruptFlag();

/// What a verb returns when it stops for that reason: exit code 130.
Status interruptedStatus();

/// Also calls `notify` from the handler, which therefore must be async-signal-safe; null: nothing more. Where
/// a verb runs foreign code that cannot be asked to stop, `exitNow` ends the process in the handler.
void onInterrupt(void (*notify)());
void exitNow();

} // namespace sennit::cli
