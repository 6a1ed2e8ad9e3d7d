// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Runs kernels as the device would, one fiber for each thread of a block, in an order that a seed picks, and
// finds what a device would not forgive.
#pragma once

#include "codegen/cuda/device/emulated_machine.h"
#include "runtime/device/emulated/Fault.h"
#include "runtime/device/emulated/Ranges.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sennit::emulated {

struct GridShape {
  int blocks = 1, threads = 32; ///< threads of a block
  size_t sharedBytes = 0;
};

struct LaunchOptions {
  std::string kernel = "kernel";        ///< for errors
  const MemoryRanges *ranges = nullptr; ///< what global accesses may touch; null: anything
  /// OS threads that blocks are spread over; 0: SENNIT_EMULATED_THREADS, or the usable cores.
  int osThreads = 0;
  double seconds = 120; ///< then the launch ends as timed out
};

/// The table that modules get.
const EmulatedMachine *machine();

/// Calls body(context) once for each thread of each block; returns when all are done, or the fault that ended
/// the launch (of the first block that had one). `seed` picks the order of blocks, and in which order threads
/// run between barriers: 0 ascending, 1 descending, others shuffled anew at each barrier. Thread-safe.
[[nodiscard]] std::optional<Fault> runGrid(const GridShape &shape, uint32_t seed,
                                           const LaunchOptions &options, void (*body)(const void *context),
                                           const void *context);

template <typename F>
[[nodiscard]] std::optional<Fault> runGrid(const GridShape &shape, uint32_t seed,
                                           const LaunchOptions &options, const F &body) {
  return runGrid(
      shape, seed, options, [](const void *context) { (*static_cast<const F *>(context))(); }, &body);
}

} // namespace sennit::emulated
