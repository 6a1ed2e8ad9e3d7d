// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/schema/tokenizer_generated.h"

#include <functional>
#include <memory>
#include <string_view>

namespace sennit {

/// Splits text into the words inside which merges happen (a pre-tokenizer). Every byte of the text is in
/// exactly one word. Immutable; thread-safe.
class WordSplitter {
public:
  static StatusOr<WordSplitter> create(schema::PreTokenizer kind);

  WordSplitter(WordSplitter &&) noexcept;
  WordSplitter &operator=(WordSplitter &&) noexcept;
  ~WordSplitter();

  /// Calls `take` with each word of `text` in order. `text` must be UTF-8.
  template <typename Take>
  Status split(std::string_view text, Take &&take) const {
    Cursor cursor(*this, text);
    for (;;) {
      SENNIT_ASSIGN_OR_RETURN(std::string_view word, cursor.next());
      if (word.empty())
        return Status::okay();
      take(word);
    }
  }

private:
  struct Impl;
  /// The words of one text, one after another.
  class Cursor {
  public:
    Cursor(const WordSplitter &splitter, std::string_view text);
    ~Cursor();
    Cursor(const Cursor &) = delete;
    Cursor &operator=(const Cursor &) = delete;
    /// The next word; empty at the end.
    StatusOr<std::string_view> next();

  private:
    const Impl &impl;
    std::string_view text;
    size_t at = 0;
    void *matchData; ///< Owned: pcre2_match_data.
  };

  explicit WordSplitter(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl;
};

} // namespace sennit
