// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Loops of work on threads, alone and side by side.
#pragma once

#include "runtime/base/StatusOr.h"

#include <functional>
#include <memory>
#include <utility>

namespace sennit::calibrate {

/// One unit of work; called over and over from one thread.
using Work = std::function<void()>;

/// Units per second, over `seconds` or one unit, whichever is longer.
double rateOf(Work &work, double seconds);

/// The same of two works at once, on the calling thread and another. Each counts while the other runs.
std::pair<double, double> ratesOf(Work &first, Work &second, double seconds);

/// A unit copies 16 MB from one buffer to another, both larger than caches, on `workers` threads.
/// ResourceExhausted: no memory.
StatusOr<Work> makeCopier(int workers);

/// A thread that reads and adds over a buffer larger than caches until the result is released.
std::shared_ptr<void> makeBusyThread();

/// Seconds that a launch on a pool of `workers` takes beyond the work of each of them; the middle of many.
double measureLaunch(int workers);

/// Seconds from a store by one thread to the other's next instruction after a wait for it, mean of many.
double measureJoin();

} // namespace sennit::calibrate
