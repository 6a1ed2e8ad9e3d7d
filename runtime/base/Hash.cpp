// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/Hash.h"

// Compiled in, so that no shared library has to be present where a package runs.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sennit {

struct Hasher::State {
  XXH3_state_t xxh;
};

uint64_t hash64(const void *data, size_t bytes) {
  return XXH3_64bits(data, bytes);
}

Hasher::Hasher() : state(std::make_unique<State>()) {
  XXH3_64bits_reset(&state->xxh);
}
Hasher::~Hasher() = default;

void Hasher::update(const void *data, size_t bytes) {
  XXH3_64bits_update(&state->xxh, data, bytes);
}

uint64_t Hasher::finish() {
  const uint64_t result = XXH3_64bits_digest(&state->xxh);
  XXH3_64bits_reset(&state->xxh);
  return result;
}

} // namespace sennit
