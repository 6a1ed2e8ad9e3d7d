// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/DriverState.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sennit::emulated {

DriverState &DriverState::get() {
  // Never destroyed: a program may call the driver from its own destructors.
  static DriverState &state = *[] {
    auto *made = new DriverState;
    // "12" or "12:2": the call that fails, and with which error.
    if (const char *text = std::getenv("SENNIT_EMULATED_FAULT")) {
      char *end = nullptr;
      made->faultAt = std::strtoull(text, &end, 10);
      if (*end == ':')
        made->faultResult = std::atoi(end + 1);
    }
    return made;
  }();
  return state;
}

uint64_t &currentContext() {
  static thread_local uint64_t serial = 0;
  return serial;
}

void DriverState::readEnvironment() {
  const auto number = [](const char *name, unsigned long long usual) {
    const char *text = std::getenv(name);
    return text && *text ? std::strtoull(text, nullptr, 0) : usual;
  };
  facts.architecture = int(number("SENNIT_EMULATED_ARCH", 90));
  facts.multiprocessors = int(number("SENNIT_EMULATED_SMS", 4));
  facts.version = int(number("SENNIT_EMULATED_VERSION", 13000));
  facts.memoryBytes = number("SENNIT_EMULATED_MEMORY", 4ull << 30);
  facts.seed = uint32_t(number("SENNIT_EMULATED_SEED", 0));
  facts.verbose = number("SENNIT_EMULATED_VERBOSE", 0) != 0;
  facts.protect = number("SENNIT_EMULATED_PROTECT", 1) != 0;
  queue.seed(facts.seed);
}

int DriverState::refuse(cu::Result result, std::string sentence) {
  lastError = std::move(sentence);
  if (facts.verbose)
    std::fprintf(stderr, "emulated driver: %s\n", lastError.c_str());
  return result;
}

int DriverState::breakContext(cu::Result result, const std::string &sentence) {
  lastError = sentence;
  sticky = result;
  std::fprintf(stderr, "emulated device: %s\n", sentence.c_str());
  return result;
}

void DriverState::endContext() {
  queue.drop();
  const size_t left = objects.size() + memory.live();
  leaks += left;
  if (left && facts.verbose)
    std::fprintf(stderr, "emulated driver: %zu objects live at the context's end: %s%s\n", left,
                 objects.describe().c_str(), memory.describe().c_str());
  objects.clear();
  memory.clear();
  sticky = cu::Success;
}

int beginCall(DriverState &state, const char *name, Needs needs, Gives gives, int &forced) {
  ++state.calls;
  if (state.faultAt && state.calls == state.faultAt) {
    state.faultAt = 0;
    forced = state.faultResult;
    state.refuse(cu::Unknown, std::string(name) + " fails, as was asked for");
  } else if (state.sticky != cu::Success && needs == Needs::Context)
    forced = state.sticky;
  if (forced != cu::Success && gives == Gives::Nothing)
    return forced;
  const auto refused = [&](cu::Result result, const char *why) {
    state.refuse(result, std::string(name) + ": " + why);
    return int(result);
  };
  if (needs != Needs::Nothing && !state.initialized)
    return refused(cu::NotInitialized, "cuInit was not called");
  if (needs == Needs::Context) {
    if (!currentContext())
      return refused(cu::InvalidContext, "no context is current in this thread");
    if (currentContext() != state.contextSerial || state.contextUses == 0)
      return refused(cu::ContextIsDestroyed, "the current context was released");
  }
  return cu::Success;
}

} // namespace sennit::emulated
