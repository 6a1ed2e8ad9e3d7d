// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/sequence/CacheMemory.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/mman.h>

namespace sennit {

StatusOr<std::unique_ptr<CacheMemory>> CacheMemory::create(const CacheLayout &layout, int32_t pages) {
  std::unique_ptr<CacheMemory> memory(new CacheMemory(layout, pages));
  // Kernels may load a little past the last element of a tile, never past this slack.
  constexpr uint64_t slack = 4096;
  uint64_t bytes;
  if (__builtin_mul_overflow(uint64_t(layout.pageBytes()), uint64_t(pages), &bytes) || bytes > uint64_t(1)
                                                                                                   << 46)
    return resourceExhausted("the KV cache: " + std::to_string(pages) + " pages of " +
                             std::to_string(layout.pageBytes()) +
                             " bytes are more than an address space holds");
  memory->mappedBytes = bytes + slack;
  void *address = ::mmap(nullptr, memory->mappedBytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED)
    return resourceExhausted("the KV cache: cannot reserve " + std::to_string(bytes) + " bytes for " +
                             std::to_string(pages) + " pages: " + std::strerror(errno));
  memory->base = static_cast<uint8_t *>(address);
  return memory;
}

CacheMemory::~CacheMemory() {
  if (base)
    ::munmap(base, mappedBytes);
}

void CacheMemory::copyPage(int32_t from, int32_t to) {
  for (int64_t layer = 0; layer < layout.layers; ++layer) {
    std::memcpy(keys(layer) + to * layout.keyPageBytes(), keys(layer) + from * layout.keyPageBytes(),
                size_t(layout.keyPageBytes()));
    std::memcpy(values(layer) + to * layout.valuePageBytes(), values(layer) + from * layout.valuePageBytes(),
                size_t(layout.valuePageBytes()));
  }
}

} // namespace sennit
