// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <string>
#include <string_view>

namespace sennit {

/// Vocabularies of byte-level BPE write each byte as one printable character: visible Latin-1 characters
/// stand for themselves, the other 68 bytes for U+0100 onwards in ascending order (so a space is U+0120).

/// Appends the bytes that `token` stands for; appends nothing and says false when a character is not of this
/// alphabet.
bool appendBytesOfAlphabet(std::string_view token, std::string &bytes);

/// `bytes` written in the alphabet.
std::string alphabetOfBytes(std::string_view bytes);

} // namespace sennit
