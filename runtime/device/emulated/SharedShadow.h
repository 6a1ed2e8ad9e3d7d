// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sennit::emulated {

/// An access to shared memory: which thread, and its warp's own clock then.
struct Access {
  uint32_t stamp = 0;
  int thread = -1; ///< -1: none
};

/// What asynchronous copies and matrix loads did to each 16 bytes of a block's shared memory, so that a
/// missing wait or barrier between them is found in whatever order the threads run.
class SharedShadow {
public:
  struct Granule {
    uint32_t block = 0; ///< serial number; of another block: nothing happened yet
    bool underWay = false;
    Access write, read; ///< the copy; the newest load since
  };

  void begin(size_t sharedBytes) {
    ++serial;
    if (granules.size() < (sharedBytes + 15) / 16)
      granules.resize((sharedBytes + 15) / 16);
  }
  Granule &at(size_t offset) {
    Granule &granule = granules[offset / 16];
    if (granule.block != serial)
      granule = {serial, false, {}, {}};
    return granule;
  }

private:
  std::vector<Granule> granules;
  uint32_t serial = 0;
};

} // namespace sennit::emulated
