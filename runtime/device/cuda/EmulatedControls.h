// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <dlfcn.h>

namespace sennit::testing {

/// What only the emulated driver has.
struct EmulatedDriver {
  void *library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  int (*fault)(int call, int error) = find<int(int, int)>("sennitEmulatedFault");
  int (*calls)(unsigned long long *) = find<int(unsigned long long *)>("sennitEmulatedCalls");
  int (*live)(unsigned long long *) = find<int(unsigned long long *)>("sennitEmulatedLive");
  int (*leaks)(unsigned long long *) = find<int(unsigned long long *)>("sennitEmulatedLeaks");
  int (*seed)(unsigned) = find<int(unsigned)>("sennitEmulatedSeed");

  unsigned long long callCount() const {
    unsigned long long count = 0;
    calls(&count);
    return count;
  }
  /// Objects that are there now, and those that were left when a context went.
  unsigned long long leftObjects() const {
    unsigned long long now = 0, before = 0;
    live(&now);
    leaks(&before);
    return now + before;
  }

private:
  template <typename F>
  F *find(const char *name) const {
    return library ? reinterpret_cast<F *>(::dlsym(library, name)) : nullptr;
  }
};

inline const EmulatedDriver &driver() {
  static const EmulatedDriver opened;
  return opened;
}

} // namespace sennit::testing
