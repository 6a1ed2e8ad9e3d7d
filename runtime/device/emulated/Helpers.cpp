// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/Helpers.h"

#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace sennit::emulated {

namespace {

/// Threads that are kept for the process's life, since making them and their stacks costs more than a launch.
class Helpers {
public:
  ~Helpers() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    wake.notify_all();
    for (std::thread &thread : threads)
      thread.join();
  }

  void run(int count, const std::function<void()> &work) {
    {
      const std::lock_guard lock(mutex);
      while (int(threads.size()) < count)
        threads.emplace_back([this] { loop(); });
      job = &work;
      wanted = running = count;
    }
    wake.notify_all();
    work();
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return running == 0; });
  }

  std::mutex inUse; ///< held by the launch that has the threads

private:
  void loop() {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return stop || wanted > 0; });
      if (stop)
        return;
      --wanted;
      const std::function<void()> &work = *job;
      lock.unlock();
      work();
      lock.lock();
      if (--running == 0)
        done.notify_all();
    }
  }

  std::mutex mutex; ///< of all below
  std::condition_variable wake, done;
  std::vector<std::thread> threads;
  const std::function<void()> *job = nullptr;
  int wanted = 0, running = 0; ///< helpers that are still to begin; to end
  bool stop = false;
};

} // namespace

int usualThreads() {
  static const int count = [] {
    if (const char *text = std::getenv("SENNIT_EMULATED_THREADS"); text && std::atoi(text) > 0)
      return std::min(std::atoi(text), 64);
    cpu_set_t cores;
    CPU_ZERO(&cores);
    return ::sched_getaffinity(0, sizeof cores, &cores) == 0 ? std::max(1, CPU_COUNT(&cores)) : 1;
  }();
  return count;
}

void runWithHelpers(int helpers, const std::function<void()> &work) {
  static Helpers kept;
  if (helpers > 0)
    if (const std::unique_lock lock(kept.inUse, std::try_to_lock); lock.owns_lock())
      return kept.run(helpers, work);
  work();
}

} // namespace sennit::emulated
