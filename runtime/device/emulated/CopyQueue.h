// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstddef>
#include <vector>

namespace sennit::emulated {

/// A copy of 16 bytes to shared memory that was issued and is not done.
struct PendingCopy {
  unsigned char *shared;
  const unsigned char *global;
  int valid; ///< bytes that are read; the others become zero
};

/// The asynchronous copies of one thread, in groups. Kept between blocks, so that a copy allocates nothing.
class CopyQueue {
public:
  void clear() {
    copies.clear();
    groupEnds.clear();
    firstCopy = firstGroup = 0;
  }
  void add(const PendingCopy &copy) { copies.push_back(copy); }
  void commit() { groupEnds.push_back(copies.size()); }
  /// Calls f(copy) for the copies of all but the newest `left` groups, in order, and drops them.
  template <typename F>
  void finish(size_t left, F f) {
    while (groupEnds.size() - firstGroup > left)
      for (const size_t end = groupEnds[firstGroup++]; firstCopy < end; ++firstCopy)
        f(copies[firstCopy]);
    if (firstGroup < groupEnds.size() ? firstGroup < 64 : firstCopy < copies.size())
      return; // not worth moving what is left
    copies.erase(copies.begin(), copies.begin() + ptrdiff_t(firstCopy));
    groupEnds.erase(groupEnds.begin(), groupEnds.begin() + ptrdiff_t(firstGroup));
    for (size_t &end : groupEnds)
      end -= firstCopy;
    firstCopy = firstGroup = 0;
  }

private:
  std::vector<PendingCopy> copies;
  std::vector<size_t> groupEnds;
  size_t firstCopy = 0, firstGroup = 0;
};

} // namespace sennit::emulated
