// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/text/StreamDecoder.h"
#include "runtime/text/Tokenizer.h"

#include <string>
#include <string_view>
#include <vector>

namespace sennit::cli {

/// Generated tokens as text: whole characters only, special tokens left out, ended before the first stop
/// text. Text that may turn out to begin a stop text is held back until that is decided. Single thread;
/// `tokenizer` is borrowed.
class TextStream {
public:
  TextStream(const Tokenizer &tokenizer, std::vector<std::string> stops)
      : tokenizer(tokenizer), stops(std::move(stops)) {}

  /// Takes the next token; returns the text that may be shown now.
  std::string add(int32_t id);
  /// Ends the text; returns what was held back.
  std::string finish();

  /// True once a stop text appeared; what comes after is ignored.
  bool stopped() const { return ended; }
  /// All text returned so far.
  const std::string &text() const { return shown; }

private:
  std::string release(bool last);

  const Tokenizer &tokenizer;
  std::vector<std::string> stops; ///< none is empty
  StreamDecoder decoder;
  std::string shown, held;
  bool ended = false;
};

} // namespace sennit::cli
