// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Runs the attention functions under the emulator.
#pragma once

#include "codegen/cuda/device/DeviceTesting.h"

#include "codegen/cuda/device/AttentionExample.cuh"
#include "codegen/cuda/device/AttentionSteps.h"

namespace sennit::attention_testing {

/// Runs both functions of generated rows, or that of prompt rows, on a grid of `blocks`.
template <typename A>
void runGenerated(const Launch &launch, uint32_t seed, int blocks) {
  device_testing::run({blocks, attention_threads, size_t(A::shape.partial_shared_bytes())}, seed,
                      [&] { example_partial<A>(launch); });
  device_testing::run({blocks, attention_threads, 0}, seed, [&] { example_merge<A>(launch); });
}
template <typename A>
void runPrompt(const Launch &launch, uint32_t seed, int blocks) {
  device_testing::run({blocks, attention_threads, size_t(A::shape.prompt_shared_bytes())}, seed,
                      [&] { example_prompt<A>(launch); });
}

} // namespace sennit::attention_testing
