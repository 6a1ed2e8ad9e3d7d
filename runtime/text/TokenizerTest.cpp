// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/Tokenizer.h"

#include "runtime/schema/tokenizer_generated.h"
#include "runtime/text/ByteAlphabet.h"
#include "runtime/text/ChatTemplate.h"
#include "runtime/text/jinja/Json.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace sennit {
namespace {

using schema::PreTokenizer;

/// A vocabulary whose first 256 ids are the bytes; each merge adds a token, and each added token one more.
struct Vocabulary {
  schema::TokenizerT table;

  explicit Vocabulary(PreTokenizer kind = PreTokenizer::Gpt2) {
    table.pre_tokenizer = kind;
    for (int byte = 0; byte < 256; ++byte)
      table.tokens.push_back(alphabetOfBytes(std::string(1, static_cast<char>(byte))));
  }

  int32_t merge(std::string_view left, std::string_view right) {
    table.merges.push_back(alphabetOfBytes(left) + " " + alphabetOfBytes(right));
    table.tokens.push_back(alphabetOfBytes(std::string(left) + std::string(right)));
    return static_cast<int32_t>(table.tokens.size() - 1);
  }

  int32_t add(std::string text, bool special = true, bool lstrip = false, bool rstrip = false) {
    auto token = std::make_unique<schema::AddedTokenT>();
    token->id = static_cast<int32_t>(table.tokens.size());
    token->text = text;
    token->special = special;
    token->lstrip = lstrip;
    token->rstrip = rstrip;
    table.tokens.push_back(text);
    table.added.push_back(std::move(token));
    return table.added.back()->id;
  }

  std::vector<uint8_t> section() const {
    flatbuffers::FlatBufferBuilder builder;
    schema::FinishTokenizerBuffer(builder, schema::CreateTokenizer(builder, &table));
    return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
  }

  Tokenizer load() const {
    StatusOr<Tokenizer> loaded = Tokenizer::load(section());
    if (!loaded.ok())
      std::abort();
    return loaded.take();
  }

  std::string loadError() const {
    StatusOr<Tokenizer> loaded = Tokenizer::load(section());
    return loaded.ok() ? "loaded" : loaded.status().message();
  }
};

using Ids = std::vector<int32_t>;

Ids encode(const Tokenizer &tokenizer, std::string_view text) {
  StatusOr<Ids> ids = tokenizer.encode(text);
  EXPECT_TRUE(ids.ok()) << ids.status().message();
  return ids.ok() ? *ids : Ids();
}

TEST(Tokenizer, EmptyTextHasNoIds) {
  EXPECT_EQ(encode(Vocabulary().load(), ""), Ids());
}

TEST(Tokenizer, WithoutMergesEveryByteIsAToken) {
  Tokenizer tokenizer = Vocabulary().load();
  EXPECT_EQ(encode(tokenizer, "a \n\xC3\xA9"), (Ids{'a', ' ', '\n', 0xC3, 0xA9}));
  EXPECT_EQ(tokenizer.size(), 256);
}

TEST(Tokenizer, LowestRankMergesFirstThenLeftmost) {
  Vocabulary vocabulary;
  int32_t bc = vocabulary.merge("b", "c");
  int32_t ab = vocabulary.merge("a", "b");
  int32_t abbc = vocabulary.merge("ab", "bc");
  int32_t aa = vocabulary.merge("a", "a");
  Tokenizer tokenizer = vocabulary.load();
  EXPECT_EQ(encode(tokenizer, "abc"), (Ids{'a', bc}));
  EXPECT_EQ(encode(tokenizer, "abbc"), (Ids{abbc}));
  EXPECT_EQ(encode(tokenizer, "aaa"), (Ids{aa, 'a'}));
  EXPECT_EQ(encode(tokenizer, "ab"), (Ids{ab}));
}

// Words of up to 32 bytes and longer ones take different ways; both must merge alike, and a word met before
// must too.
TEST(Tokenizer, LongAndShortWordsMergeAlike) {
  Vocabulary vocabulary;
  int32_t two = vocabulary.merge("a", "a");
  int32_t four = vocabulary.merge("aa", "aa");
  vocabulary.merge("a", "b");
  Tokenizer tokenizer = vocabulary.load();
  for (size_t length : {1, 2, 3, 31, 32, 33, 34, 63, 64, 65, 66, 1001}) {
    Ids expected(length / 4, four);
    if (length % 4 >= 2)
      expected.push_back(two);
    if (length % 2)
      expected.push_back('a');
    std::string word(length, 'a');
    EXPECT_EQ(encode(tokenizer, word), expected) << length;
    // The same word again, after a line end that merges with nothing.
    Ids twice = expected;
    twice.push_back('\n');
    twice.insert(twice.end(), expected.begin(), expected.end());
    EXPECT_EQ(encode(tokenizer, word + "\n" + word), twice) << length;
  }
}

TEST(Tokenizer, MergesStayInsideAWord) {
  Vocabulary vocabulary;
  vocabulary.merge("a", "1");
  int32_t spaceA = vocabulary.merge(" ", "a");
  EXPECT_EQ(encode(vocabulary.load(), "a1 a"), (Ids{'a', '1', spaceA}));
}

TEST(Tokenizer, AWholeWordThatIsATokenIsTakenWhereMergesAreIgnored) {
  Vocabulary vocabulary(PreTokenizer::Llama3);
  int32_t ab = vocabulary.merge("a", "b");
  int32_t abc = static_cast<int32_t>(vocabulary.table.tokens.size());
  vocabulary.table.tokens.push_back("abc"); // no merge makes it
  EXPECT_EQ(encode(vocabulary.load(), "abc"), (Ids{ab, 'c'}));
  vocabulary.table.ignore_merges = true;
  EXPECT_EQ(encode(vocabulary.load(), "abc"), (Ids{abc}));
  EXPECT_EQ(encode(vocabulary.load(), "abcc"), (Ids{ab, 'c', 'c'}));
}

TEST(Tokenizer, ByteWithoutATokenIsLeftOut) {
  Vocabulary vocabulary;
  int32_t ab = vocabulary.merge("a", "b");
  vocabulary.table.tokens['x'] = "";
  EXPECT_EQ(encode(vocabulary.load(), "axb"), (Ids{ab}));
}

TEST(Tokenizer, AddedTokensAreFoundInTheText) {
  Vocabulary vocabulary;
  int32_t start = vocabulary.add("<|s|>");
  int32_t longer = vocabulary.add("<|s|>x");
  int32_t plain = vocabulary.add("\xE2\x98\x83", /*special=*/false);
  Tokenizer tokenizer = vocabulary.load();
  EXPECT_EQ(encode(tokenizer, "a<|s|>b"), (Ids{'a', start, 'b'}));
  EXPECT_EQ(encode(tokenizer, "<|s|><|s|>"), (Ids{start, start}));
  EXPECT_EQ(encode(tokenizer, "<|s|>xy"), (Ids{longer, 'y'}));
  EXPECT_EQ(encode(tokenizer, "<|s|"), (Ids{'<', '|', 's', '|'}));
  EXPECT_EQ(encode(tokenizer, "\xE2\x98\x83\xE2\x98\x85"), (Ids{plain, 0xE2, 0x98, 0x85}));
  EXPECT_TRUE(tokenizer.isSpecial(start));
  EXPECT_FALSE(tokenizer.isSpecial(plain));
  EXPECT_FALSE(tokenizer.isSpecial('a'));
  EXPECT_FALSE(tokenizer.isSpecial(-1));
  EXPECT_EQ(tokenizer.find("<|s|>x"), longer);
  EXPECT_EQ(tokenizer.find("a"), 'a');
  EXPECT_EQ(tokenizer.find("no such"), std::nullopt);
}

TEST(Tokenizer, AddedTokensTakeSpaceAlong) {
  Vocabulary vocabulary;
  int32_t left = vocabulary.add("<l>", true, /*lstrip=*/true);
  int32_t right = vocabulary.add("<r>", true, false, /*rstrip=*/true);
  Tokenizer tokenizer = vocabulary.load();
  EXPECT_EQ(encode(tokenizer, "a \xC2\xA0\n<l> b"), (Ids{'a', left, ' ', 'b'}));
  EXPECT_EQ(encode(tokenizer, "a <r> \xE3\x80\x80\tb"), (Ids{'a', ' ', right, 'b'}));
  EXPECT_EQ(encode(tokenizer, "<r>  <l>"), (Ids{right, left}));
  EXPECT_EQ(encode(tokenizer, "  <l>"), (Ids{left}));
}

TEST(Tokenizer, DecodesToBytes) {
  Vocabulary vocabulary;
  int32_t the = vocabulary.merge(" ", "t");
  int32_t end = vocabulary.add("<end>");
  Tokenizer tokenizer = vocabulary.load();
  EXPECT_EQ(*tokenizer.decode(Ids{the, 0xE2, end}), " t\xE2<end>");
  EXPECT_EQ(*tokenizer.decode(Ids{the, 0xE2, end}, /*skipSpecial=*/true), " t\xE2");
  EXPECT_EQ(tokenizer.piece(the), " t");
  EXPECT_EQ(tokenizer.piece(0), std::string_view("\0", 1));
  EXPECT_EQ(tokenizer.piece(1000), "");
  EXPECT_EQ(tokenizer.piece(-1), "");
  StatusOr<std::string> wrong = tokenizer.decode(Ids{the, 258});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.status().message(), "expected an id from 0 to 257, found 258 at index 1");
}

TEST(Tokenizer, RefusesTextThatIsNotUtf8) {
  Tokenizer tokenizer = Vocabulary().load();
  auto error = [&](std::string_view text) { return tokenizer.encode(text).status().message(); };
  EXPECT_EQ(error("abc\xFF"), "expected UTF-8, found byte 0xFF at byte offset 3 of the text");
  EXPECT_EQ(error("0123456789\xC3"), "expected UTF-8, found byte 0xC3 at byte offset 10 of the text");
  EXPECT_EQ(error("\xC0\x80"), "expected UTF-8, found byte 0xC0 at byte offset 0 of the text");
  EXPECT_EQ(error("\xED\xA0\x80"), "expected UTF-8, found byte 0xED at byte offset 0 of the text");
  EXPECT_EQ(error("\xF4\x90\x80\x80"), "expected UTF-8, found byte 0xF4 at byte offset 0 of the text");
}

TEST(Tokenizer, RefusesALyingSection) {
  Vocabulary vocabulary;
  vocabulary.add("<x>");
  vocabulary.table.added[0]->id = 300;
  EXPECT_EQ(vocabulary.loadError(), "expected an id below 257, found 300 at added token 0 of the tokenizer");
  vocabulary.table.added[0]->id = -1;
  EXPECT_EQ(vocabulary.loadError(), "expected an id below 257, found -1 at added token 0 of the tokenizer");
  vocabulary.table.added[0]->id = 65;
  EXPECT_EQ(vocabulary.loadError(),
            "expected \"A\" as token 65 has it, found \"<x>\" at added token 0 of the tokenizer");
  vocabulary.table.added[0]->id = 256;
  vocabulary.table.added.push_back(std::make_unique<schema::AddedTokenT>(*vocabulary.table.added[0]));
  EXPECT_EQ(vocabulary.loadError(),
            "expected each id once, found 256 again at added token 1 of the tokenizer");
  vocabulary.table.added.clear();
  EXPECT_EQ(vocabulary.loadError(), "loaded");

  vocabulary.table.merges = {"ab"};
  EXPECT_EQ(vocabulary.loadError(),
            "expected two tokens with a space between, found \"ab\" at merge 0 of the tokenizer");
  vocabulary.table.merges = {"a b"};
  EXPECT_EQ(vocabulary.loadError(),
            "expected tokens of the vocabulary, found \"a b\" whose result is none at merge 0 of "
            "the tokenizer");
  vocabulary.table.merges = {"ab c"};
  EXPECT_EQ(vocabulary.loadError(),
            "expected tokens of the vocabulary, found \"ab c\" whose left part is none at merge 0 "
            "of the tokenizer");
  vocabulary.table.merges = {"\xE2\x98\x83 b"};
  EXPECT_EQ(vocabulary.loadError(),
            "expected characters of the byte-level alphabet, found \"\xE2\x98\x83 b\" at merge 0 of "
            "the tokenizer");
  vocabulary.table.merges.clear();
  vocabulary.table.pre_tokenizer = static_cast<PreTokenizer>(200);
  EXPECT_EQ(vocabulary.loadError(), "expected pre-tokenizer 0 to 2, found 200");
}

TEST(Tokenizer, RefusesEveryTruncation) {
  Vocabulary vocabulary;
  vocabulary.merge("a", "b");
  vocabulary.add("<x>");
  std::vector<uint8_t> section = vocabulary.section();
  for (size_t size = 0; size < section.size(); size += size < 64 ? 1 : 97) {
    std::vector<uint8_t> cut(section.begin(), section.begin() + size);
    EXPECT_FALSE(Tokenizer::load(cut).ok()) << size;
  }
}

// One long string that is named many times must not be copied as often.
TEST(Tokenizer, RefusesRepeatedStringsBeyondTheSection) {
  flatbuffers::FlatBufferBuilder builder;
  auto text = builder.CreateString(std::string(10000, 'a'));
  std::vector<flatbuffers::Offset<flatbuffers::String>> tokens(1000, text), none;
  std::vector<flatbuffers::Offset<schema::AddedToken>> added;
  schema::FinishTokenizerBuffer(
      builder, schema::CreateTokenizer(builder, builder.CreateVector(tokens), builder.CreateVector(none),
                                       PreTokenizer::Gpt2, builder.CreateVector(added)));
  std::vector<uint8_t> section(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  EXPECT_EQ(Tokenizer::load(section).status().message(),
            "expected at most " + std::to_string(section.size()) +
                " bytes of text, found 10000000 in the tokens of the tokenizer");
}

/// Part of a real vocabulary (the tokens and merges that these texts can reach, with their ids and order),
/// and what the reference tokenizer makes of the texts.
class RealVocabulary : public testing::Test {
protected:
  void SetUp() override {
    std::ifstream file(SENNIT_TEST_DIR "/data/text/smollm2-part.json");
    std::stringstream text;
    text << file.rdbuf();
    StatusOr<jinja::Value> parsed = jinja::parseJson(text.str());
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    data = *parsed;
    schema::TokenizerT table;
    table.pre_tokenizer = PreTokenizer::SmolLm;
    table.tokens.resize(static_cast<size_t>(field("size").asInteger()));
    for (const auto &piece : field("pieces").asList())
      table.tokens[static_cast<size_t>(piece.asList()[0].asInteger())] = piece.asList()[1].asString();
    for (const auto &piece : field("special").asList()) {
      auto token = std::make_unique<schema::AddedTokenT>();
      token->id = static_cast<int32_t>(piece.asList()[0].asInteger());
      token->text = table.tokens[static_cast<size_t>(token->id)] = piece.asList()[1].asString();
      token->special = true;
      table.added.push_back(std::move(token));
    }
    for (const auto &merge : field("merges").asList())
      table.merges.push_back(merge.asString());
    flatbuffers::FlatBufferBuilder builder;
    schema::FinishTokenizerBuffer(builder, schema::CreateTokenizer(builder, &table));
    StatusOr<Tokenizer> loaded = Tokenizer::load({builder.GetBufferPointer(), builder.GetSize()});
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    tokenizer = std::make_unique<Tokenizer>(loaded.take());
  }

  const jinja::Value &field(std::string_view name) const { return *data.asDict().find(name); }
  static const jinja::Value &field(const jinja::Value &object, std::string_view name) {
    return *object.asDict().find(name);
  }
  static Ids ids(const jinja::Value &list) {
    Ids result;
    for (const auto &id : list.asList())
      result.push_back(static_cast<int32_t>(id.asInteger()));
    return result;
  }

  jinja::Value data;
  std::unique_ptr<Tokenizer> tokenizer;
};

TEST_F(RealVocabulary, EncodesAsTheReference) {
  EXPECT_GE(field("tokenize").asList().size(), 13u);
  for (const auto &test : field("tokenize").asList())
    EXPECT_EQ(encode(*tokenizer, field(test, "text").asString()), ids(field(test, "ids")))
        << field(test, "text").asString();
  for (const auto &test : field("cases").asList())
    EXPECT_EQ(encode(*tokenizer, field(test, "prompt_text").asString()), ids(field(test, "prompt_ids")));
}

TEST_F(RealVocabulary, DecodesAsTheReference) {
  for (const auto &test : field("cases").asList())
    EXPECT_EQ(*tokenizer->decode(ids(field(test, "greedy_ids"))), field(test, "greedy_text").asString());
  for (const auto &test : field("tokenize").asList())
    EXPECT_EQ(*tokenizer->decode(ids(field(test, "ids"))), field(test, "text").asString());
}

TEST_F(RealVocabulary, RendersTheModelsOwnTemplate) {
  StatusOr<ChatTemplate> chat = ChatTemplate::parse(field("chat_template").asString());
  ASSERT_TRUE(chat.ok()) << chat.status().message();
  int rendered = 0;
  for (const auto &test : field("cases").asList()) {
    std::vector<ChatMessage> messages;
    for (const auto &turn : field(test, "messages").asList())
      messages.push_back({field(turn, "role").asString(), field(turn, "content").asString()});
    if (messages.empty())
      continue;
    StatusOr<std::string> text = chat->render(messages, true, "<|im_start|>", "<|im_end|>");
    ASSERT_TRUE(text.ok()) << text.status().message();
    EXPECT_EQ(*text, field(test, "prompt_text").asString());
    ++rendered;
  }
  EXPECT_EQ(rendered, 4);
}

} // namespace
} // namespace sennit
