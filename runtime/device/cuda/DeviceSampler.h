// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/cuda/DeviceMemory.h"
#include "runtime/device/cuda/KernelCode.h"
#include "runtime/device/cuda/StepGraph.h"
#include "runtime/sampling/DeviceSampling.h"

#include <array>
#include <compare>
#include <optional>
#include <span>
#include <vector>

namespace sennit::cuda {

/// Where the logits of a step are: f32 [wanted rows][vocab_size].
struct LogitsPlace {
  DeviceAddress base = 0;
  uint64_t rowBytes = 0;
  DeviceAddress counts = 0; ///< StepField.Counts on the device
};

/// What the nodes that draw depend on beside their step; steps of one shape share a graph.
struct SampleShape {
  uint32_t rows = 0;   ///< the most wanted rows that are drawn; 0: none are, there are no such nodes
  bool greedy = false; ///< all draws take the largest logit
  auto operator<=>(const SampleShape &) const = default;
};

/// Draws tokens on a device, in the graph of the step that makes their logits: the functions of
/// codegen/cuda/device/sample.cuh, a few rows of logits at a time. What the draws ask for is a table that is
/// copied there with the StepInput. Borrows the code; thread-compatible.
class DeviceSampler {
public:
  DeviceSampler() = default;
  /// Asks `memory` for what `mostRows` wanted rows need, the table first; as many rows as fit in
  /// `scratchBytes` are drawn at a time, at least one.
  DeviceSampler(const KernelCode &kernels, const schema::Model &model, uint32_t mostRows,
                DeviceMemory &memory, uint64_t scratchBytes = 32 << 20);

  /// Whether the code has the functions; where it does not, tokens are drawn on the host.
  bool available() const { return functions[0] != nullptr; }
  /// Bytes of the largest table; 0 where nothing is drawn here.
  uint64_t mostTableBytes() const { return available() ? tableBytes(mostRows) : 0; }
  /// Once `memory` is allocated. `hostTable` is pinned memory of mostTableBytes, aligned to 8; borrowed.
  Status reserve(const Device &device, const DeviceMemory &memory, void *hostTable);

  /// Writes the table for a step's draws, at least one and one for each wanted row, where a step of the same
  /// bucket may want up to `bucketRows`. None: their recent ids are too many, or nothing is drawn here.
  std::optional<SampleShape> prepare(std::span<const TokenDraw> draws, uint32_t bucketRows);
  /// The copy of the table that a step of this shape needs.
  InputCopy tableCopy(const SampleShape &shape) const { return {hostTable, table, tableBytes(shape.rows)}; }
  /// Adds the functions behind all of `nodes`, and the copy of the drawn ids to the host behind them.
  void append(const SampleShape &shape, const LogitsPlace &logits, std::vector<StepNode> &nodes) const;
  /// The tokens of the first `rows` draws, once the step's nodes have run.
  std::span<const int32_t> tokens(size_t rows) const {
    return {static_cast<const int32_t *>(tokenMemory.get()), rows};
  }

private:
  static constexpr size_t functionCount = 4;

  static size_t recentRoom(uint32_t rows);
  /// Rows, then recent ids.
  static uint64_t tableBytes(uint32_t rows) {
    return sizeof(DeviceSampleRow) * uint64_t(rows) + 4 * recentRoom(rows);
  }

  std::array<const schema::DeviceFunction *, functionCount> functions{}; ///< in the order in which they run
  uint32_t vocabSize = 0, mostRows = 0;
  uint32_t rowsAtOnce = 1; ///< that there is scratch memory for
  size_t tablePart = 0, tokensPart = 0, scratchPart = 0;
  DeviceAddress table = 0, tokensOnDevice = 0, scratch = 0;
  void *hostTable = nullptr;
  OwnedHostMemory tokenMemory;
};

} // namespace sennit::cuda
