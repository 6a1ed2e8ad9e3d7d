// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/emulated/DriverAbi.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sennit::emulated {

struct ModuleState;

/// A kernel of a module.
struct FunctionState {
  ModuleState *module = nullptr;
  std::string name;
  void *entry = nullptr;
  size_t mostSharedBytes = 0; ///< dynamic, of a launch
};

/// A shared object that was loaded.
struct ModuleState {
  void *library = nullptr;
  std::vector<FunctionState *> functions;
  int graphs = 0; ///< graphs and executable graphs that have nodes of it
  ~ModuleState();
};

/// What the one parameter of every kernel is.
using LaunchParameter = std::array<unsigned char, 256>;

/// What a stream or a graph node does.
struct Work {
  enum class Kind { Nothing, Launch, Copy, Fill, Record, Wait, Graph };
  Kind kind = Kind::Nothing;

  FunctionState *function = nullptr; ///< Launch
  int blocks = 0, threads = 0;
  size_t sharedBytes = 0;
  LaunchParameter parameter{};

  uintptr_t to = 0, from = 0; ///< Copy, Fill
  size_t bytes = 0;
  bool toDevice = false, fromDevice = false; ///< Copy
  bool pageable = false;                     ///< Copy: the host side need not be pinned
  unsigned value = 0, elementBytes = 1;      ///< Fill

  cu::Event event = nullptr; ///< Record, Wait
  uint64_t serial = 0;       ///< of the event's record

  std::shared_ptr<const struct GraphPlan> graph;       ///< Graph
  std::vector<std::pair<cu::Event, uint64_t>> records; ///< Graph: of its record nodes, by their order
};

struct EventState {
  bool timed = true;
  uint64_t recorded = 0, done = 0; ///< serials: of the newest record asked for; of the newest that happened
  std::chrono::steady_clock::time_point when;
};

struct StreamState {
  bool blocking = true; ///< ordered with the null stream
  std::deque<Work> work;
};

struct GraphNodeState {
  Work work;
  std::vector<size_t> after; ///< nodes of the same graph
};

struct GraphState {
  std::vector<GraphNodeState> nodes;
  std::vector<cu::GraphNode> handles; ///< of the nodes
};

/// A graph as it was when it was instantiated. Immutable.
struct GraphPlan {
  std::vector<GraphNodeState> nodes;
};

struct GraphExecState {
  std::shared_ptr<const GraphPlan> plan;
};

/// Which node of which graph.
struct GraphNodeRef {
  cu::Graph graph = nullptr;
  size_t index = 0;
};

/// Objects of one kind by handle. Handles are numbers that are never used again, so one of a destroyed object
/// is never taken for another's.
template <typename Handle, typename State>
class Table {
public:
  Handle add(std::unique_ptr<State> state) {
    static uint64_t next = 0x5e0000000000; // no address: nobody can look into an object
    const auto handle = reinterpret_cast<Handle>(next += 16);
    states.emplace(handle, std::move(state));
    return handle;
  }
  State *find(Handle handle) const {
    const auto found = states.find(handle);
    return found == states.end() ? nullptr : found->second.get();
  }
  std::unique_ptr<State> take(Handle handle) {
    const auto node = states.extract(handle);
    return node ? std::move(node.mapped()) : nullptr;
  }
  size_t size() const { return states.size(); }
  void clear() { states.clear(); }
  auto begin() const { return states.begin(); }
  auto end() const { return states.end(); }

private:
  std::map<Handle, std::unique_ptr<State>> states;
};

/// All objects that calls give out, but for memory.
struct Objects {
  Table<cu::Module, ModuleState> modules;
  Table<cu::Function, FunctionState> functions; ///< of modules
  Table<cu::Stream, StreamState> streams;
  Table<cu::Event, EventState> events;
  Table<cu::Graph, GraphState> graphs;
  Table<cu::GraphNode, GraphNodeRef> nodes; ///< of graphs
  Table<cu::GraphExec, GraphExecState> executables;

  /// Those that callers destroy.
  size_t size() const {
    return modules.size() + streams.size() + events.size() + graphs.size() + executables.size();
  }
  void clear();
  /// "2 modules, 1 streams, "
  std::string describe() const;
};

/// A shared object from its bytes. The error, one sentence, where it is none that this machine runs.
struct LoadedModule {
  std::unique_ptr<ModuleState> module;
  cu::Result result = cu::Success;
  std::string error;
};
LoadedModule loadModule(const void *image);
/// The kernel `name` of a module; null where it has none.
void *findKernel(const ModuleState &module, const char *name);

} // namespace sennit::emulated
