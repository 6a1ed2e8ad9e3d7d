// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/TextStream.h"

#include "runtime/schema/tokenizer_generated.h"

#include <gtest/gtest.h>

using namespace sennit;
using namespace sennit::cli;

namespace {

// "\xc3\xa9" is e with an acute accent; its bytes are the letters A-tilde and copyright sign in the
// byte-level alphabet.
enum Id : int32_t { A, B, C, FirstHalf, SecondHalf, End };

Tokenizer makeTokenizer() {
  schema::TokenizerT table;
  table.tokens = {"a", "b", "c", "\xc3\x83", "\xc2\xa9", "<end>"};
  auto added = std::make_unique<schema::AddedTokenT>();
  added->text = "<end>";
  added->id = End;
  added->special = true;
  table.added.push_back(std::move(added));
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishTokenizerBuffer(builder, schema::Tokenizer::Pack(builder, &table));
  auto tokenizer = Tokenizer::load({builder.GetBufferPointer(), builder.GetSize()});
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  return tokenizer.take();
}

/// The pieces of a text, an unfinished one marked by what finish gives.
std::vector<std::string> pieces(TextStream &stream, const std::vector<int32_t> &ids) {
  std::vector<std::string> out;
  for (int32_t id : ids)
    out.push_back(stream.add(id));
  out.push_back(stream.finish());
  return out;
}

TEST(TextStream, ShowsWholeCharactersAndNoSpecialTokens) {
  Tokenizer tokenizer = makeTokenizer();
  TextStream stream(tokenizer, {});
  EXPECT_EQ(pieces(stream, {A, FirstHalf, SecondHalf, End, B, FirstHalf}),
            (std::vector<std::string>{"a", "", "\xc3\xa9", "", "b", "", "\xef\xbf\xbd"}));
  EXPECT_EQ(stream.text(), "a\xc3\xa9"
                           "b\xef\xbf\xbd");
  EXPECT_FALSE(stream.stopped());
}

TEST(TextStream, EndsBeforeAStopText) {
  Tokenizer tokenizer = makeTokenizer();
  TextStream stream(tokenizer, {"bc"});
  EXPECT_EQ(pieces(stream, {A, B, C, A}), (std::vector<std::string>{"a", "", "", "", ""}));
  EXPECT_TRUE(stream.stopped());
  EXPECT_EQ(stream.text(), "a");
}

TEST(TextStream, GivesBackWhatOnlyLookedLikeAStopText) {
  Tokenizer tokenizer = makeTokenizer();
  TextStream stream(tokenizer, {"aab", "ccc"});
  EXPECT_EQ(pieces(stream, {A, A, A, C, C}), (std::vector<std::string>{"", "", "a", "aa", "", "cc"}));
  EXPECT_FALSE(stream.stopped());
  EXPECT_EQ(stream.text(), "aaacc");
}

TEST(TextStream, TakesTheEarliestOfSeveralStopTexts) {
  Tokenizer tokenizer = makeTokenizer();
  TextStream stream(tokenizer, {"c", "bb"});
  pieces(stream, {A, B, B, C});
  EXPECT_EQ(stream.text(), "a");
}

} // namespace
