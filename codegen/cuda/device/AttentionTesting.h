// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Runs the attention functions under the emulator.
#pragma once

#include "codegen/cuda/device/DeviceTesting.h"

#include "codegen/cuda/device/AttentionExample.h"
#include "codegen/cuda/device/AttentionSteps.h"

namespace sennit::attention_testing {

/// Runs `body` on a grid of `blocks` that may touch the memory of the step alone; a fault fails the test.
template <typename F>
void runWithin(const TestMemory &memory, int blocks, int sharedBytes, uint32_t seed, const F &body) {
  std::vector<emulated::MemoryRange> all;
  for (const NamedMemory &part : memory.memory()) {
    const auto begin = reinterpret_cast<uintptr_t>(part.begin);
    all.push_back({begin, begin + part.bytes, part.name});
  }
  const emulated::MemoryRanges ranges(std::move(all));
  emulated::LaunchOptions options;
  options.ranges = &ranges;
  if (const auto fault =
          device_testing::tryRun({blocks, attention_threads, size_t(sharedBytes)}, seed, body, options))
    ADD_FAILURE() << "seed " << seed << ": " << fault->sentence;
}

/// Runs both functions of generated rows, or that of prompt rows, on a grid of `blocks`.
template <typename A>
void runGenerated(const TestMemory &memory, const Launch &launch, uint32_t seed, int blocks) {
  runWithin(memory, blocks, A::shape.partial_shared_bytes(), seed, [&] { example_partial<A>(launch); });
  runWithin(memory, blocks, 0, seed, [&] { example_merge<A>(launch); });
}
template <typename A>
void runPrompt(const TestMemory &memory, const Launch &launch, uint32_t seed, int blocks) {
  runWithin(memory, blocks, A::shape.prompt_shared_bytes(), seed, [&] { example_prompt<A>(launch); });
}

} // namespace sennit::attention_testing
