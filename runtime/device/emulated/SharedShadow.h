// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sennit::emulated {

/// An access to shared memory: which thread, its warp's own clock then, and which bytes of the granule.
struct Access {
  uint32_t stamp = 0;
  int16_t thread = -1; ///< -1: none
  uint8_t bytes = 0;   ///< bit i: byte i
  /// By all lanes of a warp at once: none of them goes on before all have read.
  bool together = false;
};

/// The newest accesses to each 2 bytes of a block's shared memory, so that a missing wait or barrier between
/// two of them is found in whatever order the threads run. Asynchronous copies and matrix loads are always
/// seen; plain loads and stores where the kernel was compiled to tell them (SENNIT_EMULATED_RACES).
class SharedShadow {
public:
  static constexpr size_t granuleBytes = 2; ///< elements of 16 bits may be written by different threads

  struct Granule {
    uint32_t block = 0; ///< serial number; of another block: nothing happened yet
    bool underWay = false;
    Access write, read; ///< the newest
  };

  void begin(size_t sharedBytes) {
    ++serial;
    if (granules.size() < sharedBytes / granuleBytes + 1)
      granules.resize(sharedBytes / granuleBytes + 1);
  }
  Granule &at(size_t offset) {
    Granule &granule = granules[offset / granuleBytes];
    if (granule.block != serial)
      granule = {serial, false, {}, {}};
    return granule;
  }

private:
  std::vector<Granule> granules;
  uint32_t serial = 0;
};

} // namespace sennit::emulated
