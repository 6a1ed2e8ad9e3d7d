// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sennit {

/// The merges of a byte-level BPE and how a word is made of tokens by them: while some neighbours have a
/// merge, the one of lowest rank (leftmost among equals) is done. Immutable once built; thread-safe (the
/// caller holds the scratch).
class BytePairs {
public:
  /// What merging one word needs; keeps its memory from word to word.
  struct Scratch {
    struct Symbol {
      int32_t id; ///< -1: merged into the symbol before it.
      int32_t previous, next;
    };
    struct Candidate {
      uint32_t rank;
      int32_t position; ///< Of the left symbol.
      int32_t left, right, merged;
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
    std::vector<uint32_t> ranks;
    std::vector<int32_t> results;
  };

  /// Makes room for `count` merges.
  explicit BytePairs(size_t count);

  /// The token of a single byte; without one the byte is left out of every word.
  void setByte(uint8_t byte, int32_t id) { byteIds[byte] = id; }

  /// `left` followed by `right` becomes `merged`; a later call for the same pair wins.
  void addMerge(int32_t left, int32_t right, uint32_t rank, int32_t merged);

  /// Appends the tokens of `word` to `ids`. Words of any length: n log n in bytes.
  void encode(std::string_view word, Scratch &scratch, std::vector<int32_t> &ids) const;

private:
  struct Merge {
    uint64_t pair = emptyPair;
    uint32_t rank = noRank;
    int32_t merged = -1;
  };
  static constexpr uint64_t emptyPair = ~uint64_t(0);
  static constexpr uint32_t noRank = ~uint32_t(0);

  const Merge &find(int32_t left, int32_t right) const;
  void encodeShort(Scratch &scratch, std::vector<int32_t> &ids) const;
  void encodeLong(Scratch &scratch, std::vector<int32_t> &ids) const;

  std::vector<Merge> table; ///< Open addressing; the size is a power of two, at most half full.
  size_t mask;
  int32_t byteIds[256];
};

} // namespace sennit
