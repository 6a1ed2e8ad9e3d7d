// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/cuda/Device.h"
#include "runtime/device/cuda/KernelCode.h"
#include "runtime/device/cuda/StepPlan.h"

#include <span>
#include <vector>

namespace sennit::cuda {

/// The StepInput, on the host and on the device, and what may stand behind it on both.
struct InputCopy {
  const void *host = nullptr; ///< pinned
  DeviceAddress device = 0;
  uint64_t bytes = 0;
};

/// Runs the nodes of a step one at a time on `stream` and waits for each, so that an error names its
/// kernel and the node of the plan. For finding faults: much slower than a graph.
Status runNodes(const Device &device, const KernelCode &kernels, std::span<const StepNode> nodes,
                const InputCopy &input, const schema::Program &program, Stream stream);

/// A step as a graph of the driver: one launch runs it. Thread-compatible.
class StepGraph {
public:
  /// `timed`: with events around each command, which cost a little time themselves.
  static StatusOr<StepGraph> make(const Device &device, const KernelCode &kernels,
                                  std::span<const StepNode> nodes, const InputCopy &input, bool timed);

  /// Starts it on `stream`, behind what is there.
  Status launch(const Device &device, Stream stream) const;

  /// When a command ran in the last launch, which has ended: seconds since that launch's first event.
  struct CommandTime {
    uint32_t command;
    schema::Lane lane;
    double begin, end;
  };
  /// Of a timed graph, in the order of the nodes.
  StatusOr<std::vector<CommandTime>> times(const Device &device) const;

private:
  struct Span {
    uint32_t command;
    schema::Lane lane;
    OwnedEvent begin, end;
  };
  class Maker;

  OwnedGraphExec exec;
  OwnedEvent start; ///< behind the Input; of a timed graph
  std::vector<Span> spans;
};

} // namespace sennit::cuda
