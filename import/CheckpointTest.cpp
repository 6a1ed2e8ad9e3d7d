// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Checkpoint.h"

#include "import/TestFiles.h"

#include <sys/stat.h>

using namespace sennit;
using namespace sennit::test;

namespace {

const std::string oneTensor = R"({"NAME":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";

std::string tensorFile(const std::string &name) {
  std::string header = oneTensor;
  return safetensors(header.replace(header.find("NAME"), 4, name), "1234");
}

/// A Hugging Face directory with one tensor.
struct Directory : Folder {
  Directory() {
    write("config.json",
          R"({"model_type":"llama","bos_token_id":1,"eos_token_id":[7,2,7],"rope_scaling":{"factor":8},)"
          R"("list":[1,2],"none":null,"words":["a"]})");
    write("model.safetensors", tensorFile("a"));
  }
};

TEST(OpenCheckpoint, ReadsADirectory) {
  Directory directory;
  StatusOr<Checkpoint> checkpoint = openCheckpoint(directory.path);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->kind, CheckpointKind::HuggingFace);
  EXPECT_EQ(checkpoint->family, "llama");
  EXPECT_EQ(checkpoint->bosId, 1);
  EXPECT_EQ(checkpoint->eosIds, (std::vector<int32_t>{2, 7}));
  EXPECT_EQ(checkpoint->tokenizer, nullptr);
  EXPECT_EQ(checkpoint->chatTemplate, std::nullopt);
  ASSERT_NE(checkpoint->find("a"), nullptr);
  EXPECT_EQ(checkpoint->find("b"), nullptr);
  EXPECT_EQ(describe(*checkpoint->config.find("rope_scaling.factor")), "8");
  EXPECT_EQ(checkpoint->config.find("none"), nullptr);
  EXPECT_TRUE(checkpoint->config.hasGroup("rope_scaling"));
  EXPECT_FALSE(checkpoint->config.hasGroup("rope"));
}

TEST(OpenCheckpoint, PrefersTheGenerationConfig) {
  Directory directory;
  directory.write("generation_config.json", R"({"eos_token_id":9})");
  StatusOr<Checkpoint> checkpoint = openCheckpoint(directory.path);
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->eosIds, std::vector<int32_t>{9});
  EXPECT_EQ(checkpoint->bosId, 1);
  for (const char *bad : {"1.5", "1e30", "[1,2.5]", "[1,1e30]", "true"}) {
    directory.write("generation_config.json", std::string(R"({"eos_token_id":)") + bad + "}");
    EXPECT_REFUSED(openCheckpoint(directory.path), "expected token ids as 'eos_token_id', found");
  }
}

TEST(OpenCheckpoint, KeepsEveryStatedId) {
  Directory directory;
  directory.write("generation_config.json", R"({"bos_token_id":null,"eos_token_id":[9,-1,4294967296]})");
  StatusOr<Checkpoint> checkpoint = openCheckpoint(directory.path);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->bosId, 1);
  EXPECT_EQ(checkpoint->eosIds, std::vector<int32_t>{9});
  ASSERT_EQ(checkpoint->statedIds.size(), 3u);
  EXPECT_EQ(checkpoint->statedIds[0].place, "generation_config.json 'eos_token_id'");
  EXPECT_EQ(checkpoint->statedIds[0].ids, (std::vector<int64_t>{9, -1, 4294967296}));
  EXPECT_EQ(checkpoint->statedIds[1].place, "config.json 'bos_token_id'");
}

TEST(OpenCheckpoint, FindsTheChatTemplate) {
  Directory directory;
  auto chatTemplate = [&]() -> std::string {
    StatusOr<Checkpoint> checkpoint = openCheckpoint(directory.path);
    return checkpoint.ok() ? checkpoint->chatTemplate.value_or("none") : checkpoint.status().message();
  };
  directory.write("tokenizer_config.json", R"({"chat_template":null})");
  EXPECT_EQ(chatTemplate(), "none");
  directory.write("tokenizer_config.json", R"({"chat_template":"plain"})");
  EXPECT_EQ(chatTemplate(), "plain");
  directory.write("tokenizer_config.json", R"({"chat_template":[{"name":"tool_use","template":"tools"},
                                              {"name":"default","template":"usual"}]})");
  EXPECT_EQ(chatTemplate(), "usual");
  directory.write("tokenizer_config.json", R"({"chat_template":[{"name":"tool_use","template":"tools"}]})");
  EXPECT_CONTAINS(chatTemplate(), "expected text, or a list with one named 'default'");
  directory.write("chat_template.jinja", "file");
  EXPECT_EQ(chatTemplate(), "file");
}

TEST(OpenCheckpoint, ReadsShards) {
  Directory directory;
  std::filesystem::remove(directory.path + "/model.safetensors");
  auto index = [&](const std::string &map) {
    directory.write("model.safetensors.index.json", "{\"weight_map\":{" + map + "}}");
  };
  directory.write("one", tensorFile("a"));
  directory.write("two", tensorFile("b"));
  index(R"("a":"one","b":"two")");
  StatusOr<Checkpoint> checkpoint = openCheckpoint(directory.path);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->find("b")->file, 1u);

  index(R"("a":"one","b":"three","c":"four")");
  EXPECT_REFUSED(openCheckpoint(directory.path), "found these missing: four, three");
  index(R"("a":"two","b":"one")");
  EXPECT_REFUSED(openCheckpoint(directory.path), "found none of 'a' in two, 'b' in one");
  directory.write("two", tensorFile("a"));
  index(R"("a":"one","b":"two")");
  EXPECT_REFUSED(openCheckpoint(directory.path), "expected tensor 'a' once, found it in");
}

TEST(OpenCheckpoint, TellsKindsByContent) {
  Folder folder;
  GgufWriter gguf;
  gguf.word("general.architecture", "llama");
  StatusOr<Checkpoint> checkpoint = openCheckpoint(folder.write("model.safetensors", gguf.finish()));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->kind, CheckpointKind::Gguf);
  EXPECT_REFUSED(openCheckpoint(folder.write("model.gguf", tensorFile("a"))),
                 "found a lone safetensors file");
  EXPECT_REFUSED(openCheckpoint(folder.write("other.gguf", "something else")), "does not start with 'GGUF'");
  EXPECT_REFUSED(openCheckpoint(folder.write("empty.gguf", "")), "found a file of 0 bytes");
  EXPECT_REFUSED(openCheckpoint(folder.path), "expected a Hugging Face directory with a config.json");
  EXPECT_REFUSED(openCheckpoint(folder.path + "/none"), "found no such file or directory");
  ASSERT_EQ(mkfifo((folder.path + "/pipe").c_str(), 0600), 0);
  EXPECT_REFUSED(openCheckpoint(folder.path + "/pipe"), "expected a regular file");
}

TEST(OpenCheckpoint, RefusesBadConfigurations) {
  Directory directory;
  directory.write("config.json", "[1]");
  EXPECT_REFUSED(openCheckpoint(directory.path), "config.json: expected an object, found a list of 1");
  directory.write("config.json", "{\"model_type\":7}");
  EXPECT_REFUSED(openCheckpoint(directory.path), "expected text as 'model_type'");
  directory.write("config.json", "{\"model_type\":\"llama\"");
  EXPECT_REFUSED(openCheckpoint(directory.path),
                 "config.json: expected JSON text, found that it ends early, at byte 21");
  directory.write("config.json", "{\"a\" 5}");
  EXPECT_REFUSED(openCheckpoint(directory.path), "found an error at byte 5");
  directory.write("config.json", std::string(1000, '{'));
  EXPECT_REFUSED(openCheckpoint(directory.path), "nested at most 64 levels");
  std::filesystem::remove(directory.path + "/model.safetensors");
  directory.write("config.json", "{\"model_type\":\"llama\"}");
  EXPECT_REFUSED(openCheckpoint(directory.path),
                 "expected model.safetensors or model.safetensors.index.json");
}

TEST(OpenCheckpoint, ReadsGgufIdsAndTemplate) {
  Folder folder;
  GgufWriter writer;
  writer.word("general.architecture", "llama");
  writer.word("general.name", "A Model");
  writer.number("tokenizer.ggml.eos_token_id", 5);
  writer.number("tokenizer.ggml.eot_token_id", 3);
  writer.word("tokenizer.chat_template", "{{ x }}");
  writer.real("llama.rope.freq_base", 2.5f);
  StatusOr<Checkpoint> checkpoint = openCheckpoint(folder.write("m", writer.finish()));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->name, "A Model");
  EXPECT_EQ(checkpoint->bosId, -1);
  EXPECT_EQ(checkpoint->eosIds, (std::vector<int32_t>{3, 5}));
  ASSERT_EQ(checkpoint->statedIds.size(), 2u);
  EXPECT_EQ(checkpoint->statedIds[0].place, "metadata 'tokenizer.ggml.eos_token_id'");
  EXPECT_EQ(checkpoint->chatTemplate, "{{ x }}");
  EXPECT_EQ(describe(*checkpoint->config.find("llama.rope.freq_base")), "2.5");
  EXPECT_REFUSED(openCheckpoint(folder.write("n", GgufWriter().finish())), "'general.architecture'");
}

TEST(OpenParams, TakesALoneSafetensorsFile) {
  Folder folder;
  StatusOr<Checkpoint> params = openParams(folder.write("x", tensorFile("a")));
  ASSERT_TRUE(params.ok()) << params.status().message();
  EXPECT_EQ(params->kind, CheckpointKind::Safetensors);
  EXPECT_EQ(params->tensors.size(), 1u);
  EXPECT_REFUSED(openParams(folder.write("y", "{}")), "expected a safetensors header length");
}

} // namespace
