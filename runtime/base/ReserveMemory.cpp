// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/ReserveMemory.h"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>

namespace sennit {

StatusOr<uint8_t *> reserveMemory(uint64_t bytes, const std::string &what) {
  void *address =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED)
    return resourceExhausted("cannot reserve " + std::to_string(bytes) + " bytes for " + what + ": " +
                             std::strerror(errno));
  return static_cast<uint8_t *>(address);
}

} // namespace sennit
