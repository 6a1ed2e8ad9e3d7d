// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <chrono>
#include <vector>

namespace sennit {

struct Phase {
  const char *name; ///< a literal
  double seconds;
};

/// Divides the time since its construction into named phases, one after another. Thread-compatible.
class PhaseClock {
public:
  /// The time since the last call, or since the construction, was phase `name`.
  void end(const char *name) {
    const Clock::time_point now = Clock::now();
    list.push_back({name, std::chrono::duration<double>(now - begin).count()});
    begin = now;
  }
  /// Phases that another clock measured since the last call, or since the construction.
  void add(const std::vector<Phase> &others) {
    list.insert(list.end(), others.begin(), others.end());
    begin = Clock::now();
  }
  const std::vector<Phase> &phases() const { return list; }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin = Clock::now();
  std::vector<Phase> list;
};

} // namespace sennit
