// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Tokenizers.h"

#include <limits>

using namespace sennit;

namespace {

struct KnownPre {
  const char *name;
  schema::PreTokenizer kind;
  bool ignoreMerges;
};
constexpr KnownPre knownPres[] = {{"gpt-2", schema::PreTokenizer::Gpt2, false},
                                  {"smollm", schema::PreTokenizer::SmolLm, false},
                                  {"llama-bpe", schema::PreTokenizer::Llama3, true}};

// The values of tokenizer.ggml.token_type.
enum TokenType { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

} // namespace

StatusOr<std::unique_ptr<schema::TokenizerT>> sennit::readGgufTokenizer(const GgufFile &gguf,
                                                                        const std::string &file) {
  const GgufValue *modelValue = gguf.find("tokenizer.ggml.model");
  if (!modelValue)
    return std::unique_ptr<schema::TokenizerT>();
  std::optional<std::string_view> model = modelValue->string();
  if (model && (*model == "none" || *model == "no_vocab"))
    return std::unique_ptr<schema::TokenizerT>();
  if (!model || *model != "gpt2")
    return unsupported(file +
                       ": expected 'gpt2' (byte-level BPE) for metadata 'tokenizer.ggml.model', found " +
                       (model ? "'" + std::string(*model) + "'" : "no text"));

  auto tokenizer = std::make_unique<schema::TokenizerT>();
  const GgufValue *preValue = gguf.find("tokenizer.ggml.pre");
  std::optional<std::string_view> pre = preValue ? preValue->string() : std::nullopt;
  const KnownPre *known = nullptr;
  std::string names;
  for (const KnownPre &candidate : knownPres) {
    if (pre && *pre == candidate.name)
      known = &candidate;
    names += (names.empty() ? "'" : ", '") + std::string(candidate.name) + "'";
  }
  if (!known)
    return unsupported(file + ": expected one of " + names + " for metadata 'tokenizer.ggml.pre', found " +
                       (pre ? "'" + std::string(*pre) + "'" : "none"));
  tokenizer->pre_tokenizer = known->kind;
  tokenizer->ignore_merges = known->ignoreMerges;

  const GgufValue *tokensValue = gguf.find("tokenizer.ggml.tokens");
  auto tokens = tokensValue ? tokensValue->strings() : std::nullopt;
  const GgufValue *mergesValue = gguf.find("tokenizer.ggml.merges");
  auto merges = mergesValue ? mergesValue->strings() : std::nullopt;
  if (!tokens || tokens->empty() || tokens->size() > std::numeric_limits<int32_t>::max())
    return invalidInput(file + ": expected a list of tokens as metadata 'tokenizer.ggml.tokens'");
  if (!merges)
    return invalidInput(file + ": expected a list of merges as metadata 'tokenizer.ggml.merges'");
  const GgufValue *typesValue = gguf.find("tokenizer.ggml.token_type");
  auto types = typesValue ? typesValue->integers() : std::nullopt;
  if (typesValue && (!types || types->size() != tokens->size()))
    return invalidInput(file + ": expected " + std::to_string(tokens->size()) +
                        " integers as metadata 'tokenizer.ggml.token_type', found " +
                        (types ? std::to_string(types->size()) : "something else"));

  tokenizer->tokens.reserve(tokens->size());
  for (size_t id = 0; id < tokens->size(); ++id) {
    int32_t type = types ? (*types)[id] : Normal;
    // The text of an unused id is a filler that must not be recognised.
    tokenizer->tokens.emplace_back(type == Unused ? std::string_view() : (*tokens)[id]);
    if (type != Unknown && type != Control && type != UserDefined)
      continue;
    if ((*tokens)[id].empty())
      continue;
    auto added = std::make_unique<schema::AddedTokenT>();
    added->text = (*tokens)[id];
    added->id = static_cast<int32_t>(id);
    added->special = type != UserDefined;
    tokenizer->added.push_back(std::move(added));
  }
  tokenizer->merges.assign(merges->begin(), merges->end());
  SENNIT_RETURN_IF_ERROR(checkMerges(*tokenizer, file + ": metadata 'tokenizer.ggml.merges'"));
  return tokenizer;
}
