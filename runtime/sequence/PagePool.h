// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cassert>
#include <cstdint>
#include <vector>

namespace sennit {

/// Counts the owners of each page. A page is free at count 0. Allocates nothing after construction;
/// thread-compatible.
class PagePool {
public:
  explicit PagePool(int32_t pages) : owners(size_t(pages), 0) {
    free.reserve(size_t(pages));
    for (int32_t page = pages; page-- > 0;)
      free.push_back(page);
  }

  int32_t size() const { return int32_t(owners.size()); }
  int32_t freePages() const { return int32_t(free.size()); }
  int32_t ownersOf(int32_t page) const { return owners[size_t(page)]; }

  /// A free page, now with one owner. At least one must be free.
  int32_t take() {
    assert(!free.empty() && "callers check freePages first");
    const int32_t page = free.back();
    free.pop_back();
    owners[size_t(page)] = 1;
    return page;
  }
  void share(int32_t page) {
    assert(owners[size_t(page)] > 0 && "only a page in use is shared");
    ++owners[size_t(page)];
  }
  void release(int32_t page) {
    assert(owners[size_t(page)] > 0 && "only a page in use is released");
    if (--owners[size_t(page)] == 0)
      free.push_back(page);
  }

private:
  std::vector<int32_t> owners;
  std::vector<int32_t> free; ///< as a stack
};

} // namespace sennit
