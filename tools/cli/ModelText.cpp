// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/ModelText.h"

using namespace sennit;
using namespace sennit::cli;

StatusOr<ModelText> ModelText::load(std::shared_ptr<const Package> package) {
  ModelText text;
  if (std::span<const uint8_t> section = package->section(SectionKind::Tokenizer); !section.empty()) {
    auto tokenizer = Tokenizer::load(section);
    if (!tokenizer.ok())
      return Status(tokenizer.status().code(), package->path() + ": " + tokenizer.status().message());
    text.words.emplace(tokenizer.take());
  }
  if (const auto *source = package->root().model()->chat_template();
      source && source->size() > 0 && text.words) {
    auto parsed = ChatTemplate::parse(source->string_view());
    if (!parsed.ok())
      return Status(parsed.status().code(),
                    package->path() + ": chat template: " + parsed.status().message());
    text.chat.emplace(parsed.take());
  }
  text.package = std::move(package);
  return text;
}

StatusOr<std::vector<int32_t>> ModelText::encode(std::string_view text) const {
  if (!words)
    return invalidInput(package->path() +
                        ": the package has no tokenizer, since its checkpoint had none; only ids work");
  return words->encode(text);
}

StatusOr<std::vector<int32_t>> ModelText::encodeChat(const std::vector<ChatMessage> &messages) const {
  if (!chat)
    return invalidInput(package->path() + ": expected a chat template for a conversation, found none");
  const schema::Model &model = *package->root().model();
  int32_t eos = model.eos_ids() && model.eos_ids()->size() > 0 ? model.eos_ids()->Get(0) : -1;
  auto rendered =
      chat->render(messages, /*addGenerationPrompt=*/true, tokenText(model.bos_id()), tokenText(eos));
  if (!rendered.ok())
    return Status(rendered.status().code(),
                  package->path() + ": chat template: " + rendered.status().message());
  return encode(*rendered);
}

Status ModelText::check(const std::string &what, std::span<const int32_t> ids) const {
  const schema::Model &model = *package->root().model();
  for (size_t i = 0; i < ids.size(); ++i)
    if (ids[i] < 0 || static_cast<uint32_t>(ids[i]) >= model.vocab_size())
      return invalidInput(what + ": expected ids below " + std::to_string(model.vocab_size()) + ", found " +
                          std::to_string(ids[i]) + " at item " + std::to_string(i + 1));
  if (ids.size() > model.context_length())
    return invalidInput(what + ": expected at most the context of " + std::to_string(model.context_length()) +
                        " tokens, found " + std::to_string(ids.size()));
  return Status::okay();
}

std::string ModelText::tokenText(int32_t id) const {
  return id < 0 ? "" : std::string(words->piece(id));
}
