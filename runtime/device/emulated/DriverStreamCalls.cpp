// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Calls about streams, events and launches.
#include "runtime/device/emulated/DriverCalls.h"

#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

using namespace sennit;
using namespace sennit::emulated;

namespace sennit::emulated {

int makeLaunch(DriverState &state, const char *name, cu::Function function, const unsigned (&grid)[3],
               const unsigned (&block)[3], unsigned sharedBytes, void **parameters, void **extra,
               Work &work) {
  FunctionState *found = state.objects.functions.find(function);
  if (!found)
    return badHandle(state, name, "a function");
  const std::string who = std::string(name) + " of " + found->name + ": ";
  const auto text = [](const unsigned (&shape)[3]) {
    return std::to_string(shape[0]) + " x " + std::to_string(shape[1]) + " x " + std::to_string(shape[2]);
  };
  if (grid[0] < 1 || grid[0] > 0x7fffffff || grid[1] != 1 || grid[2] != 1)
    return state.refuse(cu::InvalidValue, who + "expected a grid of N x 1 x 1 blocks, found " + text(grid));
  if (block[0] < 1 || block[0] > 1024 || block[1] != 1 || block[2] != 1)
    return state.refuse(cu::InvalidValue,
                        who + "expected blocks of 1 to 1024 x 1 x 1 threads, found " + text(block));
  if (sharedBytes > found->mostSharedBytes)
    return state.refuse(cu::InvalidValue, who + "expected at most " + std::to_string(found->mostSharedBytes) +
                                              " bytes of shared memory, found " +
                                              std::to_string(sharedBytes));
  if (extra || !parameters || !parameters[0])
    return state.refuse(cu::InvalidValue, who + "expected the address of the one parameter");
  work.kind = Work::Kind::Launch;
  work.function = found;
  work.blocks = int(grid[0]);
  work.threads = int(block[0]);
  work.sharedBytes = sharedBytes;
  std::memcpy(work.parameter.data(), parameters[0], work.parameter.size());
  return cu::Success;
}

} // namespace sennit::emulated

SENNIT_DRIVER_EXPORT cuLaunchKernel(cu::Function function, unsigned gridX, unsigned gridY, unsigned gridZ,
                                    unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,
                                    cu::Stream stream, void **parameters, void **extra) {
  return driverCall("cuLaunchKernel", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    Work work;
    const int result = makeLaunch(state, "cuLaunchKernel", function, {gridX, gridY, gridZ},
                                  {blockX, blockY, blockZ}, sharedBytes, parameters, extra, work);
    return result == cu::Success ? addToStream(state, "cuLaunchKernel", stream, std::move(work)) : result;
  });
}

SENNIT_DRIVER_EXPORT cuLaunchKernelEx(const cu::LaunchConfig *config, cu::Function function,
                                      void **parameters, void **extra) {
  return driverCall("cuLaunchKernelEx", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!config)
      return nullPointer(state, "cuLaunchKernelEx");
    if (config->attributeCount)
      return state.refuse(cu::NotSupported, "cuLaunchKernelEx: expected no attributes, found " +
                                                std::to_string(config->attributeCount));
    Work work;
    const int result = makeLaunch(state, "cuLaunchKernelEx", function,
                                  {config->gridDimX, config->gridDimY, config->gridDimZ},
                                  {config->blockDimX, config->blockDimY, config->blockDimZ},
                                  config->sharedMemBytes, parameters, extra, work);
    return result == cu::Success ? addToStream(state, "cuLaunchKernelEx", config->stream, std::move(work))
                                 : result;
  });
}

SENNIT_DRIVER_EXPORT cuStreamCreate(cu::Stream *stream, unsigned flags) {
  return driverCall("cuStreamCreate", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!stream || flags > cu::streamNonBlocking)
      return state.refuse(cu::InvalidValue, "cuStreamCreate: expected a place and flags of 0 or 1");
    auto made = std::make_unique<StreamState>();
    made->blocking = flags != cu::streamNonBlocking;
    *stream = state.objects.streams.add(std::move(made));
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuStreamDestroy_v2(cu::Stream stream) {
  return driverCall("cuStreamDestroy", Needs::Context, Gives::Back, [&](DriverState &state) -> int {
    StreamState *found = state.objects.streams.find(stream);
    if (!found)
      return badHandle(state, "cuStreamDestroy", "a stream");
    const int result = state.queue.finish(found);
    state.objects.streams.take(stream);
    return result;
  });
}

SENNIT_DRIVER_EXPORT cuStreamSynchronize(cu::Stream stream) {
  return driverCall("cuStreamSynchronize", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    StreamState *found = stream ? state.objects.streams.find(stream) : nullptr;
    if (stream && !found)
      return badHandle(state, "cuStreamSynchronize", "a stream");
    return state.queue.finish(found);
  });
}

SENNIT_DRIVER_EXPORT cuStreamQuery(cu::Stream stream) {
  return driverCall("cuStreamQuery", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const StreamState *found = stream ? state.objects.streams.find(stream) : nullptr;
    if (!found)
      return badHandle(state, "cuStreamQuery", "a stream");
    // So that asking again and again comes to an end.
    const int result = state.queue.step();
    return result != cu::Success ? result : found->work.empty() ? int(cu::Success) : int(cu::NotReady);
  });
}

SENNIT_DRIVER_EXPORT cuStreamWaitEvent(cu::Stream stream, cu::Event event, unsigned flags) {
  return driverCall("cuStreamWaitEvent", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const EventState *found = state.objects.events.find(event);
    if (!found)
      return badHandle(state, "cuStreamWaitEvent", "an event");
    if (flags)
      return state.refuse(cu::InvalidValue, "cuStreamWaitEvent: expected flags of 0");
    Work work;
    work.kind = Work::Kind::Wait;
    work.event = event;
    work.serial = found->recorded;
    if (!stream) { // runs at once, so what it waits for must have
      if (const int result = state.queue.finish(*found); result != cu::Success)
        return result;
    }
    return addToStream(state, "cuStreamWaitEvent", stream, std::move(work));
  });
}

SENNIT_DRIVER_EXPORT cuEventCreate(cu::Event *event, unsigned flags) {
  return driverCall("cuEventCreate", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!event || flags > 3)
      return state.refuse(cu::InvalidValue, "cuEventCreate: expected a place and flags of 0 to 3");
    auto made = std::make_unique<EventState>();
    made->timed = !(flags & cu::eventDisableTiming);
    *event = state.objects.events.add(std::move(made));
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuEventDestroy_v2(cu::Event event) {
  return driverCall("cuEventDestroy", Needs::Context, Gives::Back, [&](DriverState &state) -> int {
    const EventState *found = state.objects.events.find(event);
    if (!found)
      return badHandle(state, "cuEventDestroy", "an event");
    // What waits for it goes on to wait for its record, so that has to happen first.
    const int result = state.queue.finish(*found);
    state.objects.events.take(event);
    return result;
  });
}

SENNIT_DRIVER_EXPORT cuEventRecord(cu::Event event, cu::Stream stream) {
  return driverCall("cuEventRecord", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    EventState *found = state.objects.events.find(event);
    if (!found)
      return badHandle(state, "cuEventRecord", "an event");
    if (stream && !state.objects.streams.find(stream))
      return badHandle(state, "cuEventRecord", "a stream");
    Work work;
    work.kind = Work::Kind::Record;
    work.event = event;
    work.serial = ++found->recorded;
    return addToStream(state, "cuEventRecord", stream, std::move(work));
  });
}

SENNIT_DRIVER_EXPORT cuEventSynchronize(cu::Event event) {
  return driverCall("cuEventSynchronize", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const EventState *found = state.objects.events.find(event);
    return found ? state.queue.finish(*found) : badHandle(state, "cuEventSynchronize", "an event");
  });
}

SENNIT_DRIVER_EXPORT cuEventQuery(cu::Event event) {
  return driverCall("cuEventQuery", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const EventState *found = state.objects.events.find(event);
    if (!found)
      return badHandle(state, "cuEventQuery", "an event");
    const int result = state.queue.step();
    return result != cu::Success            ? result
           : found->done >= found->recorded ? int(cu::Success)
                                            : int(cu::NotReady);
  });
}

SENNIT_DRIVER_EXPORT cuEventElapsedTime(float *milliseconds, cu::Event start, cu::Event end) {
  return driverCall("cuEventElapsedTime", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    const EventState *from = state.objects.events.find(start), *to = state.objects.events.find(end);
    if (!from || !to)
      return badHandle(state, "cuEventElapsedTime", "two events");
    if (!milliseconds)
      return nullPointer(state, "cuEventElapsedTime");
    if (!from->timed || !to->timed || !from->recorded || !to->recorded)
      return state.refuse(cu::InvalidHandle, "cuEventElapsedTime: expected timed events that were recorded");
    if (from->done < from->recorded || to->done < to->recorded)
      return cu::NotReady;
    *milliseconds = std::chrono::duration<float, std::milli>(to->when - from->when).count();
    return cu::Success;
  });
}
