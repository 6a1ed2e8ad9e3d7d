// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/WordSplitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sennit {
namespace {

using schema::PreTokenizer;
using Words = std::vector<std::string>;

Words split(PreTokenizer kind, std::string_view text) {
  StatusOr<WordSplitter> splitter = WordSplitter::create(kind);
  if (!splitter.ok())
    return {splitter.status().message()};
  Words words;
  Status status = splitter->split(text, [&](std::string_view word) { words.emplace_back(word); });
  if (!status.ok())
    words.push_back(status.message());
  return words;
}
Words gpt2(std::string_view text) {
  return split(PreTokenizer::Gpt2, text);
}
Words llama3(std::string_view text) {
  return split(PreTokenizer::Llama3, text);
}
Words smolLm(std::string_view text) {
  return split(PreTokenizer::SmolLm, text);
}

TEST(WordSplitter, NothingHasNoWords) {
  EXPECT_EQ(gpt2(""), Words());
}

TEST(WordSplitter, TheLastSpaceOfARunGoesWithTheWord) {
  EXPECT_EQ(gpt2("a   b"), (Words{"a", "  ", " b"}));
  EXPECT_EQ(gpt2("a \n b"), (Words{"a", " \n", " b"}));
  EXPECT_EQ(gpt2("a\n\nb"), (Words{"a", "\n", "\n", "b"}));
  EXPECT_EQ(gpt2("a  "), (Words{"a", "  "}));
  EXPECT_EQ(gpt2("  "), (Words{"  "}));
  EXPECT_EQ(gpt2("\xC2\xA0\xE3\x80\x80x"), (Words{"\xC2\xA0", "\xE3\x80\x80", "x"}));
  // U+180E and U+200B are no spaces, U+0085 is one.
  EXPECT_EQ(gpt2(" \xE1\xA0\x8E\xE2\x80\x8B!"), (Words{" \xE1\xA0\x8E\xE2\x80\x8B!"}));
  EXPECT_EQ(gpt2("\xC2\x85!"), (Words{"\xC2\x85", "!"}));
}

TEST(WordSplitter, Gpt2KeepsNumbersWhole) {
  EXPECT_EQ(gpt2("in 12345, x2"), (Words{"in", " 12345", ",", " x", "2"}));
  EXPECT_EQ(gpt2("\xC2\xBD\xE2\x85\xA7"), (Words{"\xC2\xBD\xE2\x85\xA7"})); // a fraction and a Roman numeral
}

TEST(WordSplitter, Gpt2CutsContractionsInLowerCase) {
  EXPECT_EQ(gpt2("don't we'll I'VE 'sup"), (Words{"don", "'t", " we", "'ll", " I", "'", "VE", " '", "sup"}));
  EXPECT_EQ(gpt2("a's'd"), (Words{"a", "'s", "'d"}));
}

TEST(WordSplitter, SmolLmCutsEveryDigit) {
  EXPECT_EQ(smolLm("in 12, x2"), (Words{"in", " ", "1", "2", ",", " x", "2"}));
  // A number ends a run of spaces as the text's end does.
  EXPECT_EQ(smolLm("a   1   b"), (Words{"a", "   ", "1", "  ", " b"}));
  EXPECT_EQ(smolLm("'1s 's"), (Words{"'", "1", "s", " '", "s"}));
  EXPECT_EQ(smolLm("\xC2\xBD\xE2\x85\xA7"), (Words{"\xC2\xBD", "\xE2\x85\xA7"}));
}

TEST(WordSplitter, Llama3CutsNumbersByThree) {
  EXPECT_EQ(llama3("1234567 89"), (Words{"123", "456", "7", " ", "89"}));
}

TEST(WordSplitter, Llama3CutsContractionsInAnyCase) {
  EXPECT_EQ(llama3("I'VE don'T we'Ll x'z"), (Words{"I", "'VE", " don", "'T", " we", "'Ll", " x", "'z"}));
}

TEST(WordSplitter, Llama3TakesOneMarkBeforeLetters) {
  EXPECT_EQ(llama3("(a) $b\tc  d"), (Words{"(a", ")", " $", "b", "\tc", " ", " d"}));
}

TEST(WordSplitter, Llama3KeepsLineEndsTogether) {
  EXPECT_EQ(llama3("a.\n\nb"), (Words{"a", ".\n\n", "b"}));
  EXPECT_EQ(llama3("a \n \n  b"), (Words{"a", " \n \n", " ", " b"}));
  EXPECT_EQ(llama3("a\r\n"), (Words{"a", "\r\n"}));
}

TEST(WordSplitter, LettersOfEveryScriptAreLetters) {
  EXPECT_EQ(gpt2("na\xC3\xAFve \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9D\x94\x98"),
            (Words{"na\xC3\xAFve", " \xE6\x97\xA5\xE6\x9C\xAC", " \xF0\x9D\x94\x98"}));
  // A combining mark is none.
  EXPECT_EQ(gpt2("e\xCC\x81x"), (Words{"e", "\xCC\x81", "x"}));
}

TEST(WordSplitter, LongRunsAreLinear) {
  std::string spaces(1 << 20, ' ');
  for (PreTokenizer kind : {PreTokenizer::Gpt2, PreTokenizer::Llama3, PreTokenizer::SmolLm}) {
    EXPECT_EQ(split(kind, spaces).size(), 1u);
    EXPECT_EQ(split(kind, spaces + "a").size(), 2u);
    EXPECT_EQ(split(kind, std::string(1 << 20, 'a')).size(), 1u);
  }
}

} // namespace
} // namespace sennit
