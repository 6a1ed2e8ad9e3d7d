// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a device does in one step, decided before any rows are known: the commands of a program as nodes with
// the nodes that they come after. No call of the driver.
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/device/cuda/LaunchAbi.h"
#include "runtime/program/StepRunner.h"
#include "runtime/schema/program_generated.h"

#include <array>
#include <span>
#include <vector>

namespace sennit::cuda {

inline constexpr size_t lanes = size_t(schema::Lane::MAX) + 1;

/// Where everything that commands name stands on the device.
struct Places {
  std::vector<DeviceAddress> weights;      ///< by Package.weights; joined (runtime/weights/Join.h)
  std::vector<DeviceAddress> keys, values; ///< by layer
  DeviceAddress arena = 0;
  DeviceAddress step = 0; ///< StepInput, as the package's StepLayout lays it out
  std::array<DeviceAddress, lanes> scratch{};
};

inline constexpr uint32_t noCommand = 0xffffffff;

struct StepNode {
  enum class Kind { Input, Kernel, Copy, Output };
  Kind kind = Kind::Input; ///< Input: the StepInput comes from the host; always node 0, alone
  uint32_t command = 0;    ///< in the program, of Kernel and Copy; noCommand: it does not come from there
  schema::Lane lane = schema::Lane::Compute;
  std::vector<uint32_t> after; ///< nodes that end before this one begins, ascending
  // Kernel
  const schema::DeviceFunction *function = nullptr;
  uint32_t blocks = 0;
  LaunchArguments arguments;
  // Copy, within the device; Output, to the host
  DeviceAddress source = 0, target = 0;
  void *host = nullptr; ///< pinned
  uint64_t bytes = 0;
};

/// What a plan is made for.
struct StepShape {
  const schema::Package *package = nullptr;
  const schema::DeviceCode *code = nullptr;
  const schema::Bucket *bucket = nullptr; ///< of rows, role and program
  uint32_t mostWanted = 0;                ///< wanted rows of any step
  int multiprocessors = 1;
  Overlap overlap = Overlap::Planned;
};

/// The nodes of a step, in an order in which they could run one by one. Unsupported: a copy whose rows only
/// the device knows.
StatusOr<std::vector<StepNode>> planStep(const StepShape &shape, const Places &places);

/// The nodes that no other comes after, ascending.
std::vector<uint32_t> endsOf(std::span<const StepNode> nodes);

/// Scratch memory that the launches of each lane need, bytes.
std::array<uint64_t, lanes> scratchBytes(const StepShape &shape);

} // namespace sennit::cuda
