// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <functional>

namespace sennit::emulated {

/// OS threads that blocks are spread over: SENNIT_EMULATED_THREADS, or the cores that this process may use.
int usualThreads();

/// Calls work() here and at the same time on up to `helpers` kept threads; returns when all calls have. Where
/// the kept threads have other work, only here. Thread-safe.
void runWithHelpers(int helpers, const std::function<void()> &work);

} // namespace sennit::emulated
