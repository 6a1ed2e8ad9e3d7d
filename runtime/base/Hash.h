// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sennit {

/// XXH3-64 of a stretch of bytes.
uint64_t hash64(const void *data, size_t bytes);

/// XXH3-64 of bytes that come in parts; equal to hash64 of their concatenation. Thread-compatible.
class Hasher {
public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher &) = delete;
  Hasher &operator=(const Hasher &) = delete;

  void update(const void *data, size_t bytes);
  /// The hash of everything since construction or the last call; starts over.
  uint64_t finish();

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace sennit
