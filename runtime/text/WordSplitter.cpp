// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/WordSplitter.h"

#include <cstdint>
#include <new>
#include <string>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace sennit {
namespace {

// White_Space of Unicode, spelled out: PCRE2's \s counts U+180E too, which stopped being a space long ago.
#define SPACES                                                                                               \
  "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

// English contractions, letters, numbers and the rest, each with a space before it; the last space of a run
// stays with the word that follows.
constexpr const char *gpt2Pattern = "'(?:[stmd]|re|ve|ll)"
                                    "| ?\\p{L}+"
                                    "| ?\\p{N}+"
                                    "| ?[^" SPACES "\\p{L}\\p{N}]+"
                                    "|[" SPACES "]+(?![^" SPACES "])"
                                    "|[" SPACES "]+";

// As above, on text cut around every number character first: a number is a word of its own, takes no space,
// and ends a run of spaces as the end of the text does.
constexpr const char *smolLmPattern = "'(?:[stmd]|re|ve|ll)"
                                      "| ?\\p{L}+"
                                      "|\\p{N}"
                                      "| ?[^" SPACES "\\p{L}\\p{N}]+"
                                      "|[" SPACES "]+(?![^" SPACES "\\p{N}])"
                                      "|[" SPACES "]+";

// Contractions in any case, any mark before letters, numbers by three, line ends apart.
constexpr const char *llama3Pattern = "(?i:'(?:[stmd]|re|ve|ll))"
                                      "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
                                      "|\\p{N}{1,3}"
                                      "| ?[^" SPACES "\\p{L}\\p{N}]+[\\r\\n]*"
                                      "|[" SPACES "]*[\\r\\n]+"
                                      "|[" SPACES "]+(?![^" SPACES "])"
                                      "|[" SPACES "]+";

#undef SPACES

const char *patternOf(schema::PreTokenizer kind) {
  switch (kind) {
  case schema::PreTokenizer::Gpt2:
    return gpt2Pattern;
  case schema::PreTokenizer::Llama3:
    return llama3Pattern;
  case schema::PreTokenizer::SmolLm:
    return smolLmPattern;
  }
  return nullptr;
}

std::string pcreMessage(int code) {
  char buffer[256];
  if (pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR *>(buffer), sizeof buffer) < 0)
    return "error " + std::to_string(code);
  return buffer;
}

} // namespace

struct WordSplitter::Impl {
  pcre2_code *code = nullptr;
  pcre2_match_context *context = nullptr;
  bool jit = false;

  Impl() = default;
  Impl(const Impl &) = delete;
  Impl &operator=(const Impl &) = delete;
  ~Impl() {
    pcre2_match_context_free(context);
    pcre2_code_free(code);
  }
};

StatusOr<WordSplitter> WordSplitter::create(schema::PreTokenizer kind) {
  const char *pattern = patternOf(kind);
  if (!pattern)
    return unsupported("expected pre-tokenizer 0 to " + std::to_string(int(schema::PreTokenizer::MAX)) +
                       ", found " + std::to_string(int(kind)));
  auto impl = std::make_unique<Impl>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  // Anchored: a word starts where the last one ended, since some alternative takes every character.
  impl->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern), PCRE2_ZERO_TERMINATED,
                    PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_NO_AUTO_CAPTURE, &error, &offset, nullptr);
  if (!impl->code)
    return internalError("the word pattern does not compile: " + pcreMessage(error) + " at " +
                         std::to_string(offset));
  // Where memory may not be made executable, the interpreter of PCRE2 does the same, slower.
  impl->jit = pcre2_jit_compile(impl->code, PCRE2_JIT_COMPLETE) == 0;
  impl->context = pcre2_match_context_create(nullptr);
  if (!impl->context)
    return resourceExhausted("out of memory for the word pattern");
  // The patterns backtrack along one run of spaces at most, so the work is linear and needs no limit.
  pcre2_set_match_limit(impl->context, UINT32_MAX);
  return WordSplitter(std::move(impl));
}

WordSplitter::WordSplitter(std::unique_ptr<const Impl> held) : impl(std::move(held)) {}
WordSplitter::WordSplitter(WordSplitter &&) noexcept = default;
WordSplitter &WordSplitter::operator=(WordSplitter &&) noexcept = default;
WordSplitter::~WordSplitter() = default;

WordSplitter::Cursor::Cursor(const WordSplitter &splitter, std::string_view whole)
    : impl(*splitter.impl), text(whole), matchData(pcre2_match_data_create(1, nullptr)) {}

WordSplitter::Cursor::~Cursor() {
  pcre2_match_data_free(static_cast<pcre2_match_data *>(matchData));
}

StatusOr<std::string_view> WordSplitter::Cursor::next() {
  if (at == text.size())
    return std::string_view();
  auto *data = static_cast<pcre2_match_data *>(matchData);
  if (!data)
    return resourceExhausted("out of memory for splitting a text into words");
  auto match = impl.jit ? pcre2_jit_match : pcre2_match;
  int found = match(impl.code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at, PCRE2_NO_UTF_CHECK,
                    data, impl.context);
  if (found <= 0)
    return internalError("no word at byte offset " + std::to_string(at) +
                         " of the text: " + pcreMessage(found));
  size_t begin = at;
  at = pcre2_get_ovector_pointer(data)[1];
  if (at <= begin)
    return internalError("an empty word at byte offset " + std::to_string(begin) + " of the text");
  return text.substr(begin, at - begin);
}

} // namespace sennit
