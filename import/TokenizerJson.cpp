// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Json.h"
#include "import/Tokenizers.h"

#include <limits>
#include <unordered_set>

using namespace sennit;
using nlohmann::json;

namespace {

/// How Llama 3 splits text into words.
constexpr const char *llama3Pattern = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
                                      R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::string typeOf(const json *value) {
  if (!value || value->is_null())
    return "none";
  const std::string *type = asString(member(*value, "type"));
  return type ? "'" + *type + "'" : brief(*value);
}

bool isType(const json &value, const char *type) {
  const std::string *found = asString(member(value, "type"));
  return found && *found == type;
}

/// Whether `value` is the ByteLevel step, without a space put before the text.
bool isByteLevel(const json &value, bool useRegex) {
  return isType(value, "ByteLevel") && boolMember(value, "add_prefix_space", true) == false &&
         boolMember(value, "use_regex", true) == useRegex;
}

bool isLlama3Split(const json &value) {
  const json *pattern = member(value, "pattern");
  const std::string *regex = pattern ? asString(member(*pattern, "Regex")) : nullptr;
  const std::string *behavior = asString(member(value, "behavior"));
  return isType(value, "Split") && regex && *regex == llama3Pattern && behavior && *behavior == "Isolated" &&
         boolMember(value, "invert", false) == false;
}

/// The kind of a "pre_tokenizer", if it is one of the three that runtime/text has.
std::optional<schema::PreTokenizer> recognisePreTokenizer(const json *value) {
  if (!value)
    return std::nullopt;
  if (isByteLevel(*value, true))
    return schema::PreTokenizer::Gpt2;
  const json *steps = member(*value, "pretokenizers");
  if (!isType(*value, "Sequence") || !steps || !steps->is_array() || steps->size() != 2)
    return std::nullopt;
  const json &first = (*steps)[0], &second = (*steps)[1];
  if (isType(first, "Digits") && boolMember(first, "individual_digits", false) == true &&
      isByteLevel(second, true))
    return schema::PreTokenizer::SmolLm;
  if (isLlama3Split(first) && isByteLevel(second, false))
    return schema::PreTokenizer::Llama3;
  return std::nullopt;
}

/// Refuses what the runtime's byte-level BPE does not do.
Status checkFeatures(const json &root, const json &model, const std::string &file) {
  std::vector<std::string> found;
  if (const json *normalizer = member(root, "normalizer"); normalizer && !normalizer->is_null())
    found.push_back("normalizer " + typeOf(normalizer));
  // Old files leave the type out.
  if (const json *type = member(model, "type"); type && *type != "BPE")
    found.push_back("model " + typeOf(&model));
  if (const json *dropout = member(model, "dropout"); dropout && !dropout->is_null() && *dropout != 0.0)
    found.push_back("model.dropout " + brief(*dropout));
  for (const char *key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (const json *affix = member(model, key); affix && !affix->is_null() && *affix != "")
      found.push_back(std::string("model.") + key + " " + brief(*affix));
  if (boolMember(model, "byte_fallback", false) != false)
    found.push_back("model.byte_fallback");
  if (!recognisePreTokenizer(member(root, "pre_tokenizer")))
    found.push_back("pre_tokenizer " + typeOf(member(root, "pre_tokenizer")) +
                    " (not that of gpt2, llama 3 or smollm)");
  if (found.empty())
    return Status::okay();
  std::string list;
  for (const std::string &item : found)
    list += (list.empty() ? "" : ", ") + item;
  return unsupported(file + ": expected byte-level BPE as in gpt2, llama 3 or smollm, found " + list);
}

/// Ids index the token table, so they are bounded by what a file of this size can name.
Status place(schema::TokenizerT &tokenizer, const std::string &text, const json *idValue, size_t fileBytes,
             const std::string &where) {
  int64_t limit = static_cast<int64_t>(std::min<size_t>(fileBytes, std::numeric_limits<int32_t>::max() - 1));
  std::optional<int64_t> id = asIndex(idValue, limit);
  if (!id)
    return invalidInput(where + ": expected an id from 0 to " + std::to_string(limit) + ", found " +
                        (idValue ? brief(*idValue) : "none"));
  if (tokenizer.tokens.size() <= static_cast<size_t>(*id))
    tokenizer.tokens.resize(*id + 1);
  std::string &slot = tokenizer.tokens[*id];
  if (!slot.empty() && slot != text)
    return invalidInput(where + ": expected an id of its own, found " + std::to_string(*id) + " of '" + slot +
                        "'");
  slot = text;
  return Status::okay();
}

Status readMerges(const json *merges, schema::TokenizerT &tokenizer, const std::string &file) {
  if (!merges || !merges->is_array())
    return invalidInput(file + ": expected a list 'model.merges'");
  tokenizer.merges.reserve(merges->size());
  for (const json &merge : *merges) {
    // Old files: "left right"; new ones: ["left", "right"].
    if (const std::string *text = asString(&merge)) {
      tokenizer.merges.push_back(*text);
      continue;
    }
    const std::string *left = merge.is_array() && merge.size() == 2 ? asString(&merge[0]) : nullptr;
    const std::string *right = left ? asString(&merge[1]) : nullptr;
    if (!right)
      return invalidInput(file + ": model.merges " + std::to_string(tokenizer.merges.size()) +
                          ": expected a pair of tokens, found " + brief(merge));
    tokenizer.merges.push_back(*left + " " + *right);
  }
  return checkMerges(tokenizer, file + ": model.merges");
}

Status readAdded(const json *list, schema::TokenizerT &tokenizer, size_t fileBytes, const std::string &file) {
  if (!list || list->is_null())
    return Status::okay();
  if (!list->is_array())
    return invalidInput(file + ": expected a list 'added_tokens', found " + brief(*list));
  for (const json &entry : *list) {
    std::string where = file + ": added_tokens " + std::to_string(tokenizer.added.size());
    const std::string *content = asString(member(entry, "content"));
    std::optional<bool> special = boolMember(entry, "special", false),
                        lstrip = boolMember(entry, "lstrip", false),
                        rstrip = boolMember(entry, "rstrip", false),
                        singleWord = boolMember(entry, "single_word", false);
    if (!content || content->empty() || !special || !lstrip || !rstrip || !singleWord)
      return invalidInput(where + ": expected an object with content (text) and flags, found " +
                          brief(entry));
    if (*singleWord)
      return unsupported(where + ": expected single_word false, found true");
    SENNIT_RETURN_IF_ERROR(place(tokenizer, *content, member(entry, "id"), fileBytes, where));
    auto added = std::make_unique<schema::AddedTokenT>();
    added->text = *content;
    added->id = static_cast<int32_t>(member(entry, "id")->get<int64_t>());
    added->special = *special;
    added->lstrip = *lstrip;
    added->rstrip = *rstrip;
    tokenizer.added.push_back(std::move(added));
  }
  return Status::okay();
}

} // namespace

Status sennit::checkMerges(const schema::TokenizerT &tokenizer, const std::string &file) {
  std::unordered_set<std::string_view> tokens(tokenizer.tokens.begin(), tokenizer.tokens.end());
  std::string merged;
  for (size_t rank = 0; rank < tokenizer.merges.size(); ++rank) {
    std::string_view merge = tokenizer.merges[rank];
    size_t space = merge.find(' ');
    bool pair = space != std::string_view::npos && space != 0 && space + 1 < merge.size() &&
                merge.find(' ', space + 1) == std::string_view::npos;
    if (pair) {
      merged.assign(merge.substr(0, space)).append(merge.substr(space + 1));
      pair = tokens.count(merge.substr(0, space)) && tokens.count(merge.substr(space + 1)) &&
             tokens.count(merged);
    }
    if (!pair)
      return invalidInput(file + " " + std::to_string(rank) +
                          ": expected two tokens that make a third, found '" +
                          std::string(merge.substr(0, 60)) + "'");
  }
  return Status::okay();
}

StatusOr<std::unique_ptr<schema::TokenizerT>> sennit::parseTokenizerJson(std::string_view text,
                                                                         const std::string &file) {
  // Keys are checked by id below; watching every key of a large vocabulary would only be slow.
  SENNIT_ASSIGN_OR_RETURN(json root, parseJson(text, file, DuplicateKeys::LastWins));
  const json *model = member(root, "model");
  if (!model || !model->is_object())
    return invalidInput(file + ": expected an object 'model'");
  SENNIT_RETURN_IF_ERROR(checkFeatures(root, *model, file));
  auto tokenizer = std::make_unique<schema::TokenizerT>();
  tokenizer->pre_tokenizer = *recognisePreTokenizer(member(root, "pre_tokenizer"));
  std::optional<bool> ignoreMerges = boolMember(*model, "ignore_merges", false);
  if (!ignoreMerges)
    return invalidInput(file + ": expected true or false for 'model.ignore_merges'");
  tokenizer->ignore_merges = *ignoreMerges;
  const json *vocabulary = member(*model, "vocab");
  if (!vocabulary || !vocabulary->is_object() || vocabulary->empty())
    return invalidInput(file + ": expected an object 'model.vocab' that is not empty");
  for (const auto &[token, id] : vocabulary->items())
    SENNIT_RETURN_IF_ERROR(
        place(*tokenizer, token, &id, text.size(), file + ": model.vocab '" + token + "'"));
  SENNIT_RETURN_IF_ERROR(readMerges(member(*model, "merges"), *tokenizer, file));
  SENNIT_RETURN_IF_ERROR(readAdded(member(root, "added_tokens"), *tokenizer, text.size(), file));
  return tokenizer;
}
