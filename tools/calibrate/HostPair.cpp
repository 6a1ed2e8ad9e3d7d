// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/HostPair.h"

#include "runtime/device/host/WorkerPool.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace sennit::calibrate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t copyBuffer = 128u << 20, copyUnit = 16u << 20, copyChunk = 256u << 10;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Copies on a pool of its own. The buffers are written at construction, so their pages exist.
class Copier {
public:
  explicit Copier(int workers) : pool(workers), from(copyBuffer, 1), to(copyBuffer, 2) {}

  void run() {
    pool.run([](void *self, int, int64_t chunk) { static_cast<Copier *>(self)->copy(size_t(chunk)); }, this,
             copyUnit / copyChunk, pool.threads());
    at = (at + copyUnit) % copyBuffer;
  }

private:
  void copy(size_t chunk) {
    std::memcpy(to.data() + at + chunk * copyChunk, from.data() + at + chunk * copyChunk, copyChunk);
  }

  WorkerPool pool;
  std::vector<char> from, to;
  size_t at = 0;
};

} // namespace

double rateOf(Work &work, double seconds) {
  work();
  int64_t units = 0;
  double elapsed = 0;
  for (Clock::time_point start = Clock::now(); elapsed < seconds || units == 0; elapsed = since(start)) {
    work();
    ++units;
  }
  return double(units) / elapsed;
}

std::pair<double, double> ratesOf(Work &first, Work &second, double seconds) {
  std::barrier<> together(2);
  std::atomic<int> counted{0};
  double rates[2];
  auto side = [&](Work &work, int index) {
    work();
    together.arrive_and_wait();
    rates[index] = rateOf(work, seconds);
    counted.fetch_add(1);
    while (counted.load() < 2)
      work(); // the other one still counts
  };
  std::thread other([&] { side(second, 1); });
  side(first, 0);
  other.join();
  return {rates[0], rates[1]};
}

StatusOr<Work> makeCopier(int workers) {
  try {
    auto copier = std::make_shared<Copier>(workers);
    return Work([copier] { copier->run(); });
  } catch (const std::bad_alloc &) {
    return resourceExhausted("expected memory for two buffers of " + std::to_string(copyBuffer) +
                             " bytes to copy between, found too little");
  }
}

std::shared_ptr<void> makeBusyThread() {
  struct Busy {
    std::atomic<bool> stopping{false};
    std::atomic<uint64_t> sink{0};
    std::thread thread;
    ~Busy() {
      stopping = true;
      thread.join();
    }
  };
  auto busy = std::make_shared<Busy>();
  busy->thread = std::thread([own = busy.get()] {
    std::vector<uint64_t> numbers(copyBuffer / sizeof(uint64_t), 1);
    for (uint64_t sum = 0; !own->stopping;) {
      for (size_t i = 0; i < numbers.size() && !own->stopping; i += copyChunk)
        for (size_t j = i; j < i + copyChunk; ++j)
          sum += numbers[j];
      own->sink = sum;
    }
  });
  return busy;
}

double measureLaunch(int workers) {
  constexpr int count = 1000, chunksPerWorker = 4;
  static constexpr std::chrono::nanoseconds chunk{2000};
  WorkerPool pool(workers);
  // Chunks of known length, or the caller would have done all of them before another has begun.
  auto launch = [&] {
    pool.run(
        [](void *, int, int64_t) {
          for (Clock::time_point start = Clock::now(); Clock::now() - start < chunk;)
            ;
        },
        nullptr, int64_t(chunksPerWorker) * workers, workers);
  };
  std::vector<double> readings;
  for (int i = 0; i < count; ++i) {
    Clock::time_point start = Clock::now();
    launch();
    readings.push_back(since(start));
  }
  std::nth_element(readings.begin(), readings.begin() + count / 2, readings.end());
  return std::max(0., readings[count / 2] - chunksPerWorker * std::chrono::duration<double>(chunk).count());
}

double measureJoin() {
  constexpr int rounds = 2000;
  // Two signals in cache lines of their own, as lanes have them.
  struct alignas(64) Signal {
    std::atomic<int> value{0};
  };
  Signal there, back;
  auto waitFor = [](Signal &signal, int value) {
    while (signal.value.load(std::memory_order_acquire) < value)
      __builtin_ia32_pause();
  };
  std::thread other([&] {
    for (int i = 1; i <= rounds; ++i) {
      waitFor(there, i);
      back.value.store(i, std::memory_order_release);
    }
  });
  Clock::time_point start;
  for (int i = 1; i <= rounds; ++i) {
    if (i == rounds / 10)
      start = Clock::now(); // by now the other runs
    there.value.store(i, std::memory_order_release);
    waitFor(back, i);
  }
  double seconds = since(start);
  other.join();
  return seconds / (rounds - rounds / 10 + 1) / 2;
}

} // namespace sennit::calibrate
