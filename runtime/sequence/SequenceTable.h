// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/device/host/KernelAbi.h"
#include "runtime/sequence/CachePages.h"
#include "runtime/sequence/PagePool.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sennit {

/// Names a sequence for as long as it lives; a freed name is not used again soon, so stale ones are found.
using SequenceId = int64_t;

/// A stretch of keys with its own blocks of attention. Pages hold 32 positions each, the last may be part
/// full.
struct Segment {
  std::vector<int32_t> pages;
  int32_t length = 0; ///< keys
  int32_t first = 0;  ///< position of the first key in its sequence
};

struct Sequence {
  SequenceId id = -1; ///< -1: the place is free
  std::vector<Segment> segments;
  int32_t length = 0; ///< positions in all segments
};

/// What one step appends to one sequence.
struct Growth {
  SequenceId sequence;
  int32_t tokens;
};

/// The live sequences and the pages that they own. Pages are shared by fork and copied when one of the owners
/// writes into a part-full one. Appending allocates no memory. Thread-compatible.
class SequenceTable {
public:
  /// `cache` is borrowed and outlives the table; null in tests that look at page numbers only.
  SequenceTable(int32_t sequences, int32_t pages, int32_t contextLength, CachePages *cache);

  StatusOr<SequenceId> create();
  /// A new sequence with the same content, sharing all pages.
  StatusOr<SequenceId> fork(SequenceId parent);
  /// Drops every position from `length` on.
  Status truncate(SequenceId id, int32_t length);
  Status free(SequenceId id);
  /// Lets what is appended from now on form a new segment. Nothing happens where the last one is empty.
  Status startSegment(SequenceId id);

  StatusOr<const Sequence *> find(SequenceId id) const;

  /// Whether all of `growth` (each sequence once) fits context and free pages; nothing changes either way.
  /// ResourceExhausted names the first sequence that does not fit and what it needs.
  Status check(std::span<const Growth> growth) const;
  /// Makes room for `tokens` more positions at the end. The growth was part of a checked one.
  void extend(SequenceId id, int32_t tokens);

  int32_t freePages() const { return pool.freePages(); }
  int32_t pages() const { return pool.size(); }
  int32_t liveSequences() const { return live; }
  int32_t contextLength() const { return context; }

  /// Pages for `length` positions in one segment.
  static int32_t pagesFor(int64_t length) { return int32_t((length + pagePositions - 1) / pagePositions); }

private:
  Sequence *lookup(SequenceId id);
  StatusOr<Sequence *> openPlace();
  bool sharesLastPage(const Sequence &sequence) const;
  void reserve(Segment &segment) const;

  PagePool pool;
  int32_t context;
  CachePages *cache;
  std::vector<Sequence> places; ///< id % places.size() is the place
  std::vector<SequenceId> nextId;
  std::vector<int32_t> freePlaces; ///< as a stack
  int32_t live = 0;
};

} // namespace sennit
