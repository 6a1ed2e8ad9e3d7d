// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Calls about graphs.
#include "runtime/device/emulated/DriverCalls.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

using namespace sennit;
using namespace sennit::emulated;

namespace {

/// Counts the modules whose kernels `nodes` have as used by one more graph, or by one less.
void countModules(const std::vector<GraphNodeState> &nodes, int change) {
  for (const GraphNodeState &node : nodes)
    if (node.work.function)
      node.work.function->module->graphs += change;
}

/// Adds a node whose work make(work) describes.
template <typename F>
int addNode(const char *name, cu::GraphNode *node, cu::Graph graph, const cu::GraphNode *after,
            size_t afterCount, F make) {
  return driverCall(name, Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    GraphState *found = state.objects.graphs.find(graph);
    if (!found)
      return badHandle(state, name, "a graph");
    if (!node || (afterCount && !after))
      return nullPointer(state, name);
    GraphNodeState made;
    for (size_t i = 0; i < afterCount; ++i) {
      const GraphNodeRef *before = state.objects.nodes.find(after[i]);
      if (!before || before->graph != graph)
        return state.refuse(cu::InvalidValue,
                            std::string(name) + ": expected dependencies on nodes of the same graph");
      if (std::find(made.after.begin(), made.after.end(), before->index) != made.after.end())
        return state.refuse(cu::InvalidValue, std::string(name) + ": a dependency is given twice");
      made.after.push_back(before->index);
    }
    if (const int result = make(state, made.work); result != cu::Success)
      return result;
    auto place = std::make_unique<GraphNodeRef>();
    *place = {graph, found->nodes.size()};
    *node = state.objects.nodes.add(std::move(place));
    found->handles.push_back(*node);
    found->nodes.push_back(std::move(made));
    countModules({found->nodes.back()}, 1);
    return cu::Success;
  });
}

/// Whether every node can run after those that it waits for.
bool isAcyclic(const std::vector<GraphNodeState> &nodes) {
  std::vector<int> mark(nodes.size(), 0); // 1: on the way, 2: fine
  for (size_t root = 0; root < nodes.size(); ++root) {
    std::vector<std::pair<size_t, size_t>> path; // node, its next dependency
    if (mark[root] == 0)
      path.push_back({root, 0});
    while (!path.empty()) {
      auto &[node, next] = path.back();
      mark[node] = 1;
      if (next == nodes[node].after.size()) {
        mark[node] = 2;
        path.pop_back();
        continue;
      }
      const size_t before = nodes[node].after[next++];
      if (mark[before] == 1)
        return false;
      if (mark[before] == 0)
        path.push_back({before, 0});
    }
  }
  return true;
}

} // namespace

SENNIT_DRIVER_EXPORT cuGraphCreate(cu::Graph *graph, unsigned flags) {
  return driverCall("cuGraphCreate", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!graph || flags)
      return state.refuse(cu::InvalidValue, "cuGraphCreate: expected a place and flags of 0");
    *graph = state.objects.graphs.add(std::make_unique<GraphState>());
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuGraphDestroy(cu::Graph graph) {
  return driverCall("cuGraphDestroy", Needs::Context, Gives::Back, [&](DriverState &state) -> int {
    const std::unique_ptr<GraphState> found = state.objects.graphs.take(graph);
    if (!found)
      return badHandle(state, "cuGraphDestroy", "a graph");
    countModules(found->nodes, -1);
    for (cu::GraphNode node : found->handles)
      state.objects.nodes.take(node);
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuGraphAddKernelNode_v2(cu::GraphNode *node, cu::Graph graph, const cu::GraphNode *after,
                                             size_t afterCount, const cu::KernelNodeParams *parameters) {
  const char *name = "cuGraphAddKernelNode";
  return addNode(name, node, graph, after, afterCount, [&](DriverState &state, Work &work) -> int {
    if (!parameters)
      return nullPointer(state, name);
    const cu::KernelNodeParams &p = *parameters;
    return makeLaunch(state, name, p.func, {p.gridDimX, p.gridDimY, p.gridDimZ},
                      {p.blockDimX, p.blockDimY, p.blockDimZ}, p.sharedMemBytes, p.kernelParams, p.extra,
                      work);
  });
}

SENNIT_DRIVER_EXPORT cuGraphAddMemcpyNode(cu::GraphNode *node, cu::Graph graph, const cu::GraphNode *after,
                                          size_t afterCount, const cu::Memcpy3d *parameters,
                                          cu::Context context) {
  const char *name = "cuGraphAddMemcpyNode";
  return addNode(name, node, graph, after, afterCount, [&](DriverState &state, Work &work) -> int {
    if (!parameters || !context)
      return nullPointer(state, name);
    const cu::Memcpy3d &p = *parameters;
    const auto isKnown = [](cu::MemoryType type) {
      return type == cu::MemoryHost || type == cu::MemoryDevice;
    };
    if (!isKnown(p.srcMemoryType) || !isKnown(p.dstMemoryType))
      return state.refuse(cu::InvalidValue,
                          std::string(name) + ": expected memory of the host or the device");
    if (p.height != 1 || p.depth != 1 || p.srcY || p.srcZ || p.srcLod || p.dstY || p.dstZ || p.dstLod ||
        p.reserved0 || p.reserved1)
      return state.refuse(cu::InvalidValue,
                          std::string(name) + ": expected one row of bytes, of height 1 and depth 1");
    const bool fromDevice = p.srcMemoryType == cu::MemoryDevice,
               toDevice = p.dstMemoryType == cu::MemoryDevice;
    const auto place = [](bool onDevice, cu::DevicePointer device, const void *host, size_t offset) {
      const uintptr_t base = onDevice ? uintptr_t(device) : reinterpret_cast<uintptr_t>(host);
      return base ? base + offset : 0;
    };
    return makeCopy(state, name, place(toDevice, p.dstDevice, p.dstHost, p.dstXInBytes), toDevice,
                    place(fromDevice, p.srcDevice, p.srcHost, p.srcXInBytes), fromDevice, p.widthInBytes,
                    false, work);
  });
}

SENNIT_DRIVER_EXPORT cuGraphAddMemsetNode(cu::GraphNode *node, cu::Graph graph, const cu::GraphNode *after,
                                          size_t afterCount, const cu::MemsetNodeParams *parameters,
                                          cu::Context context) {
  const char *name = "cuGraphAddMemsetNode";
  return addNode(name, node, graph, after, afterCount, [&](DriverState &state, Work &work) -> int {
    if (!parameters || !context)
      return nullPointer(state, name);
    if (parameters->height != 1)
      return state.refuse(cu::InvalidValue, std::string(name) + ": expected one row, of height 1");
    return makeFill(state, name, parameters->dst, parameters->value, parameters->elementSize,
                    parameters->width, work);
  });
}

SENNIT_DRIVER_EXPORT cuGraphAddEmptyNode(cu::GraphNode *node, cu::Graph graph, const cu::GraphNode *after,
                                         size_t afterCount) {
  return addNode("cuGraphAddEmptyNode", node, graph, after, afterCount,
                 [](DriverState &, Work &) { return int(cu::Success); });
}

SENNIT_DRIVER_EXPORT cuGraphAddEventRecordNode(cu::GraphNode *node, cu::Graph graph,
                                               const cu::GraphNode *after, size_t afterCount,
                                               cu::Event event) {
  const char *name = "cuGraphAddEventRecordNode";
  return addNode(name, node, graph, after, afterCount, [&](DriverState &state, Work &work) -> int {
    if (!state.objects.events.find(event))
      return badHandle(state, name, "an event");
    work.kind = Work::Kind::Record;
    work.event = event;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuGraphAddDependencies(cu::Graph graph, const cu::GraphNode *from,
                                            const cu::GraphNode *to, size_t count) {
  const char *name = "cuGraphAddDependencies";
  return driverCall(name, Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    GraphState *found = state.objects.graphs.find(graph);
    if (!found)
      return badHandle(state, name, "a graph");
    if (count && (!from || !to))
      return nullPointer(state, name);
    for (size_t i = 0; i < count; ++i) {
      const GraphNodeRef *before = state.objects.nodes.find(from[i]),
                         *behind = state.objects.nodes.find(to[i]);
      if (!before || !behind || before->graph != graph || behind->graph != graph || before == behind)
        return state.refuse(cu::InvalidValue, std::string(name) + ": expected two nodes of the graph");
      std::vector<size_t> &after = found->nodes[behind->index].after;
      if (std::find(after.begin(), after.end(), before->index) != after.end())
        return state.refuse(cu::InvalidValue, std::string(name) + ": the dependency is there already");
      after.push_back(before->index);
    }
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuGraphInstantiateWithFlags(cu::GraphExec *executable, cu::Graph graph,
                                                 unsigned long long flags) {
  const char *name = "cuGraphInstantiate";
  return driverCall(name, Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const GraphState *found = state.objects.graphs.find(graph);
    if (!found)
      return badHandle(state, name, "a graph");
    if (!executable || flags)
      return state.refuse(cu::InvalidValue, std::string(name) + ": expected a place and flags of 0");
    if (!isAcyclic(found->nodes))
      return state.refuse(cu::InvalidValue, std::string(name) + ": the dependencies form a cycle");
    auto plan = std::make_shared<GraphPlan>();
    plan->nodes = found->nodes;
    countModules(plan->nodes, 1);
    auto made = std::make_unique<GraphExecState>();
    made->plan = std::move(plan);
    *executable = state.objects.executables.add(std::move(made));
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuGraphExecDestroy(cu::GraphExec executable) {
  return driverCall("cuGraphExecDestroy", Needs::Context, Gives::Back, [&](DriverState &state) -> int {
    // Launches that are under way go on, with the work that they hold.
    const std::unique_ptr<GraphExecState> found = state.objects.executables.take(executable);
    if (!found)
      return badHandle(state, "cuGraphExecDestroy", "an executable graph");
    countModules(found->plan->nodes, -1);
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuGraphUpload(cu::GraphExec executable, cu::Stream stream) {
  return driverCall("cuGraphUpload", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!state.objects.executables.find(executable))
      return badHandle(state, "cuGraphUpload", "an executable graph");
    return addToStream(state, "cuGraphUpload", stream, Work{});
  });
}

SENNIT_DRIVER_EXPORT cuGraphLaunch(cu::GraphExec executable, cu::Stream stream) {
  return driverCall("cuGraphLaunch", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const GraphExecState *found = state.objects.executables.find(executable);
    if (!found)
      return badHandle(state, "cuGraphLaunch", "an executable graph");
    if (stream && !state.objects.streams.find(stream))
      return badHandle(state, "cuGraphLaunch", "a stream");
    Work work;
    work.kind = Work::Kind::Graph;
    work.graph = found->plan;
    for (const GraphNodeState &node : found->plan->nodes)
      if (node.work.kind == Work::Kind::Record) {
        EventState *event = state.objects.events.find(node.work.event);
        if (!event)
          return badHandle(state, "cuGraphLaunch", "the events of its nodes");
        work.records.push_back({node.work.event, ++event->recorded});
      }
    return addToStream(state, "cuGraphLaunch", stream, std::move(work));
  });
}
