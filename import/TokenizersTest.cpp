// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Tokenizers.h"

#include "import/Json.h"
#include "import/TestFiles.h"

using namespace sennit;
using namespace sennit::test;
using nlohmann::json;

namespace {

const char *const byteLevel = R"({"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true})";

json smallJson() {
  json root = json::parse(R"({
    "added_tokens": [{"id": 5, "content": "<end>", "special": true, "lstrip": true, "rstrip": false,
                      "single_word": false, "normalized": false}],
    "normalizer": null,
    "model": {"type": "BPE", "dropout": null, "vocab": {"a": 0, "b": 1, "ab": 2, "Ġ": 4}, "merges": ["a b"]}
  })");
  root["pre_tokenizer"] = json::parse(byteLevel);
  return root;
}

auto parse(const json &root) {
  return parseTokenizerJson(root.dump(), "t.json");
}

TEST(TokenizerJson, ReadsTokensMergesAndAddedTokens) {
  auto tokenizer = parse(smallJson());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->tokens, (std::vector<std::string>{"a", "b", "ab", "", "Ġ", "<end>"}));
  EXPECT_EQ((*tokenizer)->merges, std::vector<std::string>{"a b"});
  EXPECT_EQ((*tokenizer)->pre_tokenizer, schema::PreTokenizer::Gpt2);
  EXPECT_FALSE((*tokenizer)->ignore_merges);
  ASSERT_EQ((*tokenizer)->added.size(), 1u);
  EXPECT_EQ((*tokenizer)->added[0]->id, 5);
  EXPECT_TRUE((*tokenizer)->added[0]->special);
  EXPECT_TRUE((*tokenizer)->added[0]->lstrip);
}

TEST(TokenizerJson, ReadsMergesAsPairs) {
  json root = smallJson();
  root["model"]["merges"] = json::parse(R"([["a", "b"]])");
  auto tokenizer = parse(root);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->merges, std::vector<std::string>{"a b"});
}

TEST(TokenizerJson, RecognisesThePreTokenizers) {
  json root = smallJson();
  root["pre_tokenizer"] = json::parse(R"({"type":"Sequence","pretokenizers":[
      {"type":"Digits","individual_digits":true},
      {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]})");
  auto tokenizer = parse(root);
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_EQ((*tokenizer)->pre_tokenizer, schema::PreTokenizer::SmolLm);

  json split = {{"type", "Split"}, {"behavior", "Isolated"}, {"invert", false}};
  split["pattern"]["Regex"] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
                              "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  json plain = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  root["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {split, plain}}};
  root["model"]["ignore_merges"] = true;
  tokenizer = parse(root);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->pre_tokenizer, schema::PreTokenizer::Llama3);
  EXPECT_TRUE((*tokenizer)->ignore_merges);

  split["pattern"]["Regex"] = "\\s+";
  root["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {split, plain}}};
  EXPECT_REFUSED(parse(root), "pre_tokenizer 'Sequence' (not that of gpt2, llama 3 or smollm)");
}

TEST(TokenizerJson, ListsEveryFeatureItLacks) {
  json root = smallJson();
  root["normalizer"] = {{"type", "NFC"}};
  root["model"]["type"] = "Unigram";
  root["model"]["byte_fallback"] = true;
  root["pre_tokenizer"]["add_prefix_space"] = true;
  EXPECT_REFUSED(parse(root),
                 "found normalizer 'NFC', model 'Unigram', model.byte_fallback, pre_tokenizer 'ByteLevel'");
}

TEST(TokenizerJson, RefusesWhatLies) {
  auto refuses = [](const char *pointer, const json &value, const char *expected) {
    json root = smallJson();
    root[json::json_pointer(pointer)] = value;
    EXPECT_REFUSED(parse(root), expected);
  };
  refuses("/model", 7, "expected an object 'model'");
  refuses("/model/vocab", json::array(), "expected an object 'model.vocab'");
  refuses("/model/vocab/b", 2147483646, "model.vocab 'b': expected an id from 0 to");
  refuses("/model/vocab/b", -1, "model.vocab 'b': expected an id from 0 to");
  refuses("/model/vocab/b", 0, "expected an id of its own, found 0 of 'a'");
  refuses("/model/vocab/b", "x", "model.vocab 'b': expected an id from 0 to");
  refuses("/model/merges", 7, "expected a list 'model.merges'");
  refuses("/model/merges/0", "ab", "model.merges 0: expected two tokens that make a third, found 'ab'");
  refuses("/model/merges/0", "a c", "model.merges 0: expected two tokens that make a third, found 'a c'");
  refuses("/model/merges/0", "b a", "model.merges 0: expected two tokens that make a third");
  refuses("/model/merges/0", "a b ", "model.merges 0: expected two tokens");
  refuses("/model/merges/0", json::array({"a"}), "model.merges 0: expected a pair of tokens");
  refuses("/added_tokens", 7, "expected a list 'added_tokens'");
  refuses("/added_tokens/0/id", 1000000, "added_tokens 0: expected an id from 0 to");
  refuses("/added_tokens/0/id", 0, "expected an id of its own");
  refuses("/added_tokens/0/single_word", true, "expected single_word false");
  refuses("/added_tokens/0/special", "yes", "expected an object with content (text) and flags");
  EXPECT_REFUSED(parseTokenizerJson("", "t.json"), "t.json: expected JSON text");
}

/// Parses GGUF metadata and reads its tokenizer.
StatusOr<std::unique_ptr<schema::TokenizerT>> read(const GgufWriter &writer) {
  static std::string bytes;
  bytes = writer.finish();
  StatusOr<GgufFile> file = parseGguf(spanOf(bytes), "m.gguf");
  if (!file.ok())
    return file.status();
  return readGgufTokenizer(*file, "m.gguf");
}

struct GgufTokenizer {
  std::string model = "gpt2", pre = "llama-bpe";
  std::vector<std::string> tokens = {"a", "b", "ab", "<end>", "<user>", "[PAD5]"}, merges = {"a b"};
  std::vector<int32_t> types = {1, 1, 1, 3, 4, 5};

  GgufWriter write() const {
    GgufWriter writer;
    writer.word("tokenizer.ggml.model", model);
    writer.word("tokenizer.ggml.pre", pre);
    writer.words("tokenizer.ggml.tokens", tokens);
    writer.words("tokenizer.ggml.merges", merges);
    writer.integers("tokenizer.ggml.token_type", types);
    return writer;
  }
};

TEST(TokenizerGguf, ReadsTokensMergesAndAddedTokens) {
  auto tokenizer = read(GgufTokenizer().write());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->tokens, (std::vector<std::string>{"a", "b", "ab", "<end>", "<user>", ""}));
  EXPECT_EQ((*tokenizer)->pre_tokenizer, schema::PreTokenizer::Llama3);
  EXPECT_TRUE((*tokenizer)->ignore_merges);
  ASSERT_EQ((*tokenizer)->added.size(), 2u);
  EXPECT_TRUE((*tokenizer)->added[0]->special);
  EXPECT_EQ((*tokenizer)->added[1]->text, "<user>");
  EXPECT_FALSE((*tokenizer)->added[1]->special);
}

TEST(TokenizerGguf, MayBeAbsent) {
  auto tokenizer = read(GgufWriter());
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_EQ(*tokenizer, nullptr);
}

TEST(TokenizerGguf, RefusesWhatItDoesNotKnow) {
  GgufTokenizer bad;
  bad.pre = "qwen2";
  EXPECT_REFUSED(
      read(bad.write()),
      "expected one of 'gpt-2', 'smollm', 'llama-bpe' for metadata 'tokenizer.ggml.pre', found 'qwen2'");
  bad = GgufTokenizer();
  bad.model = "llama";
  EXPECT_REFUSED(read(bad.write()), "for metadata 'tokenizer.ggml.model', found 'llama'");
  bad = GgufTokenizer();
  bad.types.pop_back();
  EXPECT_REFUSED(read(bad.write()), "expected 6 integers as metadata 'tokenizer.ggml.token_type', found 5");
  bad = GgufTokenizer();
  bad.merges.push_back("a x");
  EXPECT_REFUSED(read(bad.write()), "metadata 'tokenizer.ggml.merges' 1: expected two tokens");
  bad = GgufTokenizer();
  bad.tokens.clear();
  EXPECT_REFUSED(read(bad.write()), "expected a list of tokens");
}

} // namespace
