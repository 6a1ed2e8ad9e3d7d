// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Runs device headers under the emulator inside a unit test.
#pragma once

#define SENNIT_EMULATED
#define SENNIT_EMULATED_MODULE
#include "codegen/cuda/device/launch.cuh"
#include "runtime/device/emulated/Emulator.h"

#include <gtest/gtest.h>

namespace sennit::device_testing {

/// Fewer sizes: of tests whose every access is checked (sennit_checked_kernels).
#ifdef SENNIT_TEST_REDUCED
constexpr bool reduced = true;
#else
constexpr bool reduced = false;
#endif

/// Calls body() as each thread of a grid would, in the order that `seed` picks: one at a time, so that bodies
/// may note what they see. The fault that ended it, if any.
template <typename F>
std::optional<emulated::Fault> tryRun(const emulated::GridShape &shape, uint32_t seed, const F &body,
                                      emulated::LaunchOptions options = {}) {
  sennit_machine = emulated::machine();
  options.osThreads = 1;
  return emulated::runGrid(shape, seed, options, body);
}

/// As tryRun; a fault fails the test.
template <typename F>
void run(const emulated::GridShape &shape, uint32_t seed, const F &body) {
  if (const std::optional<emulated::Fault> fault = tryRun(shape, seed, body))
    ADD_FAILURE() << "seed " << seed << ": " << fault->sentence;
}

} // namespace sennit::device_testing
