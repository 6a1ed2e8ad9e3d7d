// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Sleeping on an atomic word of this process.
#pragma once

#include <atomic>
#include <climits>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sennit {

/// Sleeps while `word` holds `value`; may return early.
inline void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

/// Wakes up to `most` that sleep on `word`.
inline void futexWake(std::atomic<uint32_t> &word, int most = 1) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE, most, nullptr, nullptr, 0);
}

/// Tells the processor that this thread spins.
inline void pauseBriefly() {
  for (int i = 0; i < 4; ++i)
    __builtin_ia32_pause();
}

} // namespace sennit
