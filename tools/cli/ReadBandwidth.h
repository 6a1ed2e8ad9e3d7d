// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstddef>

namespace sennit::cli {

/// How fast this machine reads memory: bytes per second that `threads` threads together read from a buffer
/// larger than the caches, the best of several ways (streams side by side, distances of prefetching) and of
/// `passes` passes over each. The buffer is `bytes` long in all.
double measureReadBandwidth(int threads, size_t bytes, int passes);

} // namespace sennit::cli
