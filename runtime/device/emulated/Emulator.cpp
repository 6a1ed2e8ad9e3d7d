// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/Emulator.h"

#include "runtime/device/emulated/Helpers.h"
#include "runtime/device/emulated/Stage.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <vector>

namespace sennit::emulated {

namespace {

/// The order in which blocks are begun.
std::vector<int> orderOfBlocks(int blocks, uint32_t seed) {
  std::vector<int> order(static_cast<size_t>(blocks));
  std::iota(order.begin(), order.end(), 0);
  if (seed == 1)
    std::reverse(order.begin(), order.end());
  else if (seed > 1) {
    uint64_t state = seed * 0x9e3779b97f4a7c15ull;
    for (size_t i = order.size(); i > 1; --i) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      std::swap(order[i - 1], order[(state >> 33) % i]);
    }
  }
  return order;
}

} // namespace

std::optional<Fault> runGrid(const GridShape &shape, uint32_t seed, const LaunchOptions &options,
                             void (*body)(const void *context), const void *context) {
  if (shape.blocks < 1 || shape.threads < 1 || shape.threads > 32 * mostWarps)
    return Fault{FaultKind::Failed, "kernel " + options.kernel + ": " + std::to_string(shape.blocks) +
                                        " blocks of " + std::to_string(shape.threads) +
                                        " threads; expected at least 1 of 1 to 1024"};
  const std::vector<int> order = orderOfBlocks(shape.blocks, seed);
  const Launch launch{shape,
                      seed,
                      &options,
                      body,
                      context,
                      std::chrono::steady_clock::now() +
                          std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                              std::chrono::duration<double>(options.seconds))};
  std::atomic<int> next = 0, firstFault = shape.blocks; // places in the order
  std::mutex mutex;
  std::optional<Fault> result;
  const auto work = [&] {
    static thread_local Stage stage;
    for (;;) {
      // Blocks before the first faulty one are all begun and run to their end, so it is the same one always.
      const int place = next.fetch_add(1);
      if (place >= shape.blocks || place > firstFault)
        return;
      std::optional<Fault> fault = stage.run(launch, order[size_t(place)]);
      if (!fault)
        continue;
      const std::lock_guard lock(mutex);
      if (place < firstFault) {
        firstFault = place;
        result = std::move(fault);
      }
    }
  };
  const int wanted = options.osThreads > 0 ? options.osThreads : usualThreads();
  runWithHelpers(std::min(wanted, shape.blocks) - 1, work);
  return result;
}

} // namespace sennit::emulated
