// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "codegen/cuda/device/emulated_machine.h"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace sennit::emulated {

struct GridShape {
  int blocks = 1, threads = 32; ///< threads of a block
  size_t sharedBytes = 0;
};

/// The table that modules get.
const EmulatedMachine *machine();

/// Runs `body` once for each thread of each block; returns when all are done. `seed` picks the order in which
/// threads run between barriers: 0 ascending, 1 descending, others shuffled.
void runGrid(const GridShape &shape, uint32_t seed, const std::function<void()> &body);

} // namespace sennit::emulated
