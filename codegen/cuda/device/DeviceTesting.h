// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Runs device headers under the emulator inside a unit test.
#pragma once

#define SENNIT_EMULATED
#define SENNIT_EMULATED_MODULE
#include "codegen/cuda/device/launch.cuh"
#include "runtime/device/emulated/Emulator.h"

namespace sennit::device_testing {

/// Calls body() as each thread of a grid would, in the order that `seed` picks.
template <typename F>
void run(const emulated::GridShape &shape, uint32_t seed, F body) {
  sennit_machine = emulated::machine();
  emulated::runGrid(shape, seed, body);
}

} // namespace sennit::device_testing
