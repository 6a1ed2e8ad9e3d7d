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
  probe->products = probe->memory.add("products", mostBlocks * probe->multiplier->threads() * sizeof(float));
  SENNIT_RETURN_IF_ERROR(probe->memory.allocate());
  SENNIT_ASSIGN_OR_RETURN(probe->pinned, makePinned(device, probe->pinnedBytes, "what is uploaded"));
  SENNIT_ASSIGN_OR_RETURN(probe->stream, makeStream(device));
  SENNIT_ASSIGN_OR_RETURN(probe->second, makeStream(device));
  for (OwnedEvent *event : {&probe->begin, &probe->end, &probe->secondBegin, &probe->secondEnd}) {
    SENNIT_ASSIGN_OR_RETURN(*event, makeEvent(device, /*timed=*/true));
  }
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

Status CudaProbe::start(Stream where, const schema::DeviceFunction &function, uint32_t count,
                        LaunchArguments arguments) {
  void *parameters[] = {&arguments};
  const std::string_view entry = function.entry()->string_view();
  return device.check(device.api().launchKernel(code.function(entry), count, 1, 1, function.threads(), 1, 1,
                                                function.shared_bytes(), where, parameters, nullptr),
                      "cuLaunchKernel", entry);
}

uint32_t CudaProbe::turnsOfMultiply() const {
  return device.emulated() ? emulatedTurns : turns;
}

Status CudaProbe::startMultiply(Stream where, int processors, uint32_t turnsEach) {
  LaunchArguments arguments;
  arguments.operands[0] = memory.at(products);
  arguments.reserved[0] = turnsEach;
  arguments.reserved[1] = 1;
  return start(where, *multiplier, blocks(*multiplier, processors), arguments);
}

Status CudaProbe::startRead(Stream where, int processors, uint64_t readBytes) {
  LaunchArguments arguments = piecesOf(readBytes);
  arguments.operands[0] = memory.at(from);
  arguments.operands[1] = memory.at(sums);
  return start(where, *reader, blocks(*reader, processors), arguments);
}

Status CudaProbe::startCopy(Stream where, int processors, uint64_t copyBytes) {
  LaunchArguments arguments = piecesOf(copyBytes);
  arguments.operands[0] = memory.at(from);
  arguments.operands[1] = memory.at(to);
  return start(where, *copier, blocks(*copier, processors), arguments);
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
      std::clamp<uint64_t>(uint64_t(double(bytes) * part) / alignment * alignment, alignment, bytes);
  SENNIT_ASSIGN_OR_RETURN(const double seconds,
                          time([&] { return startRead(stream.get(), processors, readBytes); }));
  return double(readBytes) / seconds;
}

StatusOr<double> CudaProbe::copy() {
  SENNIT_ASSIGN_OR_RETURN(const double seconds,
                          time([&] { return startCopy(stream.get(), device.multiprocessors(), bytes); }));
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
  const uint32_t turnsEach = turnsOfMultiply();
  SENNIT_ASSIGN_OR_RETURN(const double seconds, time([&] {
                            return startMultiply(stream.get(), device.multiprocessors(), turnsEach);
                          }));
  const double warps = blocks(*multiplier, device.multiprocessors()) * (multiplier->threads() / 32.);
  return flopsEachProduct * productsEachTurn * turnsEach * warps / seconds;
}

StatusOr<CudaProbe::Beside> CudaProbe::beside(int processors, bool copies) {
  const DriverApi &api = device.api();
  const int all = device.multiprocessors(), left = std::max(all - processors, 1);
  const uint32_t turnsEach = turnsOfMultiply();
  const auto startPartner = [&](Stream where, int count) {
    return copies ? startCopy(where, count, bytes) : startRead(where, count, bytes);
  };
  SENNIT_ASSIGN_OR_RETURN(const double multiplyAlone,
                          time([&] { return startMultiply(stream.get(), all, turnsEach); }));
  SENNIT_ASSIGN_OR_RETURN(const double partnerAlone, time([&] { return startPartner(stream.get(), all); }));
  // Both last about as long as the partner does on its part; what is done per second is compared.
  const double longer = std::max(1., partnerAlone * all / std::max(processors, 1) / multiplyAlone);
  const uint32_t turnsBeside = device.emulated() ? turnsEach : uint32_t(turnsEach * std::min(longer, 1e3));
  Device::Use use(device);
  SENNIT_RETURN_IF_ERROR(use.status());
  const auto timed = [&](Stream where, const OwnedEvent &from, const OwnedEvent &until, auto work) -> Status {
    SENNIT_RETURN_IF_ERROR(device.check(api.eventRecord(from.get(), where), "cuEventRecord", "a probe"));
    SENNIT_RETURN_IF_ERROR(work(where));
    return device.check(api.eventRecord(until.get(), where), "cuEventRecord", "a probe");
  };
  SENNIT_RETURN_IF_ERROR(timed(second.get(), secondBegin, secondEnd,
                               [&](Stream where) { return startPartner(where, processors); }));
  SENNIT_RETURN_IF_ERROR(
      timed(stream.get(), begin, end, [&](Stream where) { return startMultiply(where, left, turnsBeside); }));
  const auto seconds = [&](const OwnedEvent &from, const OwnedEvent &until) -> StatusOr<double> {
    SENNIT_RETURN_IF_ERROR(device.check(api.eventSynchronize(until.get()), "cuEventSynchronize", "a probe"));
    float milliseconds = 0;
    SENNIT_RETURN_IF_ERROR(device.check(api.eventElapsedTime(&milliseconds, from.get(), until.get()),
                                        "cuEventElapsedTime", "a probe"));
    return std::max(double(milliseconds) / 1e3, 5e-7);
  };
  SENNIT_ASSIGN_OR_RETURN(const double partner, seconds(secondBegin, secondEnd));
  SENNIT_ASSIGN_OR_RETURN(const double multiplied, seconds(begin, end));
  const double done = double(turnsBeside) * blocks(*multiplier, left) / blocks(*multiplier, all) / turnsEach;
  return Beside{std::min(1., done * multiplyAlone / multiplied), std::min(1., partnerAlone / partner)};
}

StatusOr<double> CudaProbe::timeGraph(int steps, int branches) {
  Device::Use use(device);
  SENNIT_RETURN_IF_ERROR(use.status());
  const DriverApi &api = device.api();
  Graph made = nullptr;
  SENNIT_RETURN_IF_ERROR(device.check(api.graphCreate(&made, 0), "cuGraphCreate", "a probe"));
  const OwnedGraph graph(api, made);
  LaunchArguments arguments;
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
      arguments.operands[0] = memory.at(products) + i * multiplier->threads() * sizeof(float);
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
