// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sennit {

/// A byte-level BPE tokenizer: text to token ids and back. Owns its tables (nothing refers to the section it
/// was loaded from). Immutable after load: const members may be called from many threads at once.
class Tokenizer {
public:
  /// Reads the tokenizer section of a package (runtime/schema/tokenizer.fbs). Checks the buffer, every id,
  /// and that each merge joins two tokens into a third; the message names the entry that is wrong. The
  /// section needs 4-byte alignment.
  static StatusOr<Tokenizer> load(std::span<const uint8_t> section);

  Tokenizer(Tokenizer &&) noexcept;
  Tokenizer &operator=(Tokenizer &&) noexcept;
  ~Tokenizer();

  /// Ids of `text`. Added tokens (special ones too) that stand in the text become their ids; no token is
  /// added. Text that is not UTF-8 is refused with the offset of the first wrong byte. A byte for which the
  /// vocabulary has no token is left out, as the reference tokenizers do.
  StatusOr<std::vector<int32_t>> encode(std::string_view text) const;

  /// Bytes of the tokens joined, UTF-8 only if the ids make whole characters. Special tokens are left out
  /// when `skipSpecial`. An id outside [0, size) is refused.
  StatusOr<std::string> decode(std::span<const int32_t> ids, bool skipSpecial = false) const;

  /// Bytes of one token: empty for an unused id and outside [0, size). Points into the tokenizer.
  std::string_view piece(int32_t id) const;

  /// Whether `id` is an added token marked special (its text is not shown to a reader).
  bool isSpecial(int32_t id) const;

  /// The id of the token whose bytes are exactly `bytes`; an added token wins.
  std::optional<int32_t> find(std::string_view bytes) const;

  /// Number of ids, the unused included.
  int32_t size() const;

private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl;
};

} // namespace sennit
