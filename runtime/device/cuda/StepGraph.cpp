// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/StepGraph.h"

#include <string>

namespace sennit::cuda {

namespace {

/// Of a copy.
const char *subjectOf(StepNode::Kind kind) {
  return kind == StepNode::Kind::Input    ? "the step's input"
         : kind == StepNode::Kind::Output ? "drawn tokens"
                                          : "a copy of activations";
}

} // namespace

class StepGraph::Maker {
public:
  Maker(const Device &device, const KernelCode &kernels, const InputCopy &input, bool timed)
      : device(device), api(device.api()), kernels(kernels), input(input), timed(timed) {}

  Status run(std::span<const StepNode> nodes, StepGraph &made) {
    Graph empty = nullptr;
    SENNIT_RETURN_IF_ERROR(device.check(api.graphCreate(&empty, 0), "cuGraphCreate", "the graph of a step"));
    graph = OwnedGraph(api, empty);
    for (size_t i = 0; i < nodes.size(); ++i) {
      const StepNode &node = nodes[i];
      std::vector<GraphNode> after;
      for (uint32_t before : node.after)
        after.push_back(ends[before]);
      // The functions of one command follow each other.
      const bool isTimed = timed && node.kind != StepNode::Kind::Input && node.command != noCommand;
      const bool isFirst = i == 0 || nodes[i - 1].command != node.command || nodes[i - 1].kind != node.kind;
      const bool isLast = i + 1 == nodes.size() || nodes[i + 1].command != node.command;
      if (isTimed && isFirst) {
        made.spans.push_back({node.command, node.lane, {}, {}});
        SENNIT_RETURN_IF_ERROR(record(after, made.spans.back().begin));
      }
      SENNIT_RETURN_IF_ERROR(add(node, after));
      if (timed && node.kind == StepNode::Kind::Input)
        SENNIT_RETURN_IF_ERROR(record(after, made.start));
      else if (isTimed && isLast)
        SENNIT_RETURN_IF_ERROR(record(after, made.spans.back().end));
      ends.push_back(after.front());
    }
    GraphExec exec = nullptr;
    SENNIT_RETURN_IF_ERROR(device.check(api.graphInstantiate(&exec, graph.get(), 0),
                                        "cuGraphInstantiateWithFlags", "the graph of a step"));
    made.exec = OwnedGraphExec(api, exec);
    return {};
  }

private:
  /// Adds an event after `after`, which becomes that node alone.
  Status record(std::vector<GraphNode> &after, OwnedEvent &event) {
    SENNIT_ASSIGN_OR_RETURN(event, makeEvent(device, /*timed=*/true));
    GraphNode node = nullptr;
    SENNIT_RETURN_IF_ERROR(
        device.check(api.graphAddEventRecordNode(&node, graph.get(), after.data(), after.size(), event.get()),
                     "cuGraphAddEventRecordNode", "an event of a step"));
    after = {node};
    return {};
  }

  /// Adds a node after `after`, which becomes that node alone.
  Status add(const StepNode &planned, std::vector<GraphNode> &after) {
    GraphNode node = nullptr;
    if (planned.kind == StepNode::Kind::Kernel) {
      LaunchArguments arguments = planned.arguments; // copied by the driver
      void *parameters[] = {&arguments};
      KernelNodeParams params;
      const std::string_view entry = planned.function->entry()->string_view();
      params.function = kernels.function(entry);
      params.gridX = planned.blocks;
      params.blockX = planned.function->threads();
      params.sharedBytes = planned.function->shared_bytes();
      params.parameters = parameters;
      SENNIT_RETURN_IF_ERROR(
          device.check(api.graphAddKernelNode(&node, graph.get(), after.data(), after.size(), &params),
                       "cuGraphAddKernelNode", "kernel " + std::string(entry)));
    } else {
      CopyParams params;
      params.widthBytes = planned.bytes;
      params.source.device = planned.source;
      params.target.device = planned.target;
      if (planned.kind == StepNode::Kind::Input) {
        params.widthBytes = input.bytes;
        params.source.type = MemoryType::Host;
        params.source.host = const_cast<void *>(input.host);
        params.source.device = 0;
        params.target.device = input.device;
      } else if (planned.kind == StepNode::Kind::Output) {
        params.target.type = MemoryType::Host;
        params.target.host = planned.host;
        params.target.device = 0;
      }
      SENNIT_RETURN_IF_ERROR(device.check(
          api.graphAddMemcpyNode(&node, graph.get(), after.data(), after.size(), &params, device.context()),
          "cuGraphAddMemcpyNode", subjectOf(planned.kind)));
    }
    after = {node};
    return {};
  }

  const Device &device;
  const DriverApi &api;
  const KernelCode &kernels;
  const InputCopy &input;
  const bool timed;
  OwnedGraph graph;
  std::vector<GraphNode> ends; ///< by node: what later ones come after
};

Status runNodes(const Device &device, const KernelCode &kernels, std::span<const StepNode> nodes,
                const InputCopy &input, const schema::Program &program, Stream stream) {
  const DriverApi &api = device.api();
  for (const StepNode &node : nodes) {
    std::string subject = subjectOf(node.kind);
    const char *call = "cuMemcpyHtoDAsync";
    Result result = success;
    if (node.kind == StepNode::Kind::Kernel) {
      LaunchArguments arguments = node.arguments;
      void *parameters[] = {&arguments};
      subject = "kernel " + node.function->entry()->str();
      const schema::Launch *launch =
          node.command == noCommand ? nullptr : program.commands()->Get(node.command)->command_as_Launch();
      if (launch && launch->node())
        subject += " of node " + launch->node()->str();
      call = "cuLaunchKernel";
      result = api.launchKernel(kernels.function(node.function->entry()->string_view()), node.blocks, 1, 1,
                                node.function->threads(), 1, 1, node.function->shared_bytes(), stream,
                                parameters, nullptr);
    } else if (node.kind == StepNode::Kind::Copy) {
      call = "cuMemcpyDtoDAsync";
      result = api.memcpyDtoDAsync(node.target, node.source, node.bytes, stream);
    } else if (node.kind == StepNode::Kind::Output) {
      call = "cuMemcpyDtoHAsync";
      result = api.memcpyDtoHAsync(node.host, node.source, node.bytes, stream);
    } else {
      result = api.memcpyHtoDAsync(input.device, input.host, input.bytes, stream);
    }
    SENNIT_RETURN_IF_ERROR(device.check(result, call, subject));
    SENNIT_RETURN_IF_ERROR(device.check(api.streamSynchronize(stream), "cuStreamSynchronize", subject));
  }
  return {};
}

StatusOr<StepGraph> StepGraph::make(const Device &device, const KernelCode &kernels,
                                    std::span<const StepNode> nodes, const InputCopy &input, bool timed) {
  StepGraph made;
  SENNIT_RETURN_IF_ERROR(Maker(device, kernels, input, timed).run(nodes, made));
  return made;
}

Status StepGraph::launch(const Device &device, Stream stream) const {
  return device.check(device.api().graphLaunch(exec.get(), stream), "cuGraphLaunch", "the graph of a step");
}

StatusOr<std::vector<StepGraph::CommandTime>> StepGraph::times(const Device &device) const {
  const auto since = [&](const OwnedEvent &event) -> StatusOr<double> {
    float milliseconds = 0;
    SENNIT_RETURN_IF_ERROR(
        device.check(device.api().eventElapsedTime(&milliseconds, start.get(), event.get()),
                     "cuEventElapsedTime", "an event of a step"));
    return double(milliseconds) / 1e3;
  };
  std::vector<CommandTime> result;
  for (const Span &span : spans) {
    SENNIT_ASSIGN_OR_RETURN(const double begin, since(span.begin));
    SENNIT_ASSIGN_OR_RETURN(const double end, since(span.end));
    result.push_back({span.command, span.lane, begin, end});
  }
  return result;
}

} // namespace sennit::cuda
