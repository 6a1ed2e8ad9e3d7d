// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/ReadBandwidth.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <thread>
#include <vector>

#include <sys/mman.h>

using namespace sennit;

namespace {

using Lane = uint64_t __attribute__((vector_size(32), aligned(32)));
constexpr size_t line = 64;

/// Reads all of [data, data + bytes) in some streams; the result depends on every byte, so no load may be
/// dropped. Compiled for plain x86-64, where a Lane is two 16-byte loads: memory, not the core, sets the
/// pace.
template <size_t streams, size_t ahead>
uint64_t readAll(const uint8_t *data, size_t bytes) {
  size_t part = bytes / streams / line * line;
  Lane sums[streams] = {};
  for (size_t at = 0; at < part; at += line)
    for (size_t s = 0; s < streams; ++s) {
      const uint8_t *from = data + s * part + at;
      if (ahead)
        __builtin_prefetch(from + ahead);
      sums[s] ^= *reinterpret_cast<const Lane *>(from) ^ *reinterpret_cast<const Lane *>(from + sizeof(Lane));
    }
  Lane all = sums[0];
  for (size_t s = 1; s < streams; ++s)
    all ^= sums[s];
  return all[0] ^ all[1] ^ all[2] ^ all[3];
}

/// Which way is the fastest depends on the prefetchers of the CPU.
constexpr uint64_t (*ways[])(const uint8_t *, size_t) = {readAll<1, 0>, readAll<2, 0>, readAll<4, 0>,
                                                         readAll<4, 640>, readAll<4, 2048>};

} // namespace

double cli::measureReadBandwidth(int threads, size_t bytes, int passes) {
  size_t share = bytes / static_cast<size_t>(threads) / 4096 * 4096;
  size_t total = share * static_cast<size_t>(threads);
  void *memory = mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || share == 0)
    return 0;
  auto *data = static_cast<uint8_t *>(memory);
  madvise(memory, total, MADV_HUGEPAGE); // the best rate, whatever the page size that Sennit itself gets

  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> starts(static_cast<size_t>(threads)), ends(static_cast<size_t>(threads));
  std::barrier<> together(threads);
  std::atomic<uint64_t> sink{0};
  double best = 0;
  auto work = [&](size_t t) {
    std::memset(data + t * share, static_cast<int>(t + 1), share);
    for (int pass = 0; pass < passes * static_cast<int>(std::size(ways)); ++pass) {
      together.arrive_and_wait();
      starts[t] = Clock::now();
      sink.fetch_xor(ways[static_cast<size_t>(pass) % std::size(ways)](data + t * share, share),
                     std::memory_order_relaxed);
      ends[t] = Clock::now();
      together.arrive_and_wait();
      if (t == 0) {
        auto begin = *std::min_element(starts.begin(), starts.end());
        auto end = *std::max_element(ends.begin(), ends.end());
        best =
            std::max(best, static_cast<double>(total) / std::chrono::duration<double>(end - begin).count());
      }
    }
  };
  std::vector<std::thread> others;
  for (size_t t = 1; t < static_cast<size_t>(threads); ++t)
    others.emplace_back(work, t);
  work(0);
  for (std::thread &thread : others)
    thread.join();
  munmap(memory, total);
  return best;
}
