// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/Tokenizer.h"

#include "runtime/schema/tokenizer_generated.h"
#include "runtime/text/AddedTokens.h"
#include "runtime/text/ByteAlphabet.h"
#include "runtime/text/BytePairs.h"
#include "runtime/text/Utf8.h"
#include "runtime/text/WordSplitter.h"
#include "runtime/text/WordTables.h"

#include <algorithm>
#include <limits>

namespace sennit {
namespace {

using Offsets = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

std::string quoted(std::string_view text) {
  constexpr size_t shown = 40;
  return "\"" + std::string(text.substr(0, shown)) + (text.size() > shown ? "...\"" : "\"");
}

/// A list may name one string again and again; what we copy and look through stays within the size of the
/// section.
Status checkTextBytes(const char *list, const Offsets &texts, size_t limit) {
  uint64_t total = 0;
  for (const flatbuffers::String *text : texts)
    total += text->size();
  if (total > limit)
    return invalidInput("expected at most " + std::to_string(limit) + " bytes of text, found " +
                        std::to_string(total) + " in the " + list + " of the tokenizer");
  return Status::okay();
}

} // namespace

struct Tokenizer::Impl {
  Impl(WordSplitter words, size_t merges) : splitter(std::move(words)), pairs(merges) {}

  WordSplitter splitter;
  BytePairs pairs;
  AddedTokens added;
  bool ignoreMerges = false;
  std::string bytes;             ///< All pieces joined.
  std::vector<uint64_t> offsets; ///< size + 1: piece i is bytes [offsets[i], offsets[i + 1])
  std::vector<uint8_t> flags;    ///< By id.
  PieceIndex words;              ///< The tokens that merges work on; of equal bytes the lowest id.
  PieceIndex others;             ///< Those whose text is taken literally.

  enum Flag : uint8_t { Added = 1, Special = 2, Literal = 4 };

  std::string_view piece(size_t id) const {
    return std::string_view(bytes).substr(offsets[id], offsets[id + 1] - offsets[id]);
  }
  int32_t lookUp(std::string_view key) const {
    int32_t id = words.find(key);
    return id >= 0 ? id : others.find(key);
  }

  Status loadAdded(const flatbuffers::Vector<flatbuffers::Offset<schema::AddedToken>> &list,
                   const Offsets &tokens);
  void loadPieces(const Offsets &tokens);
  Status loadMerges(const Offsets &merges);
  Status encodePlain(std::string_view text, WordCache &cache, BytePairs::Scratch &scratch,
                     std::vector<int32_t> &ids) const;
};

Status Tokenizer::Impl::loadAdded(const flatbuffers::Vector<flatbuffers::Offset<schema::AddedToken>> &list,
                                  const Offsets &tokens) {
  flags.assign(tokens.size(), 0);
  for (uint32_t i = 0; i < list.size(); ++i) {
    const schema::AddedToken &token = *list.Get(i);
    std::string place = "added token " + std::to_string(i) + " of the tokenizer";
    if (token.id() < 0 || static_cast<uint32_t>(token.id()) >= tokens.size())
      return invalidInput("expected an id below " + std::to_string(tokens.size()) + ", found " +
                          std::to_string(token.id()) + " at " + place);
    std::string_view text = token.text()->string_view();
    std::string_view listed = tokens.Get(token.id())->string_view();
    if (text.empty())
      return invalidInput("expected a text, found none at " + place);
    if (text != listed)
      return invalidInput("expected " + quoted(listed) + " as token " + std::to_string(token.id()) +
                          " has it, found " + quoted(text) + " at " + place);
    if (flags[token.id()])
      return invalidInput("expected each id once, found " + std::to_string(token.id()) + " again at " +
                          place);
    flags[token.id()] = Added | Literal | (token.special() ? Special : 0);
    added.add({std::string(text), token.id(), token.lstrip(), token.rstrip()});
  }
  added.seal();
  return Status::okay();
}

void Tokenizer::Impl::loadPieces(const Offsets &tokens) {
  size_t total = 0, literal = 0;
  for (const flatbuffers::String *text : tokens)
    total += text->size();
  bytes.reserve(total);
  offsets.reserve(tokens.size() + 1);
  for (uint32_t id = 0; id < tokens.size(); ++id) {
    offsets.push_back(bytes.size());
    std::string_view text = tokens.Get(id)->string_view();
    if ((flags[id] & Added) || !appendBytesOfAlphabet(text, bytes)) {
      flags[id] |= Literal;
      bytes += text;
      ++literal;
    }
  }
  offsets.push_back(bytes.size());
  words.reserve(tokens.size() - literal);
  others.reserve(literal);
  for (uint32_t id = 0; id < tokens.size(); ++id)
    if (!piece(id).empty())
      (flags[id] & Literal ? others : words).insert(piece(id), static_cast<int32_t>(id));
  for (int byte = 0; byte < 256; ++byte) {
    char c = static_cast<char>(byte);
    pairs.setByte(static_cast<uint8_t>(byte), words.find(std::string_view(&c, 1)));
  }
}

Status Tokenizer::Impl::loadMerges(const Offsets &merges) {
  std::string joined;
  for (uint32_t rank = 0; rank < merges.size(); ++rank) {
    std::string_view merge = merges.Get(rank)->string_view();
    auto place = [&] { return " at merge " + std::to_string(rank) + " of the tokenizer"; };
    size_t space = merge.find(' ');
    if (space == std::string_view::npos || space == 0 || space + 1 == merge.size())
      return invalidInput("expected two tokens with a space between, found " + quoted(merge) + place());
    joined.clear();
    bool good = appendBytesOfAlphabet(merge.substr(0, space), joined);
    size_t middle = joined.size();
    if (!good || !appendBytesOfAlphabet(merge.substr(space + 1), joined))
      return invalidInput("expected characters of the byte-level alphabet, found " + quoted(merge) + place());
    std::string_view whole = joined;
    int32_t left = lookUp(whole.substr(0, middle)), right = lookUp(whole.substr(middle)),
            merged = lookUp(whole);
    if (left < 0 || right < 0 || merged < 0)
      return invalidInput("expected tokens of the vocabulary, found " + quoted(merge) + " whose " +
                          (left < 0    ? "left part"
                           : right < 0 ? "right part"
                                       : "result") +
                          " is none" + place());
    pairs.addMerge(left, right, rank, merged);
  }
  return Status::okay();
}

StatusOr<Tokenizer> Tokenizer::load(std::span<const uint8_t> section) {
  if (reinterpret_cast<uintptr_t>(section.data()) % 4 != 0)
    return internalError("expected the tokenizer section at an address that is a multiple of 4");
  flatbuffers::Verifier::Options options;
  options.max_tables =
      std::numeric_limits<uint32_t>::max(); // each costs bytes of the section, whose size bounds them
  flatbuffers::Verifier verifier(section.data(), section.size(), options);
  if (section.size() < 8 || section.size() >= FLATBUFFERS_MAX_BUFFER_SIZE ||
      !schema::VerifyTokenizerBuffer(verifier))
    return invalidInput("expected a FlatBuffer \"SNTK\", found a malformed one of " +
                        std::to_string(section.size()) + " bytes at the tokenizer section");
  const schema::Tokenizer &root = *schema::GetTokenizer(section.data());
  if (root.tokens()->size() > static_cast<uint32_t>(std::numeric_limits<int32_t>::max()))
    return invalidInput("expected at most 2147483647 tokens, found " + std::to_string(root.tokens()->size()));
  SENNIT_ASSIGN_OR_RETURN(WordSplitter splitter, WordSplitter::create(root.pre_tokenizer()));
  auto impl = std::make_unique<Impl>(std::move(splitter), root.merges()->size());
  impl->ignoreMerges = root.ignore_merges();
  SENNIT_RETURN_IF_ERROR(checkTextBytes("tokens", *root.tokens(), section.size()));
  SENNIT_RETURN_IF_ERROR(checkTextBytes("merges", *root.merges(), section.size()));
  SENNIT_RETURN_IF_ERROR(impl->loadAdded(*root.added(), *root.tokens()));
  impl->loadPieces(*root.tokens());
  SENNIT_RETURN_IF_ERROR(impl->loadMerges(*root.merges()));
  return Tokenizer(std::move(impl));
}

Tokenizer::Tokenizer(std::unique_ptr<const Impl> held) : impl(std::move(held)) {}
Tokenizer::Tokenizer(Tokenizer &&) noexcept = default;
Tokenizer &Tokenizer::operator=(Tokenizer &&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Status Tokenizer::Impl::encodePlain(std::string_view text, WordCache &cache, BytePairs::Scratch &scratch,
                                    std::vector<int32_t> &ids) const {
  return splitter.split(text, [&](std::string_view word) {
    WordCache::Slot *slot = nullptr;
    if (word.size() <= WordCache::longest) {
      slot = &cache.slotOf(word);
      if (slot->word == word) {
        size_t end = ids.size();
        ids.resize(end + slot->count);
        std::copy_n(ids.begin() + slot->first, slot->count, ids.begin() + end);
        return;
      }
    }
    size_t first = ids.size();
    int32_t whole = ignoreMerges ? words.find(word) : -1;
    if (whole >= 0)
      ids.push_back(whole);
    else
      pairs.encode(word, scratch, ids);
    if (slot)
      *slot = {word, first, ids.size() - first};
  });
}

StatusOr<std::vector<int32_t>> Tokenizer::encode(std::string_view text) const {
  if (std::optional<size_t> wrong = findInvalidUtf8(text)) {
    static const char digits[] = "0123456789ABCDEF";
    auto byte = static_cast<uint8_t>(text[*wrong]);
    return invalidInput(std::string("expected UTF-8, found byte 0x") + digits[byte >> 4] + digits[byte & 15] +
                        " at byte offset " + std::to_string(*wrong) + " of the text");
  }
  std::vector<int32_t> ids;
  ids.reserve(text.size() / 4 + 8);
  WordCache cache(text.size());
  BytePairs::Scratch scratch;
  size_t at = 0;
  while (at < text.size()) {
    AddedTokens::Match match = impl->added.find(text, at);
    size_t plainEnd = std::min(match.begin, text.size());
    if (plainEnd > at)
      SENNIT_RETURN_IF_ERROR(impl->encodePlain(text.substr(at, plainEnd - at), cache, scratch, ids));
    if (match.begin == std::string_view::npos)
      break;
    ids.push_back(match.id);
    at = match.end;
  }
  return ids;
}

StatusOr<std::string> Tokenizer::decode(std::span<const int32_t> ids, bool skipSpecial) const {
  std::string text;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= size())
      return invalidInput("expected an id from 0 to " + std::to_string(size() - 1) + ", found " +
                          std::to_string(ids[i]) + " at index " + std::to_string(i));
    if (!skipSpecial || !isSpecial(ids[i]))
      text += impl->piece(ids[i]);
  }
  return text;
}

std::string_view Tokenizer::piece(int32_t id) const {
  return id < 0 || id >= size() ? std::string_view() : impl->piece(id);
}

bool Tokenizer::isSpecial(int32_t id) const {
  return id >= 0 && id < size() && (impl->flags[id] & Impl::Special);
}

std::optional<int32_t> Tokenizer::find(std::string_view bytes) const {
  int32_t id = impl->others.find(bytes);
  if (id < 0 || !(impl->flags[id] & Impl::Added))
    id = impl->lookUp(bytes);
  return id < 0 ? std::nullopt : std::optional(id);
}

int32_t Tokenizer::size() const {
  return static_cast<int32_t>(impl->flags.size());
}

} // namespace sennit
