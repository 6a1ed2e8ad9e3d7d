// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/StepSignal.h"

#include "runtime/device/host/Futex.h"

#include <chrono>

namespace sennit {

namespace {

// As long as a worker waits awake for its next launch.
constexpr auto spinTime = std::chrono::microseconds(60);

} // namespace

void StepSignal::raise(uint32_t step) {
  value.store(step); // seq_cst, against sleepers
  if (sleepers.load() != 0)
    futexWake(value, INT_MAX);
}

void StepSignal::wait(uint32_t step) {
  // Signals of a step are raised in it or not at all, so any other value is an older one.
  for (uint32_t seen = value.load(std::memory_order_acquire); seen != step;)
    seen = waitForOther(seen);
}

uint32_t StepSignal::waitForOther(uint32_t step) {
  uint32_t seen = value.load(std::memory_order_acquire);
  if (seen != step)
    return seen;
  const auto begin = std::chrono::steady_clock::now();
  for (int turn = 1;; ++turn) {
    pauseBriefly();
    if ((seen = value.load(std::memory_order_acquire)) != step)
      return seen;
    // The clock is looked at now and then only, so that the signal is noticed at once.
    if (turn % 32 == 0 && std::chrono::steady_clock::now() - begin >= spinTime)
      break;
  }
  sleepers.fetch_add(1);
  while ((seen = value.load()) == step) // seq_cst: who raises sees the sleeper, or the sleeper sees the value
    futexWait(value, step);
  sleepers.fetch_sub(1);
  return seen;
}

} // namespace sennit
