// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/sequence/CacheLayout.h"
#include "runtime/sequence/CachePages.h"

#include <cstdint>
#include <memory>

namespace sennit {

/// The memory of all pools. Pages are zero and take no memory until they are written. Owns the mapping;
/// thread-compatible.
class CacheMemory : public CachePages {
public:
  static StatusOr<std::unique_ptr<CacheMemory>> create(const CacheLayout &layout, int32_t pages);
  ~CacheMemory() override;
  CacheMemory(const CacheMemory &) = delete;
  CacheMemory &operator=(const CacheMemory &) = delete;

  uint8_t *keys(int64_t layer) const {
    return base + layer * pages * (layout.keyPageBytes() + layout.valuePageBytes());
  }
  uint8_t *values(int64_t layer) const { return keys(layer) + pages * layout.keyPageBytes(); }

  void copyPage(int32_t from, int32_t to) override;

private:
  CacheMemory(const CacheLayout &layout, int32_t pages) : layout(layout), pages(pages) {}

  CacheLayout layout;
  int64_t pages;
  uint8_t *base = nullptr;
  size_t mappedBytes = 0;
};

} // namespace sennit
