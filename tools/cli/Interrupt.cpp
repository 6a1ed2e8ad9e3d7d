// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Interrupt.h"

#include <csignal>
#include <unistd.h>

using namespace sennit;

namespace {

std::atomic<bool> wasInterrupted{false};
std::atomic<void (*)()> notifier{nullptr};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<void (*)()>::is_always_lock_free,
              "a signal handler may touch lock-free atomics only");

extern "C" void handleInterrupt(int) {
  if (wasInterrupted.exchange(true))
    _exit(130);
  if (auto *notify = notifier.load())
    notify();
}

} // namespace

void cli::catchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = handleInterrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
}

bool cli::interrupted() {
  return wasInterrupted.load(std::memory_order_relaxed);
}

const std::atomic<bool> &cli::interruptFlag() {
  return wasInterrupted;
}

Status cli::interruptedStatus() {
  return {Code::Interrupted, "interrupted"};
}

void cli::onInterrupt(void (*notify)()) {
  notifier = notify;
}

void cli::exitNow() {
  _exit(130);
}
