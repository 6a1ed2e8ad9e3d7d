// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/CudaProbe.h"

#include <algorithm>
#include <vector>

namespace sennit::calibrate {

using namespace cuda;

namespace {

/// More than any cache of a device holds; a part of what is free where that is less.
constexpr uint64_t wantedBytes = uint64_t(1) << 30, emulatedBytes = 1 << 16, alignment = 1 << 16;
constexpr uint32_t turns = 1 << 13, emulatedTurns = 2;
constexpr int productsEachTurn = 8;                   ///< as in probes.cuh
constexpr double flopsEachProduct = 2. * 16 * 8 * 16; ///< of a warp
constexpr int graphSteps = 200, emulatedGraphSteps = 4;

LaunchArguments piecesOf(uint64_t bytes) {
  LaunchArguments arguments;
  const uint64_t pieces = bytes / 16;
  arguments.reserved[0] = uint32_t(pieces);
  arguments.reserved[1] = uint32_t(pieces >> 32);
  return arguments;
}

} // namespace

StatusOr<std::unique_ptr<CudaProbe>> CudaProbe::create(const Device &device, const Package &package) {
  std::unique_ptr<CudaProbe> probe(new CudaProbe(device));
  Device::Use use(device);
  SENNIT_RETURN_IF_ERROR(use.status());
  SENNIT_ASSIGN_OR_RETURN(probe->code, KernelCode::load(device, package));
  SENNIT_RETURN_IF_ERROR(probe->find("probe_read", probe->reader));
  SENNIT_RETURN_IF_ERROR(probe->find("probe_copy", probe->copier));
  SENNIT_RETURN_IF_ERROR(probe->find("probe_multiply", probe->multiplier));
  SENNIT_ASSIGN_OR_RETURN(const uint64_t free, DeviceMemory::freeBytes(device));
  probe->bytes = device.emulated() ? emulatedBytes : std::min(wantedBytes, free / 8 / alignment * alignment);
  probe->pinnedBytes = probe->bytes / 4;
  probe->from = probe->memory.add("what is read", probe->bytes);
  probe->to = probe->memory.add("what is written", probe->bytes);
  const uint64_t mostBlocks = std::max({probe->blocks(*probe->reader, device.multiprocessors()),
                                        probe->blocks(*probe->multiplier, device.multiprocessors())});
  probe->sums = probe->memory.add("sums", mostBlocks * probe->reader->threads() * sizeof(float));
  SENNIT_RETURN_IF_ERROR(probe->memory.allocate());
  SENNIT_ASSIGN_OR_RETURN(probe->pinned, makePinned(device, probe->pinnedBytes, "what is uploaded"));
  SENNIT_ASSIGN_OR_RETURN(probe->stream, makeStream(device));
  SENNIT_ASSIGN_OR_RETURN(probe->begin, makeEvent(device, /*timed=*/true));
  SENNIT_ASSIGN_OR_RETURN(probe->end, makeEvent(device, /*timed=*/true));
  std::fill_n(static_cast<uint8_t *>(probe->pinned.get()), probe->pinnedBytes, uint8_t(1));
  for (size_t part : {probe->from, probe->to})
    SENNIT_RETURN_IF_ERROR(
        device.check(device.api().memsetD8Async(probe->memory.at(part), 1, probe->bytes, probe->stream.get()),
                     "cuMemsetD8Async", "the probe's buffers"));
  SENNIT_RETURN_IF_ERROR(device.check(device.api().streamSynchronize(probe->stream.get()),
                                      "cuStreamSynchronize", "the probe's buffers"));
  return probe;
}

Status CudaProbe::find(const char *entry, const schema::DeviceFunction *&found) const {
  for (const schema::DeviceFunction *function : *code.tables().utilities())
    if (function->entry()->string_view() == entry)
      found = function;
  return found ? Status::okay()
               : invalidInput(std::string("expected a function ") + entry +
                              " in the package's code for the device, found none");
}

uint32_t CudaProbe::blocks(const schema::DeviceFunction &function, int processors) const {
  return std::max<uint32_t>(function.blocks_per_sm(), 1) *
         uint32_t(std::clamp(processors, 1, device.multiprocessors()));
}

Status CudaProbe::start(const schema::DeviceFunction &function, uint32_t count, LaunchArguments arguments) {
  void *parameters[] = {&arguments};
  const std::string_view entry = function.entry()->string_view();
  return device.check(device.api().launchKernel(code.function(entry), count, 1, 1, function.threads(), 1, 1,
                                                function.shared_bytes(), stream.get(), parameters, nullptr),
                      "cuLaunchKernel", entry);
}

template <typename Work>
StatusOr<double> CudaProbe::time(Work work) {
  Device::Use use(device);
  SENNIT_RETURN_IF_ERROR(use.status());
  const DriverApi &api = device.api();
  SENNIT_RETURN_IF_ERROR(
      device.check(api.eventRecord(begin.get(), stream.get()), "cuEventRecord", "a probe"));
  SENNIT_RETURN_IF_ERROR(work());
  SENNIT_RETURN_IF_ERROR(device.check(api.eventRecord(end.get(), stream.get()), "cuEventRecord", "a probe"));
  SENNIT_RETURN_IF_ERROR(device.check(api.eventSynchronize(end.get()), "cuEventSynchronize", "a probe"));
  float milliseconds = 0;
  SENNIT_RETURN_IF_ERROR(device.check(api.eventElapsedTime(&milliseconds, begin.get(), end.get()),
                                      "cuEventElapsedTime", "a probe"));
  // The clock of events has steps of half a microsecond.
  return std::max(double(milliseconds) / 1e3, 5e-7);
}

StatusOr<double> CudaProbe::read(int processors) {
  // Fewer processors read less, so that a reading takes about as long.
  const double part = double(std::clamp(processors, 1, device.multiprocessors())) / device.multiprocessors();
  const uint64_t readBytes =
      std::max<uint64_t>(uint64_t(double(bytes) * part) / alignment * alignment, alignment);
  LaunchArguments arguments = piecesOf(std::min(readBytes, bytes));
  arguments.operands[0] = memory.at(from);
  arguments.operands[1] = memory.at(sums);
  SENNIT_ASSIGN_OR_RETURN(const double seconds,
                          time([&] { return start(*reader, blocks(*reader, processors), arguments); }));
  return double(std::min(readBytes, bytes)) / seconds;
}

StatusOr<double> CudaProbe::copy() {
  LaunchArguments arguments = piecesOf(bytes);
  arguments.operands[0] = memory.at(from);
  arguments.operands[1] = memory.at(to);
  SENNIT_ASSIGN_OR_RETURN(const double seconds, time([&] {
                            return start(*copier, blocks(*copier, device.multiprocessors()), arguments);
                          }));
  return 2. * double(bytes) / seconds;
}

StatusOr<double> CudaProbe::driverCopy() {
  SENNIT_ASSIGN_OR_RETURN(
      const double seconds, time([&] {
        return device.check(device.api().memcpyDtoDAsync(memory.at(to), memory.at(from), bytes, stream.get()),
                            "cuMemcpyDtoDAsync", "a probe");
      }));
  return 2. * double(bytes) / seconds;
}

StatusOr<double> CudaProbe::upload() {
  SENNIT_ASSIGN_OR_RETURN(const double seconds, time([&] {
                            return device.check(device.api().memcpyHtoDAsync(memory.at(to), pinned.get(),
                                                                             pinnedBytes, stream.get()),
                                                "cuMemcpyHtoDAsync", "a probe");
                          }));
  return double(pinnedBytes) / seconds;
}

StatusOr<double> CudaProbe::multiply() {
  LaunchArguments arguments;
  arguments.operands[0] = memory.at(sums);
  arguments.reserved[0] = device.emulated() ? emulatedTurns : turns;
  arguments.reserved[1] = 1;
  const uint32_t count = blocks(*multiplier, device.multiprocessors());
  SENNIT_ASSIGN_OR_RETURN(const double seconds, time([&] { return start(*multiplier, count, arguments); }));
  return flopsEachProduct * productsEachTurn * arguments.reserved[0] * (multiplier->threads() / 32) * count /
         seconds;
}

StatusOr<double> CudaProbe::timeGraph(int steps, int branches) {
  Device::Use use(device);
  SENNIT_RETURN_IF_ERROR(use.status());
  const DriverApi &api = device.api();
  Graph made = nullptr;
  SENNIT_RETURN_IF_ERROR(device.check(api.graphCreate(&made, 0), "cuGraphCreate", "a probe"));
  const OwnedGraph graph(api, made);
  LaunchArguments arguments;
  arguments.operands[0] = memory.at(sums);
  void *parameters[] = {&arguments};
  KernelNodeParams params;
  params.function = code.function(multiplier->entry()->string_view());
  params.blockX = multiplier->threads();
  params.sharedBytes = multiplier->shared_bytes();
  params.parameters = parameters;
  std::vector<GraphNode> before;
  for (int step = 0; step < steps; ++step) {
    // A step of branches ends in one node that waits for all of them.
    std::vector<GraphNode> nodes(size_t(step % 2 ? 1 : branches));
    for (size_t i = 0; i < nodes.size(); ++i) {
      // Nodes beside each other write to places of their own.
      arguments.operands[0] = memory.at(sums) + i * multiplier->threads() * sizeof(float);
      SENNIT_RETURN_IF_ERROR(
          device.check(api.graphAddKernelNode(&nodes[i], graph.get(), before.data(), before.size(), &params),
                       "cuGraphAddKernelNode", "a probe"));
    }
    before = std::move(nodes);
  }
  GraphExec ready = nullptr;
  SENNIT_RETURN_IF_ERROR(
      device.check(api.graphInstantiate(&ready, graph.get(), 0), "cuGraphInstantiateWithFlags", "a probe"));
  const OwnedGraphExec exec(api, ready);
  // The first launch uploads the graph.
  SENNIT_RETURN_IF_ERROR(time([&] {
                           return device.check(api.graphLaunch(exec.get(), stream.get()), "cuGraphLaunch",
                                               "a probe");
                         }).status());
  return time(
      [&] { return device.check(api.graphLaunch(exec.get(), stream.get()), "cuGraphLaunch", "a probe"); });
}

StatusOr<double> CudaProbe::launch() {
  const int steps = device.emulated() ? emulatedGraphSteps : graphSteps;
  // Of two lengths the difference: what a launch of any graph takes is in neither.
  SENNIT_ASSIGN_OR_RETURN(const double few, timeGraph(steps, 1));
  SENNIT_ASSIGN_OR_RETURN(const double many, timeGraph(2 * steps, 1));
  return std::max(many - few, 1e-9 * steps) / steps;
}

StatusOr<double> CudaProbe::join() {
  const int steps = device.emulated() ? emulatedGraphSteps : graphSteps;
  SENNIT_ASSIGN_OR_RETURN(const double plain, timeGraph(2 * steps, 1));
  SENNIT_ASSIGN_OR_RETURN(const double forked, timeGraph(2 * steps, 2));
  // Every other step forks and joins.
  return std::max(forked - plain, 1e-9 * steps) / steps;
}

} // namespace sennit::calibrate
