// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Tokenizers of checkpoints, brought to the one form that a package stores. Only byte-level BPE with a
// pre-tokenizer that runtime/text knows is accepted; everything else is refused by name, since a guess would
// give wrong ids silently.
#pragma once

#include "import/Gguf.h"
#include "runtime/base/StatusOr.h"
#include "runtime/schema/tokenizer_generated.h"

#include <memory>
#include <string>
#include <string_view>

namespace sennit {

/// From the text of a tokenizer.json; `file` names it in messages.
StatusOr<std::unique_ptr<schema::TokenizerT>> parseTokenizerJson(std::string_view text,
                                                                 const std::string &file);

/// From GGUF metadata; null where the file has no tokenizer.
StatusOr<std::unique_ptr<schema::TokenizerT>> readGgufTokenizer(const GgufFile &gguf,
                                                                const std::string &file);

/// Refuses merges that are not "left right", both of them and what they make being tokens.
Status checkMerges(const schema::TokenizerT &tokenizer, const std::string &file);

} // namespace sennit
