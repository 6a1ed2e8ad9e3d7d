// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace sennit {

/// A hash of short byte strings; the same on every machine of one byte order.
inline uint64_t hashBytes(std::string_view bytes) {
  uint64_t hash = bytes.size() * 0x9E3779B97F4A7C15u;
  auto mix = [&](const char *at, size_t count) {
    uint64_t value = 0;
    std::memcpy(&value, at, count);
    hash = (hash ^ value) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
  };
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8)
    mix(bytes.data() + i, 8);
  if (i < bytes.size())
    mix(bytes.data() + i, bytes.size() - i);
  return hash;
}

/// Ids by the bytes of their pieces. Borrows the bytes: they must stay where they are. Immutable once filled;
/// thread-safe then.
class PieceIndex {
public:
  /// Makes room for `count` pieces; called before the first insert.
  void reserve(size_t count) { slots.resize(std::bit_ceil(std::max<size_t>(8, count * 2))); }

  /// Of equal pieces the first inserted stays.
  void insert(std::string_view piece, int32_t id) {
    Slot &slot = slotOf(piece);
    if (slot.id < 0)
      slot = {piece, id};
  }

  /// The id of `piece`, or -1.
  int32_t find(std::string_view piece) const { return const_cast<PieceIndex *>(this)->slotOf(piece).id; }

private:
  struct Slot {
    std::string_view piece;
    int32_t id = -1;
  };
  Slot &slotOf(std::string_view piece) {
    size_t i = hashBytes(piece) & (slots.size() - 1);
    while (slots[i].id >= 0 && slots[i].piece != piece)
      i = (i + 1) & (slots.size() - 1);
    return slots[i];
  }
  std::vector<Slot> slots; ///< Open addressing; at most half full.
};

/// Words met before in one text, with where their ids stand in the output. One slot per hash: a word that
/// comes later takes the place, so the cache needs no memory beyond its table. Single thread; borrows the
/// text.
class WordCache {
public:
  struct Slot {
    std::string_view word;
    size_t first = 0; ///< Index into the ids of the text.
    size_t count = 0;
  };

  static constexpr size_t longest = 64; ///< Longer words seldom come twice.

  explicit WordCache(size_t textBytes)
      : slots(std::bit_ceil(std::clamp<size_t>(textBytes / 8, 16, 1 << 15))) {}

  Slot &slotOf(std::string_view word) { return slots[hashBytes(word) & (slots.size() - 1)]; }

private:
  std::vector<Slot> slots;
};

} // namespace sennit
