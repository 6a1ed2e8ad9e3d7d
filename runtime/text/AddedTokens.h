// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sennit {

/// Finds added tokens (those that no merge makes) in text: the leftmost, of several there the longest.
/// Immutable once sealed; thread-safe.
class AddedTokens {
public:
  struct Entry {
    std::string text; ///< Not empty.
    int32_t id;
    bool lstrip; ///< Takes the white space before it along.
    bool rstrip; ///< Takes the white space after it along.
  };
  struct Match {
    size_t begin,
        end; ///< Bytes of the text that the token takes, stripped space included; begin == npos: none.
    int32_t id;
  };

  void add(Entry entry) { entries.push_back(std::move(entry)); }
  /// To be called once, after the last add; of equal texts the lowest id stays.
  void seal();

  /// The first token of `text` at or after `from`. Space before `from` is never taken.
  Match find(std::string_view text, size_t from) const;

private:
  const Entry *longestAt(std::string_view text) const;

  std::vector<Entry> entries; ///< By text, bytewise.
  bool starts[256] = {};      ///< Whether some token starts with the byte.
};

} // namespace sennit
