// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <string>
#include <string_view>

namespace sennit {

/// Turns the bytes of tokens, as they come, into UTF-8 text that never ends inside a character. Bytes that
/// can be no part of a character become U+FFFD. However the bytes are cut, the joined output is the same.
/// Single thread; one per generated text.
class StreamDecoder {
public:
  /// Takes the next bytes; returns the text that is complete now, without a character whose end is still to
  /// come.
  std::string add(std::string_view bytes);

  /// Ends the text: U+FFFD if a character was left incomplete, otherwise nothing. The decoder is as new
  /// afterwards.
  std::string finish();

private:
  std::string pending; ///< At most 3 bytes: the start of a character.
};

} // namespace sennit
