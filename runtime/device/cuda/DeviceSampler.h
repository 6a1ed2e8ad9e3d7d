// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/cuda/DeviceMemory.h"
#include "runtime/device/cuda/KernelCode.h"
#include "runtime/sampling/Sampler.h"

#include <array>
#include <span>

namespace sennit::cuda {

/// Where the logits of a step are: f32 [wanted rows][vocab_size].
struct LogitsPlace {
  DeviceAddress base = 0;
  uint64_t rowBytes = 0;
  DeviceAddress counts = 0; ///< StepField.Counts on the device
};

/// Draws tokens on a device, behind the step that makes their logits: the functions of
/// codegen/cuda/device/sample.cuh, a few rows of logits at a time. Borrows the code; thread-compatible.
class DeviceSampler {
public:
  DeviceSampler() = default;
  /// Asks `memory` for what `mostRows` wanted rows need; as many as fit in `scratchBytes` are drawn at a
  /// time, at least one.
  DeviceSampler(const KernelCode &kernels, const schema::Model &model, uint32_t mostRows,
                DeviceMemory &memory, uint64_t scratchBytes = 32 << 20);

  /// Whether the code has the functions; where it does not, tokens are drawn on the host.
  bool available() const { return functions[0] != nullptr; }
  /// Once `memory` is allocated.
  Status reserve(const Device &device, const DeviceMemory &memory);

  /// Puts the work for one step on `stream`. False: nothing was started, since the recent ids of the draws
  /// are too many.
  StatusOr<bool> start(const Device &device, Stream stream, const LogitsPlace &logits,
                       std::span<const TokenDraw> draws);
  /// The tokens of the last start, once the stream was waited for.
  std::span<const int32_t> tokens() const {
    return {static_cast<const int32_t *>(tokenMemory.get()), rowsStarted};
  }

private:
  static constexpr size_t functionCount = 4;

  const KernelCode *kernels = nullptr;
  std::array<const schema::DeviceFunction *, functionCount> functions{}; ///< in the order in which they run
  uint32_t vocabSize = 0;
  uint32_t rowsAtOnce = 1; ///< that there is scratch memory for
  size_t mostRecent = 0;   ///< ids
  size_t tablePart = 0, tokensPart = 0, scratchPart = 0;
  DeviceAddress table = 0; ///< DeviceSampleRow [rows], recent ids behind them
  DeviceAddress tokensOnDevice = 0, scratch = 0;
  OwnedHostMemory tableMemory, tokenMemory;
  size_t rowsStarted = 0;
};

} // namespace sennit::cuda
