// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/ChatTemplate.h"

#include "runtime/text/jinja/Evaluate.h"
#include "runtime/text/jinja/Parser.h"

namespace sennit {

struct ChatTemplate::Impl {
  jinja::Body body;
};

StatusOr<ChatTemplate> ChatTemplate::parse(std::string_view source) {
  SENNIT_ASSIGN_OR_RETURN(jinja::Body body, jinja::Parser::parse(source));
  return ChatTemplate(std::make_unique<Impl>(Impl{std::move(body)}));
}

ChatTemplate::ChatTemplate(std::unique_ptr<const Impl> held) : impl(std::move(held)) {}
ChatTemplate::ChatTemplate(ChatTemplate &&) noexcept = default;
ChatTemplate &ChatTemplate::operator=(ChatTemplate &&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

StatusOr<std::string> ChatTemplate::render(std::span<const ChatMessage> messages, bool addGenerationPrompt,
                                           std::string_view bosToken, std::string_view eosToken,
                                           std::span<const std::pair<std::string, jinja::Value>> extra,
                                           const TemplateLimits &limits) const {
  using jinja::Dict;
  using jinja::Value;
  std::vector<Value> turns;
  for (const ChatMessage &message : messages) {
    Dict turn;
    turn.set(Value("role"), Value(message.role));
    turn.set(Value("content"), Value(message.content));
    turns.emplace_back(std::move(turn));
  }
  Dict variables;
  variables.set(Value("messages"), Value::list(std::move(turns)));
  variables.set(Value("add_generation_prompt"), Value(addGenerationPrompt));
  variables.set(Value("bos_token"), Value(bosToken));
  variables.set(Value("eos_token"), Value(eosToken));
  for (const auto &[name, value] : extra)
    variables.set(Value(name), value);
  return render(Value(std::move(variables)), limits);
}

StatusOr<std::string> ChatTemplate::render(const jinja::Value &variables,
                                           const TemplateLimits &limits) const {
  jinja::Evaluator evaluator(variables, {{limits.steps, limits.bytes}, limits.outputBytes, limits.depth});
  return evaluator.render(impl->body);
}

} // namespace sennit
