// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/text/jinja/Value.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sennit {

/// One turn of a conversation.
struct ChatMessage {
  std::string role; ///< As the template knows it: system, user, assistant, tool.
  std::string content;
};

/// What a rendering may use before it is stopped with ResourceExhausted: a template comes with a checkpoint
/// and may be wrong or hostile.
struct TemplateLimits {
  uint64_t steps = 20'000'000;          ///< Nodes evaluated, loop rounds included.
  uint64_t bytes = uint64_t(256) << 20; ///< Bytes of all strings and lists made, the dropped ones included.
  uint64_t outputBytes = uint64_t(64) << 20;
  uint32_t depth = 512; ///< Nested evaluations, calls of macros included.
};

/// A parsed chat template (Jinja, as checkpoints carry it; trim_blocks and lstrip_blocks are on). Immutable:
/// render may be called from many threads at once.
class ChatTemplate {
public:
  /// Parses `source`. What is wrong or not supported is named with line and column.
  static StatusOr<ChatTemplate> parse(std::string_view source);

  ChatTemplate(ChatTemplate &&) noexcept;
  ChatTemplate &operator=(ChatTemplate &&) noexcept;
  ~ChatTemplate();

  /// Text of a conversation. `extra` are more variables (tools, documents, enable_thinking, ...); they win
  /// over the standard ones. A template that calls raise_exception ends in InvalidInput with its message.
  StatusOr<std::string> render(std::span<const ChatMessage> messages, bool addGenerationPrompt,
                               std::string_view bosToken, std::string_view eosToken,
                               std::span<const std::pair<std::string, jinja::Value>> extra = {},
                               const TemplateLimits &limits = {}) const;

  /// The general form: `variables` is a mapping with whatever the template reads (messages may hold tool
  /// calls).
  StatusOr<std::string> render(const jinja::Value &variables, const TemplateLimits &limits = {}) const;

private:
  struct Impl;
  explicit ChatTemplate(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl;
};

} // namespace sennit
