// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/SharedMemory.h"

#include <algorithm>
#include <atomic>

namespace sennit::emulated {

namespace {

std::atomic<bool> plainAccesses = false; ///< some code of this process tells them

/// Whether `access`, where it is to some of `bytes`, is ordered before what `thread` does now: by itself, or
/// by a barrier of both.
bool isBefore(const Access &access, uint8_t bytes, const Thread &thread) {
  if (access.thread < 0 || access.thread == thread.facts.thread || !(access.bytes & bytes))
    return true;
  const int warp = access.thread / 32;
  const uint32_t seen = thread.warp->clock[warp];
  return warp == thread.warp->index ? access.together || seen > access.stamp : seen >= access.stamp;
}

Access now(const Thread &thread, uint8_t bytes, bool together = false) {
  return {thread.warp->clock[thread.warp->index], int16_t(thread.facts.thread), bytes, together};
}

/// The bytes of the granule at `offset` that [begin, end) has.
uint8_t bytesOf(size_t offset, size_t begin, size_t end) {
  const size_t first = offset / SharedShadow::granuleBytes * SharedShadow::granuleBytes;
  uint8_t bytes = 0;
  for (size_t i = 0; i < SharedShadow::granuleBytes; ++i)
    bytes |= uint8_t(first + i >= begin && first + i < end) << i;
  return bytes;
}

[[noreturn]] void conflict(Thread &thread, const char *what, size_t offset, const Access &other,
                           const char *did) {
  thread.block->fail(thread, FaultKind::Failed,
                     std::string(what) + " byte " + std::to_string(offset) +
                         " of shared memory, which thread " + std::to_string(other.thread) + " " + did);
}

} // namespace

Block *&runningBlock() {
  static thread_local Block *block = nullptr;
  return block;
}

size_t sharedOffset(Thread &thread, const void *place, size_t bytes, size_t alignment, const char *what) {
  Block &block = *thread.block;
  const size_t all = block.launch->shape.sharedBytes;
  const size_t offset = size_t(static_cast<const unsigned char *>(place) - block.shared);
  if (offset >= all || bytes > all - offset) // a place before it wraps to a large offset
    block.fail(thread, FaultKind::IllegalAddress,
               std::string(what) + " at byte " + std::to_string(ptrdiff_t(offset)) + " of the block's " +
                   std::to_string(all) + " bytes of shared memory");
  if (offset % alignment)
    block.fail(thread, FaultKind::Misaligned,
               std::string(what) + " at byte " + std::to_string(offset) +
                   " of shared memory, no multiple of " + std::to_string(alignment));
  return offset;
}

void noteRead(Thread &thread, size_t offset, size_t bytes, size_t step, bool together, const char *what) {
  for (size_t at = offset; at < offset + bytes; at = at / step * step + step) {
    SharedShadow::Granule &granule = thread.block->shadow->at(at);
    const uint8_t mask = bytesOf(at, offset, offset + bytes);
    if (granule.underWay)
      conflict(thread, what, at, granule.write, "copies and has not waited for");
    if (!isBefore(granule.write, mask, thread))
      conflict(thread, what, at, granule.write, "wrote without a barrier since");
    granule.read = now(thread, mask, together);
  }
}

void noteWrite(Thread &thread, size_t offset, size_t bytes, size_t step, const char *what) {
  for (size_t at = offset; at < offset + bytes; at = at / step * step + step) {
    SharedShadow::Granule &granule = thread.block->shadow->at(at);
    const uint8_t mask = bytesOf(at, offset, offset + bytes);
    if (granule.underWay)
      conflict(thread, what, at, granule.write, "copies and has not waited for");
    if (!isBefore(granule.write, mask, thread))
      conflict(thread, what, at, granule.write, "wrote without a barrier since");
    if (!isBefore(granule.read, mask, thread))
      conflict(thread, what, at, granule.read, "read without a barrier since");
    granule.write = now(thread, mask);
  }
}

size_t wideStep() {
  return plainAccesses.load(std::memory_order_relaxed) ? SharedShadow::granuleBytes : 16;
}

void noteCopyBegin(Thread &thread, size_t offset) {
  const size_t step = wideStep();
  noteWrite(thread, offset, 16, step, "copies to");
  for (size_t at = offset; at < offset + 16; at += step)
    thread.block->shadow->at(at).underWay = true;
}

void noteCopyEnd(Thread &thread, size_t offset) {
  for (size_t at = offset, step = wideStep(); at < offset + 16; at += step) {
    SharedShadow::Granule &granule = thread.block->shadow->at(at);
    granule.underWay = false;
    granule.write = now(thread, ~0); // others see it from the next barrier on
  }
}

void notePlain(const void *place, unsigned bytes, int write) {
  Block *block = runningBlock();
  if (!block) {
    plainAccesses.store(true, std::memory_order_relaxed);
    return;
  }
  const size_t offset = size_t(static_cast<const unsigned char *>(place) - block->shared);
  const size_t all = block->launch->shape.sharedBytes;
  if (offset >= all)
    return;
  Thread &thread = self();
  bytes = unsigned(std::min<size_t>(bytes, all - offset));
  if (write)
    noteWrite(thread, offset, bytes, SharedShadow::granuleBytes, "writes");
  else
    noteRead(thread, offset, bytes, SharedShadow::granuleBytes, false, "reads");
}

} // namespace sennit::emulated
