// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>

namespace sennit {

/// The pages of a KV cache, wherever they are. Thread-compatible.
class CachePages {
public:
  virtual ~CachePages() = default;

  /// Copies page `from` to page `to` in every layer, before anything that a later step does.
  virtual void copyPage(int32_t from, int32_t to) = 0;
};

} // namespace sennit
