// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/BytePairs.h"

#include <algorithm>
#include <bit>

namespace sennit {
namespace {

uint64_t pairKey(int32_t left, int32_t right) {
  return uint64_t(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

size_t slotOf(uint64_t key) {
  key *= 0x9E3779B97F4A7C15u;
  return static_cast<size_t>(key ^ key >> 32);
}

/// Up to here looking at every pair again after a merge beats keeping a heap.
constexpr size_t shortWord = 32;

/// Orders a heap so that the lowest rank, then the leftmost, is on top.
bool later(const BytePairs::Scratch::Candidate &a, const BytePairs::Scratch::Candidate &b) {
  return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
}

} // namespace

BytePairs::BytePairs(size_t count)
    : table(std::bit_ceil(std::max<size_t>(16, count * 2 + 1))), mask(table.size() - 1) {
  std::fill(std::begin(byteIds), std::end(byteIds), -1);
}

void BytePairs::addMerge(int32_t left, int32_t right, uint32_t rank, int32_t merged) {
  uint64_t key = pairKey(left, right);
  size_t slot = slotOf(key) & mask;
  while (table[slot].pair != emptyPair && table[slot].pair != key)
    slot = (slot + 1) & mask;
  table[slot] = {key, rank, merged};
}

const BytePairs::Merge &BytePairs::find(int32_t left, int32_t right) const {
  uint64_t key = pairKey(left, right);
  size_t slot = slotOf(key) & mask;
  while (table[slot].pair != key && table[slot].pair != emptyPair)
    slot = (slot + 1) & mask;
  return table[slot];
}

void BytePairs::encode(std::string_view word, Scratch &scratch, std::vector<int32_t> &ids) const {
  auto &symbols = scratch.symbols;
  symbols.clear();
  for (char c : word)
    if (int32_t id = byteIds[static_cast<uint8_t>(c)]; id >= 0)
      symbols.push_back({id, 0, 0});
  if (symbols.size() <= shortWord)
    encodeShort(scratch, ids);
  else
    encodeLong(scratch, ids);
}

void BytePairs::encodeShort(Scratch &scratch, std::vector<int32_t> &ids) const {
  auto &symbols = scratch.symbols;
  auto &ranks = scratch.ranks; // ranks[i], results[i]: the merge of symbols i and i + 1
  auto &results = scratch.results;
  size_t n = symbols.size();
  ranks.resize(n + 1);
  results.resize(n + 1);
  auto look = [&](size_t i) {
    const Merge &merge = find(symbols[i].id, symbols[i + 1].id);
    ranks[i] = merge.rank;
    results[i] = merge.merged;
  };
  for (size_t i = 0; i + 1 < n; ++i)
    look(i);
  while (n > 1) {
    size_t best = std::min_element(ranks.begin(), ranks.begin() + (n - 1)) - ranks.begin();
    if (ranks[best] == noRank)
      break;
    symbols[best].id = results[best];
    symbols.erase(symbols.begin() + best + 1);
    ranks.erase(ranks.begin() + best);
    results.erase(results.begin() + best);
    --n;
    if (best + 1 < n)
      look(best);
    if (best > 0)
      look(best - 1);
  }
  for (const auto &symbol : symbols)
    ids.push_back(symbol.id);
}

void BytePairs::encodeLong(Scratch &scratch, std::vector<int32_t> &ids) const {
  auto &symbols = scratch.symbols;
  auto &heap = scratch.heap;
  auto count = static_cast<int32_t>(symbols.size());
  for (int32_t i = 0; i < count; ++i) {
    symbols[i].previous = i - 1;
    symbols[i].next = i + 1 < count ? i + 1 : -1;
  }
  heap.clear();
  auto consider = [&](int32_t position) {
    const auto &left = symbols[position];
    if (left.next < 0)
      return false;
    const Merge &merge = find(left.id, symbols[left.next].id);
    if (merge.rank == noRank)
      return false;
    heap.push_back({merge.rank, position, left.id, symbols[left.next].id, merge.merged});
    return true;
  };
  for (int32_t i = 0; i + 1 < count; ++i)
    consider(i);
  std::make_heap(heap.begin(), heap.end(), later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Scratch::Candidate top = heap.back();
    heap.pop_back();
    auto &left = symbols[top.position];
    // A candidate is stale when one of its two was merged with another since.
    if (left.id != top.left || left.next < 0 || symbols[left.next].id != top.right)
      continue;
    auto &right = symbols[left.next];
    left.id = top.merged;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0)
      symbols[left.next].previous = top.position;
    if (consider(top.position))
      std::push_heap(heap.begin(), heap.end(), later);
    if (left.previous >= 0 && consider(left.previous))
      std::push_heap(heap.begin(), heap.end(), later);
  }
  for (int32_t i = 0; i >= 0; i = symbols[i].next)
    ids.push_back(symbols[i].id);
}

} // namespace sennit
