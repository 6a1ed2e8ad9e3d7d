// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <atomic>
#include <cstdint>

namespace sennit {

/// A word that one thread sets and others wait for, once in each step; who waits spins briefly, then sleeps.
/// What was written before it was raised is seen after the wait. Steps count from 1 and follow each other, so
/// nothing has to be reset between them. Thread-safe.
class alignas(64) StepSignal {
public:
  void raise(uint32_t step);

  /// Returns when the signal was raised in `step`.
  void wait(uint32_t step);

  /// Returns the step that the signal was raised in last, when that is another than `step`.
  uint32_t waitForOther(uint32_t step);

private:
  std::atomic<uint32_t> value{0}; ///< futex
  std::atomic<uint32_t> sleepers{0};
};

} // namespace sennit
