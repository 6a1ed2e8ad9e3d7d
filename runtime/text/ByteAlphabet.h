// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sennit {

/// Vocabularies of byte-level BPE write each byte as one printable character: visible Latin-1 characters stand for
/// themselves, the other 68 bytes for U+0100 onwards in ascending order (so a space is U+0120).

/// The bytes that `token` stands for; nothing when a character of it is not of this alphabet.
std::optional<std::string> bytesOfAlphabet(std::string_view token);

/// `bytes` written in the alphabet.
std::string alphabetOfBytes(std::string_view bytes);

} // namespace sennit
