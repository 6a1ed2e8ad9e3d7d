// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/sequence/SequenceTable.h"

#include <string>

namespace sennit {

using std::to_string;

SequenceTable::SequenceTable(int32_t sequences, int32_t pages, int32_t contextLength, CachePages *cache)
    : pool(pages), context(contextLength), cache(cache), places(size_t(sequences)),
      nextId(size_t(sequences)) {
  for (int32_t place = sequences; place-- > 0;) {
    nextId[size_t(place)] = place;
    freePlaces.push_back(place);
  }
}

Sequence *SequenceTable::lookup(SequenceId id) {
  if (id < 0 || places.empty())
    return nullptr;
  Sequence &place = places[size_t(id) % places.size()];
  return place.id == id ? &place : nullptr;
}

StatusOr<const Sequence *> SequenceTable::find(SequenceId id) const {
  const Sequence *sequence = const_cast<SequenceTable *>(this)->lookup(id);
  if (!sequence)
    return invalidInput("sequence " + to_string(id) + " does not exist");
  return sequence;
}

StatusOr<Sequence *> SequenceTable::openPlace() {
  if (freePlaces.empty())
    return resourceExhausted("no room for another sequence: all " + to_string(places.size()) + " are in use");
  const size_t place = size_t(freePlaces.back());
  freePlaces.pop_back();
  Sequence &sequence = places[place];
  sequence.id = nextId[place];
  nextId[place] += SequenceId(places.size());
  ++live;
  return &sequence;
}

/// So that appending up to the context never allocates.
void SequenceTable::reserve(Segment &segment) const {
  segment.pages.reserve(size_t(pagesFor(context - segment.first)));
}

StatusOr<SequenceId> SequenceTable::create() {
  SENNIT_ASSIGN_OR_RETURN(Sequence * sequence, openPlace());
  sequence->segments.emplace_back();
  reserve(sequence->segments.back());
  return sequence->id;
}

StatusOr<SequenceId> SequenceTable::fork(SequenceId parent) {
  const Sequence *from = lookup(parent);
  if (!from)
    return invalidInput("cannot fork sequence " + to_string(parent) + ": it does not exist");
  SENNIT_ASSIGN_OR_RETURN(Sequence * sequence, openPlace());
  sequence->segments = from->segments;
  sequence->length = from->length;
  for (Segment &segment : sequence->segments) {
    for (int32_t page : segment.pages)
      pool.share(page);
    reserve(segment);
  }
  return sequence->id;
}

Status SequenceTable::truncate(SequenceId id, int32_t length) {
  Sequence *sequence = lookup(id);
  if (!sequence)
    return invalidInput("cannot truncate sequence " + to_string(id) + ": it does not exist");
  if (length < 0 || length > sequence->length)
    return invalidInput("cannot truncate sequence " + to_string(id) + " to " + to_string(length) +
                        " positions: expected 0 to " + to_string(sequence->length));
  // A segment that starts right there stays, empty, as it was before anything was appended to it.
  while (sequence->segments.back().first > length) {
    for (int32_t page : sequence->segments.back().pages)
      pool.release(page);
    sequence->segments.pop_back();
  }
  Segment &last = sequence->segments.back();
  last.length = length - last.first;
  while (int32_t(last.pages.size()) > pagesFor(last.length)) {
    pool.release(last.pages.back());
    last.pages.pop_back();
  }
  sequence->length = length;
  return {};
}

Status SequenceTable::free(SequenceId id) {
  Sequence *sequence = lookup(id);
  if (!sequence)
    return invalidInput("cannot free sequence " + to_string(id) + ": it does not exist");
  for (const Segment &segment : sequence->segments)
    for (int32_t page : segment.pages)
      pool.release(page);
  sequence->segments.clear();
  sequence->length = 0;
  sequence->id = -1;
  freePlaces.push_back(int32_t(size_t(id) % places.size()));
  --live;
  return {};
}

Status SequenceTable::startSegment(SequenceId id) {
  Sequence *sequence = lookup(id);
  if (!sequence)
    return invalidInput("cannot start a segment of sequence " + to_string(id) + ": it does not exist");
  if (sequence->segments.back().length == 0)
    return {};
  Segment next;
  next.first = sequence->length;
  reserve(next);
  sequence->segments.push_back(std::move(next));
  return {};
}

bool SequenceTable::sharesLastPage(const Sequence &sequence) const {
  const Segment &last = sequence.segments.back();
  return last.length % pagePositions != 0 && pool.ownersOf(last.pages.back()) > 1;
}

Status SequenceTable::check(std::span<const Growth> growth) const {
  int32_t available = pool.freePages();
  for (size_t i = 0; i < growth.size(); ++i) {
    SENNIT_ASSIGN_OR_RETURN(const Sequence *sequence, find(growth[i].sequence));
    const int32_t tokens = growth[i].tokens;
    if (tokens > context - sequence->length)
      return Status(Code::ResourceExhausted,
                    "sequence " + to_string(sequence->id) + ": " + to_string(tokens) + " more tokens after " +
                        to_string(sequence->length) + " exceed the context of " + to_string(context));
    if (tokens == 0)
      continue;
    const Segment &last = sequence->segments.back();
    int32_t need = pagesFor(int64_t(last.length) + tokens) - int32_t(last.pages.size());
    if (sharesLastPage(*sequence)) {
      // Owners that write in turn each copy the page, except the last one that is left with it.
      const int32_t page = last.pages.back();
      int32_t leaving = 0;
      for (size_t j = 0; j < i; ++j) {
        const Sequence &other = *const_cast<SequenceTable *>(this)->lookup(growth[j].sequence);
        leaving +=
            growth[j].tokens > 0 && sharesLastPage(other) && other.segments.back().pages.back() == page;
      }
      need += pool.ownersOf(page) - leaving > 1;
    }
    if (need > available)
      return resourceExhausted("sequence " + to_string(sequence->id) + " needs " + to_string(need) +
                               " more pages of 32 positions for " + to_string(tokens) + " tokens, " +
                               to_string(available) + " of " + to_string(pool.size()) + " are free");
    available -= need;
  }
  return {};
}

void SequenceTable::extend(SequenceId id, int32_t tokens) {
  Sequence &sequence = *lookup(id);
  Segment &last = sequence.segments.back();
  if (tokens > 0 && sharesLastPage(sequence)) {
    const int32_t shared = last.pages.back(), own = pool.take();
    if (cache)
      cache->copyPage(shared, own);
    pool.release(shared);
    last.pages.back() = own;
  }
  last.length += tokens;
  sequence.length += tokens;
  while (int32_t(last.pages.size()) < pagesFor(last.length))
    last.pages.push_back(pool.take());
}

} // namespace sennit
