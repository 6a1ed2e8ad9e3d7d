// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/DriverMemory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace sennit::emulated {

namespace {

constexpr size_t pageBytes = 4096;
constexpr size_t poisonFileBytes = 4 << 20;
constexpr size_t largeBytes = 256 << 10; ///< from here on, mapping poison is cheaper than writing it
constexpr unsigned char guardByte = 0xa5;

size_t roundUp(size_t value, size_t step) {
  return (value + step - 1) / step * step;
}

} // namespace

DriverMemory::~DriverMemory() {
  clear();
  if (poisonFile >= 0)
    ::close(poisonFile);
}

void DriverMemory::begin(size_t deviceBytes, bool protect) {
  total = deviceBytes;
  used = 0;
  protects = protect;
}

void DriverMemory::clear() {
  for (Pieces *pieces : {&device, &pinned}) {
    for (auto &[place, piece] : *pieces)
      if (piece.mapping)
        ::munmap(piece.mapping, piece.mappingBytes);
    pieces->clear();
  }
  snapshot.reset();
  used = 0;
}

bool DriverMemory::poison(unsigned char *place, size_t bytes) {
  if (bytes < largeBytes) {
    std::memset(place, 0xff, bytes);
    return true;
  }
  if (poisonFile < 0) {
    poisonFile = ::memfd_create("sennit-poison", MFD_CLOEXEC);
    const std::vector<unsigned char> block(1 << 20, 0xff);
    for (size_t done = 0; done < poisonFileBytes; done += block.size())
      if (poisonFile < 0 || ::write(poisonFile, block.data(), block.size()) != ssize_t(block.size()))
        return false;
  }
  for (size_t done = 0; done < bytes; done += poisonFileBytes)
    if (::mmap(place + done, std::min(poisonFileBytes, roundUp(bytes - done, pageBytes)),
               PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, poisonFile, 0) == MAP_FAILED)
      return false;
  return true;
}

// A page of guard bytes, the memory, and guard bytes up to the end of the page after it.
std::optional<DriverMemory::Piece> DriverMemory::map(size_t bytes, uintptr_t &place) {
  Piece piece;
  piece.bytes = bytes;
  piece.mappingBytes = 2 * pageBytes + roundUp(bytes, pageBytes);
  piece.mapping = ::mmap(nullptr, piece.mappingBytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (piece.mapping == MAP_FAILED)
    return std::nullopt;
  auto *begin = static_cast<unsigned char *>(piece.mapping);
  if (!poison(begin + pageBytes, bytes)) {
    ::munmap(piece.mapping, piece.mappingBytes);
    return std::nullopt;
  }
  std::memset(begin, guardByte, pageBytes);
  std::memset(begin + pageBytes + bytes, guardByte, piece.mappingBytes - pageBytes - bytes);
  place = reinterpret_cast<uintptr_t>(begin + pageBytes);
  return piece;
}

bool DriverMemory::guardsHold(uintptr_t place, const Piece &piece) {
  const auto *begin = static_cast<const unsigned char *>(piece.mapping);
  const auto holds = [](const unsigned char *first, const unsigned char *last) {
    return std::all_of(first, last, [](unsigned char byte) { return byte == guardByte; });
  };
  const auto *end = reinterpret_cast<const unsigned char *>(place + piece.bytes);
  return holds(begin, begin + pageBytes) && holds(end, begin + piece.mappingBytes);
}

uintptr_t DriverMemory::allocate(size_t bytes) {
  const size_t taken = roundUp(bytes, 512);
  uintptr_t place = 0;
  if (taken > total - used)
    return 0;
  std::optional<Piece> piece = map(bytes, place);
  if (!piece)
    return 0;
  used += taken;
  if (protects)
    ::mprotect(piece->mapping, piece->mappingBytes, PROT_NONE);
  device.emplace(place, std::move(*piece));
  snapshot.reset();
  return place;
}

uintptr_t DriverMemory::allocatePinned(size_t bytes) {
  uintptr_t place = 0;
  std::optional<Piece> piece = map(bytes, place);
  if (!piece)
    return 0;
  pinned.emplace(place, std::move(*piece));
  snapshot.reset();
  return place;
}

bool DriverMemory::pin(uintptr_t place, size_t bytes) {
  auto after = pinned.lower_bound(place);
  if (after != pinned.end() && after->first < place + bytes)
    return false;
  if (after != pinned.begin() && std::prev(after)->first + std::prev(after)->second.bytes > place)
    return false;
  pinned.emplace(place, Piece{bytes, nullptr, 0, {}});
  snapshot.reset();
  return true;
}

bool DriverMemory::unpin(uintptr_t place) {
  const auto found = pinned.find(place);
  if (found == pinned.end() || found->second.mapping)
    return false;
  pinned.erase(found);
  snapshot.reset();
  return true;
}

DriverMemory::Freed DriverMemory::release(Pieces &pieces, uintptr_t place) {
  const auto found = pieces.find(place);
  if (found == pieces.end() || !found->second.mapping)
    return Freed::NotFound;
  Piece &piece = found->second;
  ::mprotect(piece.mapping, piece.mappingBytes, PROT_READ | PROT_WRITE);
  const bool holds = guardsHold(place, piece);
  ::munmap(piece.mapping, piece.mappingBytes);
  pieces.erase(found);
  snapshot.reset();
  return holds ? Freed::Yes : Freed::GuardTouched;
}

DriverMemory::Freed DriverMemory::free(uintptr_t place) {
  if (const auto found = device.find(place); found != device.end())
    used -= roundUp(found->second.bytes, 512);
  return release(device, place);
}

DriverMemory::Freed DriverMemory::freePinned(uintptr_t place) {
  return release(pinned, place);
}

std::string DriverMemory::name(uintptr_t place, size_t bytes, const char *text) {
  const auto *found = find(device, place, std::max<size_t>(bytes, 1));
  if (!found)
    return "names " + std::to_string(bytes) + " bytes that are in no allocation: " + describe(place, bytes);
  auto &names = device.find(found->first)->second.names;
  snapshot.reset();
  if (bytes == 0) {
    names.erase(place);
    return "";
  }
  const auto after = names.upper_bound(place);
  const auto overlaps = [&](const MemoryRange &range) {
    return range.begin < place + bytes && place < range.end;
  };
  if (after != names.end() && overlaps(after->second))
    return std::string("names '") + text + "' what overlaps '" + after->second.name + "'";
  if (after != names.begin() && overlaps(std::prev(after)->second))
    return std::string("names '") + text + "' what overlaps '" + std::prev(after)->second.name + "'";
  names[place] = {place, place + bytes, text};
  return "";
}

const std::pair<const uintptr_t, DriverMemory::Piece> *DriverMemory::find(const Pieces &pieces,
                                                                          uintptr_t place, size_t bytes) {
  auto after = pieces.upper_bound(place);
  if (after == pieces.begin())
    return nullptr;
  --after;
  const size_t offset = place - after->first;
  return offset < after->second.bytes && bytes <= after->second.bytes - offset ? &*after : nullptr;
}

bool DriverMemory::isForeign(uintptr_t place, size_t bytes) const {
  return std::none_of(device.begin(), device.end(), [&](const auto &each) {
    return each.first < place + bytes && place < each.first + each.second.bytes;
  });
}

std::string DriverMemory::describe(uintptr_t place, size_t bytes) const {
  std::vector<MemoryRange> all;
  for (const auto &[begin, piece] : device)
    all.push_back({begin, begin + piece.bytes, "an allocation"});
  return MemoryRanges(std::move(all)).describe(place, bytes);
}

const MemoryRanges &DriverMemory::ranges() {
  if (!snapshot) {
    std::vector<MemoryRange> all;
    for (const auto &[begin, piece] : device) {
      if (piece.names.empty())
        all.push_back({begin, begin + piece.bytes, "an allocation"});
      for (const auto &[place, range] : piece.names)
        all.push_back(range);
    }
    for (const auto &[begin, piece] : pinned)
      all.push_back({begin, begin + piece.bytes, "pinned memory"});
    snapshot = std::make_unique<MemoryRanges>(std::move(all));
  }
  return *snapshot;
}

void DriverMemory::open(bool accessible) {
  if (protects)
    for (const auto &[place, piece] : device)
      ::mprotect(piece.mapping, piece.mappingBytes, accessible ? PROT_READ | PROT_WRITE : PROT_NONE);
}

std::string DriverMemory::describe() const {
  return std::to_string(device.size()) + " allocations, " + std::to_string(pinned.size()) +
         " pieces of pinned memory";
}

} // namespace sennit::emulated
