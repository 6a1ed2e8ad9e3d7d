// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/DriverQueue.h"

#include "runtime/device/emulated/DriverState.h"
#include "runtime/device/emulated/Emulator.h"

#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace sennit::emulated {

namespace {

/// Opens device memory while work runs.
class OpenMemory {
public:
  explicit OpenMemory(DriverMemory &memory) : memory(memory) { memory.open(true); }
  ~OpenMemory() { memory.open(false); }

private:
  DriverMemory &memory;
};

cu::Result resultOf(FaultKind kind) {
  switch (kind) {
  case FaultKind::IllegalAddress:
    return cu::IllegalAddress;
  case FaultKind::Misaligned:
    return cu::MisalignedAddress;
  case FaultKind::Failed:
    return cu::LaunchFailed;
  case FaultKind::Timeout:
    return cu::LaunchTimeout;
  }
  return cu::Unknown;
}

} // namespace

void DriverQueue::seed(uint32_t value) {
  seedValue = value;
  random = (uint64_t(value) + 1) * 0x9e3779b97f4a7c15ull;
  launches = 0;
  const char *text = std::getenv("SENNIT_EMULATED_TIMEOUT");
  seconds = text && std::atof(text) > 0 ? std::atof(text) : 120;
}

uint32_t DriverQueue::draw(uint32_t below) {
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  return uint32_t((random >> 32) * below >> 32);
}

int DriverQueue::add(StreamState *stream, Work work) {
  if (!stream) {
    if (const int result = finish(static_cast<StreamState *>(nullptr)); result != cu::Success)
      return result;
    const OpenMemory opened(state.memory);
    return run(work);
  }
  stream->work.push_back(std::move(work));
  if (seedValue == 1)
    return finishAll();
  return seedValue > 1 && draw(4) == 0 ? step() : int(cu::Success);
}

bool DriverQueue::canRun(const Work &work) const {
  if (work.kind != Work::Kind::Wait)
    return true;
  const EventState *event = state.objects.events.find(work.event);
  return !event || event->done >= work.serial; // one that is destroyed was waited for by its destruction
}

StreamState *DriverQueue::choose(const StreamState *first, int manner) {
  std::vector<StreamState *> ready, others;
  for (const auto &[handle, stream] : state.objects.streams)
    if (!stream->work.empty() && canRun(stream->work.front())) {
      ready.push_back(stream.get());
      if (stream.get() != first)
        others.push_back(stream.get());
    }
  if (ready.empty())
    return nullptr;
  if (manner == 0 && others.size() < ready.size())
    return const_cast<StreamState *>(first);
  const std::vector<StreamState *> &from = manner == 1 && !others.empty() ? others : ready;
  return from[seedValue < 2 ? 0 : draw(uint32_t(from.size()))];
}

template <typename Done>
int DriverQueue::runUntil(const StreamState *first, Done done) {
  if (done())
    return cu::Success;
  const OpenMemory opened(state.memory);
  // What was asked for first, the other streams first, or anyhow.
  const int manner = seedValue < 2 ? int(seedValue) : int(draw(3));
  while (!done()) {
    StreamState *stream = choose(first, manner);
    if (!stream)
      return state.breakContext(cu::LaunchTimeout, "no stream can go on: all wait for events");
    if (const int result = runHead(*stream); result != cu::Success)
      return result;
  }
  return cu::Success;
}

int DriverQueue::finish(StreamState *stream) {
  return runUntil(stream, [&] {
    if (stream)
      return stream->work.empty();
    for (const auto &[handle, each] : state.objects.streams)
      if (each->blocking && !each->work.empty())
        return false;
    return true;
  });
}

int DriverQueue::finishAll() {
  return runUntil(nullptr, [&] {
    for (const auto &[handle, each] : state.objects.streams)
      if (!each->work.empty())
        return false;
    return true;
  });
}

int DriverQueue::finish(const EventState &event) {
  const uint64_t serial = event.recorded;
  return runUntil(nullptr, [&] { return event.done >= serial; });
}

int DriverQueue::step() {
  StreamState *stream = choose(nullptr, 2);
  if (!stream)
    return cu::Success;
  const OpenMemory opened(state.memory);
  return runHead(*stream);
}

void DriverQueue::drop() {
  for (const auto &[handle, stream] : state.objects.streams)
    stream->work.clear();
}

int DriverQueue::runHead(StreamState &stream) {
  const Work work = std::move(stream.work.front());
  stream.work.pop_front();
  const int result = run(work);
  if (result != cu::Success)
    drop();
  return result;
}

int DriverQueue::run(const Work &work) {
  switch (work.kind) {
  case Work::Kind::Nothing:
  case Work::Kind::Wait:
    return cu::Success;
  case Work::Kind::Launch:
    return runLaunch(work);
  case Work::Kind::Copy:
    return runCopy(work);
  case Work::Kind::Fill:
    return runFill(work);
  case Work::Kind::Record:
    record(work.event, work.serial);
    return cu::Success;
  case Work::Kind::Graph:
    return runGraph(work);
  }
  return cu::Unknown;
}

int DriverQueue::runLaunch(const Work &work) {
  LaunchOptions options;
  options.kernel = work.function->name;
  options.ranges = &state.memory.ranges();
  options.seconds = seconds;
  // Two launches of a kernel have different orders, but for the plain ones.
  const uint32_t order = seedValue < 2 ? seedValue : 2 + (draw(1u << 30));
  const auto entry = reinterpret_cast<void (*)(LaunchParameter)>(work.function->entry);
  const auto fault =
      runGrid({work.blocks, work.threads, work.sharedBytes}, order, options, [&] { entry(work.parameter); });
  ++launches;
  if (!fault)
    return cu::Success;
  return state.breakContext(resultOf(fault->kind), fault->sentence + " (launch " + std::to_string(launches) +
                                                       ", seed " + std::to_string(seedValue) + ")");
}

int DriverQueue::runCopy(const Work &work) {
  const auto check = [&](uintptr_t place, bool onDevice) {
    return onDevice ? state.memory.isDevice(place, work.bytes)
                    : work.pageable || state.memory.isPinned(place, work.bytes);
  };
  // Memory may have been freed since the copy was asked for.
  if (!check(work.to, work.toDevice) || !check(work.from, work.fromDevice))
    return state.breakContext(cu::IllegalAddress, "a copy of " + std::to_string(work.bytes) +
                                                      " bytes is to or from memory that was freed");
  std::memcpy(reinterpret_cast<void *>(work.to), reinterpret_cast<const void *>(work.from), work.bytes);
  return cu::Success;
}

int DriverQueue::runFill(const Work &work) {
  if (!state.memory.isDevice(work.to, work.bytes))
    return state.breakContext(cu::IllegalAddress, "a fill of " + std::to_string(work.bytes) +
                                                      " bytes is of memory that was freed");
  auto *to = reinterpret_cast<unsigned char *>(work.to);
  for (size_t i = 0; i < work.bytes; i += work.elementBytes)
    std::memcpy(to + i, &work.value, work.elementBytes);
  return cu::Success;
}

void DriverQueue::record(cu::Event handle, uint64_t serial) {
  if (EventState *event = state.objects.events.find(handle)) {
    event->done = std::max(event->done, serial);
    event->when = std::chrono::steady_clock::now();
  }
}

int DriverQueue::runGraph(const Work &work) {
  const std::vector<GraphNodeState> &nodes = work.graph->nodes;
  std::vector<size_t> missing(nodes.size()), ready;
  std::vector<std::vector<size_t>> followers(nodes.size());
  std::vector<uint64_t> serials(nodes.size());
  size_t recordCount = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    missing[i] = nodes[i].after.size();
    for (size_t before : nodes[i].after)
      followers[before].push_back(i);
    if (missing[i] == 0)
      ready.push_back(i);
    if (nodes[i].work.kind == Work::Kind::Record)
      serials[i] = work.records[recordCount++].second;
  }
  while (!ready.empty()) {
    const size_t place = seedValue == 0   ? 0
                         : seedValue == 1 ? ready.size() - 1
                                          : draw(uint32_t(ready.size()));
    const size_t node = ready[place];
    ready.erase(ready.begin() + ptrdiff_t(place));
    if (nodes[node].work.kind == Work::Kind::Record)
      record(nodes[node].work.event, serials[node]);
    else if (const int result = run(nodes[node].work); result != cu::Success)
      return result;
    for (size_t follower : followers[node])
      if (--missing[follower] == 0)
        ready.push_back(follower);
  }
  return cu::Success;
}

} // namespace sennit::emulated
