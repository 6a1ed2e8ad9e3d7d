// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/emulated/Block.h"

#include <cstddef>

namespace sennit::emulated {

/// The offset of [place, place + bytes) in the block's shared memory; fails where it is not in there.
size_t sharedOffset(Thread &thread, const void *place, size_t bytes, size_t alignment, const char *what);

/// Notes a read or write of shared memory, and fails where it is not ordered with what other threads did to
/// the same bytes. `step`: how far apart the granules are that are looked at; `together`: as in Access.
void noteRead(Thread &thread, size_t offset, size_t bytes, size_t step, bool together, const char *what);
void noteWrite(Thread &thread, size_t offset, size_t bytes, size_t step, const char *what);
/// Notes that a copy to 16 bytes was issued, or that its thread has waited for it.
void noteCopyBegin(Thread &thread, size_t offset);
void noteCopyEnd(Thread &thread, size_t offset);
/// The step for accesses of 16 aligned bytes: all of them, where plain accesses are told, too.
size_t wideStep();

/// A plain access anywhere, as compiled kernels tell it.
void notePlain(const void *place, unsigned bytes, int write);

/// The block that this OS thread runs; null outside.
Block *&runningBlock();

} // namespace sennit::emulated
