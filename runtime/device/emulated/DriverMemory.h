// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/emulated/Ranges.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sennit::emulated {

/// The device's memory and the host's pinned memory. Both are memory of this process, at the same addresses
/// for kernels and copies; between the work of streams, the host cannot touch the device's.
class DriverMemory {
public:
  DriverMemory() = default;
  ~DriverMemory();
  DriverMemory(const DriverMemory &) = delete;
  DriverMemory &operator=(const DriverMemory &) = delete;

  /// `protect`: whether the host is kept from device memory.
  void begin(size_t deviceBytes, bool protect);
  /// Gives all back.
  void clear();

  /// Device memory, aligned to 512 bytes, filled with 0xff; 0 where there is not enough.
  uintptr_t allocate(size_t bytes);
  /// Pinned memory, filled with 0xff; 0 where the system has none.
  uintptr_t allocatePinned(size_t bytes);
  /// Pins memory of the caller. False: part of it is pinned already.
  bool pin(uintptr_t place, size_t bytes);
  enum class Freed { Yes, NotFound, GuardTouched };
  Freed free(uintptr_t place);
  Freed freePinned(uintptr_t place);
  bool unpin(uintptr_t place);
  /// Names a part of an allocation; 0 bytes: forgets the name. The error, one sentence; empty where none.
  std::string name(uintptr_t place, size_t bytes, const char *text);

  /// Whether all of [place, place + bytes) is in one allocation; is pinned; is not in device memory at all.
  bool isDevice(uintptr_t place, size_t bytes) const { return find(device, place, bytes) != nullptr; }
  bool isPinned(uintptr_t place, size_t bytes) const { return find(pinned, place, bytes) != nullptr; }
  bool isForeign(uintptr_t place, size_t bytes) const;
  /// Where a place that is in no allocation is.
  std::string describe(uintptr_t place, size_t bytes) const;

  /// What kernels may touch; the same object until memory changes.
  const MemoryRanges &ranges();
  /// Lets the host, that is copies and emulated kernels, touch device memory, or not.
  void open(bool accessible);

  size_t freeBytes() const { return total - used; }
  size_t totalBytes() const { return total; }
  size_t live() const { return device.size() + pinned.size(); }
  /// "1 allocations, 2 pieces of pinned memory"
  std::string describe() const;

private:
  struct Piece {
    size_t bytes = 0;
    void *mapping = nullptr; ///< null: the caller's memory
    size_t mappingBytes = 0;
    std::map<uintptr_t, MemoryRange> names; ///< by their begin
  };
  using Pieces = std::map<uintptr_t, Piece>;

  std::optional<Piece> map(size_t bytes, uintptr_t &place);
  static const std::pair<const uintptr_t, Piece> *find(const Pieces &pieces, uintptr_t place, size_t bytes);
  static bool guardsHold(uintptr_t place, const Piece &piece);
  Freed release(Pieces &pieces, uintptr_t place);
  bool poison(unsigned char *place, size_t bytes);

  Pieces device, pinned;
  std::unique_ptr<MemoryRanges> snapshot;
  size_t total = 0, used = 0;
  int poisonFile = -1; ///< 0xff bytes, mapped where memory is large, so that poisoning it touches nothing
  bool protects = true;
};

} // namespace sennit::emulated
