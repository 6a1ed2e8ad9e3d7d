// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/program/Load.h"
#include "runtime/text/ChatTemplate.h"
#include "runtime/text/Tokenizer.h"

#include <optional>
#include <string>
#include <vector>

namespace sennit::cli {

/// What a package knows about text: its tokenizer and chat template, either of which may be absent. Owned by
/// the verb; keeps the package alive. Thread-compatible.
class ModelText {
public:
  static StatusOr<ModelText> load(std::shared_ptr<const Package> package);

  /// Null where the checkpoint had no tokenizer.
  const Tokenizer *tokenizer() const { return words ? &*words : nullptr; }
  bool hasTemplate() const { return chat.has_value(); }

  /// Ids of text as it stands: special tokens in it count, none are added.
  StatusOr<std::vector<int32_t>> encode(std::string_view text) const;

  /// Ids of a conversation, up to where the assistant answers.
  StatusOr<std::vector<int32_t>> encodeChat(const std::vector<ChatMessage> &messages) const;

  /// Refuses ids outside the vocabulary and more of them than the context holds; `what` names the list.
  Status check(const std::string &what, std::span<const int32_t> ids) const;

private:
  ModelText() = default;
  std::string tokenText(int32_t id) const;

  std::shared_ptr<const Package> package;
  std::optional<Tokenizer> words;
  std::optional<ChatTemplate> chat;
};

} // namespace sennit::cli
