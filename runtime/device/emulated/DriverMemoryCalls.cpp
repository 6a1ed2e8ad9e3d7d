// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Calls about memory, and copies and fills in streams.
#include "runtime/device/emulated/DriverCalls.h"

#include <utility>

using namespace sennit;
using namespace sennit::emulated;

namespace sennit::emulated {

int makeCopy(DriverState &state, const char *name, uintptr_t to, bool toDevice, uintptr_t from,
             bool fromDevice, size_t bytes, bool pageable, Work &work) {
  const std::string who = std::string(name) + ": ";
  const std::string size = std::to_string(bytes) + " bytes";
  if (!to || !from || bytes == 0)
    return state.refuse(cu::InvalidValue, who + "expected two places and some bytes, found null or 0 bytes");
  const auto check = [&](uintptr_t place, bool onDevice, const char *direction) -> int {
    if (onDevice)
      return state.memory.isDevice(place, bytes)
                 ? int(cu::Success)
                 : state.refuse(cu::InvalidValue, who + "copies " + size + direction +
                                                      "device memory outside of "
                                                      "allocations: " +
                                                      state.memory.describe(place, bytes));
    if (!state.memory.isForeign(place, bytes))
      return state.refuse(cu::InvalidValue,
                          who + "copies " + size + direction + "host memory that is the device's");
    if (!pageable && !state.memory.isPinned(place, bytes))
      return state.refuse(cu::InvalidValue,
                          who + "copies " + size + direction + "host memory that is not pinned");
    return cu::Success;
  };
  if (const int result = check(to, toDevice, " to "); result != cu::Success)
    return result;
  if (const int result = check(from, fromDevice, " from "); result != cu::Success)
    return result;
  if (to < from + bytes && from < to + bytes)
    return state.refuse(cu::InvalidValue, who + "copies " + size + " between places that overlap");
  work.kind = Work::Kind::Copy;
  work.to = to;
  work.from = from;
  work.bytes = bytes;
  work.toDevice = toDevice;
  work.fromDevice = fromDevice;
  work.pageable = pageable;
  return cu::Success;
}

int makeFill(DriverState &state, const char *name, cu::DevicePointer to, unsigned value,
             unsigned elementBytes, size_t count, Work &work) {
  const std::string who = std::string(name) + ": ";
  if (!to || !count || (elementBytes != 1 && elementBytes != 2 && elementBytes != 4))
    return state.refuse(cu::InvalidValue, who + "expected a place and some elements of 1, 2 or 4 bytes");
  if (to % elementBytes)
    return state.refuse(cu::InvalidValue,
                        who + "expected a place that is a multiple of " + std::to_string(elementBytes));
  const size_t bytes = count * elementBytes;
  if (!state.memory.isDevice(to, bytes))
    return state.refuse(cu::InvalidValue,
                        who + "fills " + std::to_string(bytes) +
                            " bytes outside of allocations: " + state.memory.describe(to, bytes));
  work.kind = Work::Kind::Fill;
  work.to = to;
  work.bytes = bytes;
  work.value = value;
  work.elementBytes = elementBytes;
  return cu::Success;
}

int addToStream(DriverState &state, const char *name, cu::Stream stream, Work work) {
  StreamState *found = stream ? state.objects.streams.find(stream) : nullptr;
  if (stream && !found)
    return badHandle(state, name, "a stream");
  return state.queue.add(found, std::move(work));
}

} // namespace sennit::emulated

namespace {

uintptr_t number(const void *place) {
  return reinterpret_cast<uintptr_t>(place);
}

struct Side {
  uintptr_t place;
  bool onDevice;
};

int copy(const char *name, Side to, Side from, size_t bytes, cu::Stream stream, bool async) {
  return driverCall(name, Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    Work work;
    const int result =
        makeCopy(state, name, to.place, to.onDevice, from.place, from.onDevice, bytes, !async, work);
    return result == cu::Success ? addToStream(state, name, stream, std::move(work)) : result;
  });
}

int fill(const char *name, cu::DevicePointer to, unsigned value, unsigned elementBytes, size_t count,
         cu::Stream stream) {
  return driverCall(name, Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    Work work;
    const int result = makeFill(state, name, to, value, elementBytes, count, work);
    return result == cu::Success ? addToStream(state, name, stream, std::move(work)) : result;
  });
}

int freed(DriverState &state, const char *name, DriverMemory::Freed result) {
  switch (result) {
  case DriverMemory::Freed::Yes:
    return cu::Success;
  case DriverMemory::Freed::NotFound:
    return state.refuse(cu::InvalidValue,
                        std::string(name) + ": expected the begin of memory that is allocated");
  case DriverMemory::Freed::GuardTouched:
    return state.breakContext(cu::IllegalAddress,
                              std::string(name) + ": bytes just outside of the memory were written");
  }
  return cu::Unknown;
}

} // namespace

SENNIT_DRIVER_EXPORT cuMemGetInfo_v2(size_t *free, size_t *total) {
  return driverCall("cuMemGetInfo", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!free || !total)
      return nullPointer(state, "cuMemGetInfo");
    *free = state.memory.freeBytes();
    *total = state.memory.totalBytes();
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuMemAlloc_v2(cu::DevicePointer *place, size_t bytes) {
  return driverCall("cuMemAlloc", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!place || !bytes)
      return state.refuse(cu::InvalidValue, "cuMemAlloc: expected a place and some bytes");
    *place = state.memory.allocate(bytes);
    if (!*place)
      return state.refuse(cu::OutOfMemory, "cuMemAlloc: expected " + std::to_string(bytes) +
                                               " bytes, found " + std::to_string(state.memory.freeBytes()) +
                                               " free");
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuMemFree_v2(cu::DevicePointer place) {
  return driverCall("cuMemFree", Needs::Context, Gives::Back, [&](DriverState &state) -> int {
    // The device's driver waits, too.
    const int result = state.queue.finishAll();
    const int given = freed(state, "cuMemFree", state.memory.free(place));
    return result != cu::Success ? result : given;
  });
}

SENNIT_DRIVER_EXPORT cuMemHostAlloc(void **place, size_t bytes, unsigned flags) {
  return driverCall("cuMemHostAlloc", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!place || !bytes || flags > 7)
      return state.refuse(cu::InvalidValue, "cuMemHostAlloc: expected a place, some bytes and known flags");
    *place = reinterpret_cast<void *>(state.memory.allocatePinned(bytes));
    if (!*place)
      return state.refuse(cu::OutOfMemory,
                          "cuMemHostAlloc: the system has no " + std::to_string(bytes) + " bytes");
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuMemFreeHost(void *place) {
  return driverCall("cuMemFreeHost", Needs::Context, Gives::Back, [&](DriverState &state) -> int {
    const int result = state.queue.finishAll();
    const int given = freed(state, "cuMemFreeHost", state.memory.freePinned(number(place)));
    return result != cu::Success ? result : given;
  });
}

SENNIT_DRIVER_EXPORT cuMemHostRegister_v2(void *place, size_t bytes, unsigned flags) {
  return driverCall("cuMemHostRegister", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!place || !bytes || flags > 15)
      return state.refuse(cu::InvalidValue,
                          "cuMemHostRegister: expected a place, some bytes and known flags");
    if (!state.memory.isForeign(number(place), bytes))
      return state.refuse(cu::InvalidValue, "cuMemHostRegister: expected host memory, found the device's");
    if (!state.memory.pin(number(place), bytes))
      return state.refuse(cu::HostMemoryAlreadyRegistered, "cuMemHostRegister: some of it is pinned already");
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuMemHostUnregister(void *place) {
  return driverCall("cuMemHostUnregister", Needs::Context, Gives::Back, [&](DriverState &state) -> int {
    const int result = state.queue.finishAll();
    if (!state.memory.unpin(number(place)))
      return state.refuse(cu::HostMemoryNotRegistered,
                          "cuMemHostUnregister: expected the begin of memory that is registered");
    return result;
  });
}

SENNIT_DRIVER_EXPORT cuPointerGetAttribute(void *value, int attribute, cu::DevicePointer place) {
  return driverCall("cuPointerGetAttribute", Needs::Context, Gives::Nothing, [&](DriverState &state) -> int {
    if (!value || attribute != cu::PointerMemoryType)
      return state.refuse(cu::InvalidValue, "cuPointerGetAttribute: expected a place and the memory's type");
    const bool device = state.memory.isDevice(place, 1);
    if (!device && !state.memory.isPinned(place, 1))
      return state.refuse(cu::InvalidValue, "cuPointerGetAttribute: expected memory that the driver knows");
    *static_cast<unsigned *>(value) = device ? cu::MemoryDevice : cu::MemoryHost;
    return cu::Success;
  });
}

SENNIT_DRIVER_EXPORT cuMemcpyHtoD_v2(cu::DevicePointer to, const void *from, size_t bytes) {
  return copy("cuMemcpyHtoD", {to, true}, {number(from), false}, bytes, nullptr, false);
}
SENNIT_DRIVER_EXPORT cuMemcpyDtoH_v2(void *to, cu::DevicePointer from, size_t bytes) {
  return copy("cuMemcpyDtoH", {number(to), false}, {from, true}, bytes, nullptr, false);
}
SENNIT_DRIVER_EXPORT cuMemcpyDtoD_v2(cu::DevicePointer to, cu::DevicePointer from, size_t bytes) {
  return copy("cuMemcpyDtoD", {to, true}, {from, true}, bytes, nullptr, false);
}
SENNIT_DRIVER_EXPORT cuMemcpyHtoDAsync_v2(cu::DevicePointer to, const void *from, size_t bytes,
                                          cu::Stream stream) {
  return copy("cuMemcpyHtoDAsync", {to, true}, {number(from), false}, bytes, stream, true);
}
SENNIT_DRIVER_EXPORT cuMemcpyDtoHAsync_v2(void *to, cu::DevicePointer from, size_t bytes, cu::Stream stream) {
  return copy("cuMemcpyDtoHAsync", {number(to), false}, {from, true}, bytes, stream, true);
}
SENNIT_DRIVER_EXPORT cuMemcpyDtoDAsync_v2(cu::DevicePointer to, cu::DevicePointer from, size_t bytes,
                                          cu::Stream stream) {
  return copy("cuMemcpyDtoDAsync", {to, true}, {from, true}, bytes, stream, true);
}

SENNIT_DRIVER_EXPORT cuMemsetD8_v2(cu::DevicePointer to, unsigned char value, size_t count) {
  return fill("cuMemsetD8", to, value, 1, count, nullptr);
}
SENNIT_DRIVER_EXPORT cuMemsetD32_v2(cu::DevicePointer to, unsigned value, size_t count) {
  return fill("cuMemsetD32", to, value, 4, count, nullptr);
}
SENNIT_DRIVER_EXPORT cuMemsetD8Async(cu::DevicePointer to, unsigned char value, size_t count,
                                     cu::Stream stream) {
  return fill("cuMemsetD8Async", to, value, 1, count, stream);
}
SENNIT_DRIVER_EXPORT cuMemsetD32Async(cu::DevicePointer to, unsigned value, size_t count, cu::Stream stream) {
  return fill("cuMemsetD32Async", to, value, 4, count, stream);
}
