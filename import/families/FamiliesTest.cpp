// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Every stored model imports; what does not fit is refused, all of it at once.
#include "import/TestFiles.h"
#include "import/families/Family.h"
#include "import/families/ImportModel.h"
#include "import/families/Rope.h"

#include "dialects/nn/Nn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace sennit;
using namespace mlir;
namespace fs = std::filesystem;

namespace {

const std::string data = std::string(SENNIT_TEST_DIR) + "/data/";

std::vector<std::string> storedModels() {
  std::vector<std::string> paths;
  for (const auto &entry : fs::directory_iterator(data + "tiny"))
    // Families that are added later bring directories that this list need not know.
    if (entry.is_directory())
      paths.push_back(entry.path().string());
  for (const auto &entry : fs::directory_iterator(data + "gguf"))
    if (entry.path().extension() == ".gguf")
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// A copy of a stored Hugging Face directory, removed at the end of the test.
class Copy {
public:
  explicit Copy(const std::string &model) {
    directory = fs::path(testing::TempDir()) / ("families-" + std::to_string(getpid()));
    fs::remove_all(directory);
    fs::copy(data + "tiny/" + model, directory, fs::copy_options::recursive);
  }
  ~Copy() { fs::remove_all(directory); }

  /// Replaces `from`, which must be there, in config.json.
  void edit(const std::string &from, const std::string &to) {
    std::ifstream in(directory / "config.json");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream(directory / "config.json") << text;
  }
  void write(const std::string &name, const std::string &text) const {
    std::ofstream(directory / name) << text;
  }
  std::string path() const { return directory.string(); }

private:
  fs::path directory;
};

/// The message that importing ends with; "" where it works.
std::string importError(const std::string &path) {
  StatusOr<Checkpoint> checkpoint = openCheckpoint(path);
  if (!checkpoint.ok())
    return checkpoint.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  return model.ok() ? "" : model.status().message();
}

class StoredModel : public testing::TestWithParam<std::string> {};

TEST_P(StoredModel, ImportsAndVerifies) {
  StatusOr<Checkpoint> checkpoint = openCheckpoint(GetParam());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_TRUE(succeeded(verify(*model->module)));

  // Sources and nn.param ops go together one to one.
  size_t index = 0;
  model->module->walk([&](nn::ParamOp op) {
    ASSERT_LT(index, model->params.size());
    const ParamSource &source = model->params[index++];
    auto type = cast<nn::WeightType>(op.getWeight().getType());
    EXPECT_EQ(source.name, op.getParamName());
    EXPECT_EQ(source.rows, type.getRows());
    EXPECT_EQ(source.k, type.getK());
    EXPECT_EQ(source.rowBytes(), type.getRowBytes());
    EXPECT_TRUE(checkSource(*checkpoint, source).ok());
  });
  EXPECT_EQ(index, model->params.size());

  // The text form is read back to the same text.
  std::string text, again;
  llvm::raw_string_ostream(text) << *model->module;
  OwningOpRef<ModuleOp> parsed = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(parsed);
  llvm::raw_string_ostream(again) << *parsed;
  EXPECT_EQ(text, again);
}

INSTANTIATE_TEST_SUITE_P(All, StoredModel, testing::ValuesIn(storedModels()), [](const auto &info) {
  std::string name = fs::path(info.param).filename().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
  return name;
});

TEST(Import, SaysWhatTheModelIs) {
  StatusOr<Checkpoint> checkpoint = openCheckpoint(data + "tiny/llama-tied-bf16");
  ASSERT_TRUE(checkpoint.ok());
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context, {.maxContext = 100});
  ASSERT_TRUE(model.ok());
  auto facts = model->module.get()->getAttrOfType<DictionaryAttr>("nn.model");
  ASSERT_TRUE(facts);
  auto number = [&](const char *name) { return facts.getAs<IntegerAttr>(name).getInt(); };
  EXPECT_EQ(facts.getAs<StringAttr>("family"), "llama");
  EXPECT_EQ(number("vocab_size"), 157);
  EXPECT_EQ(number("context_length"), 100);
  EXPECT_EQ(number("layers"), 2);
  EXPECT_EQ(number("hidden_size"), 64);
  EXPECT_EQ(number("kv_heads"), 2);
  EXPECT_EQ(number("head_dim"), 16);
  auto step = model->module->lookupSymbol<func::FuncOp>("step");
  ASSERT_TRUE(step);
  EXPECT_EQ(step.getNumArguments(), 6u);
  EXPECT_EQ(step.getNumResults(), 3u);
  // Tied: the embedding is one parameter with two users.
  EXPECT_EQ(model->params.front().name, "model.embed_tokens.weight");
  EXPECT_EQ(std::count_if(model->params.begin(), model->params.end(),
                          [](const ParamSource &source) { return source.rows == 157; }),
            1);
}

TEST(Import, RefusesUnknownFamiliesWithTheKnownOnes) {
  Copy copy("llama");
  copy.edit("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"");
  EXPECT_CONTAINS(importError(copy.path()), "expected one of the families gpt2, llama, found 'mamba'");
}

TEST(Import, ListsEverythingThatIsWrongAtOnce) {
  Copy copy("llama");
  copy.edit("\"hidden_act\": \"silu\"", "\"hidden_act\": \"relu\"");
  copy.edit("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"");
  copy.edit("\"intermediate_size\": 96", "\"intermediate_size\": 80");
  copy.edit("\"attention_bias\": false", "\"attention_bias\": true");
  copy.edit("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
  copy.edit("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1");
  std::string error = importError(copy.path());
  EXPECT_CONTAINS(error, "'hidden_act': expected \"silu\", found \"relu\"");
  EXPECT_CONTAINS(error,
                  "'rope_parameters.rope_type': expected one of default, linear, llama3, found \"yarn\"");
  EXPECT_CONTAINS(error,
                  "tensor 'model.layers.0.mlp.up_proj.weight' (F32 [96, 64]): expected shape [80, 64]");
  EXPECT_CONTAINS(error, "tensor 'model.layers.0.self_attn.o_proj.bias' [64]: missing");
  EXPECT_CONTAINS(error, "tensor 'model.layers.1.mlp.up_proj.weight' (F32 [96, 64]): not expected");
  EXPECT_EQ(error.find("lm_head"), std::string::npos) << "a tied head may lie in the file";
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

TEST(Import, RefusesNumbersThatLie) {
  struct Case {
    const char *from, *to, *expected;
  };
  const Case cases[] = {
      {"\"num_hidden_layers\": 2", "\"num_hidden_layers\": 2000000000",
       "'num_hidden_layers': expected a whole number from 1 to 21 (the checkpoint has no more tensors than "
       "that), found 2000000000"},
      {"\"num_hidden_layers\": 2", "\"num_hidden_layers\": -1",
       "'num_hidden_layers': expected a whole number"},
      {"\"vocab_size\": 131", "\"vocab_size\": 2147483647", "expected shape [2147483647, 64]"},
      {"\"vocab_size\": 131", "\"vocab_size\": 1e300", "'vocab_size': expected a whole number"},
      {"\"vocab_size\": 131", "\"vocab\": 131",
       "'vocab_size': expected a whole number from 1 to 2147483647, found none"},
      {"\"head_dim\": 16", "\"head_dim\": 2147483646", "'head_dim': expected a whole number from 1 to 65536"},
      {"\"head_dim\": 16", "\"head_dim\": 15", "'head_dim': expected an even number"},
      {"\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "expected a divisor of 4 heads, found 3"},
      {"\"num_attention_heads\": 4", "\"num_attention_heads\": 0",
       "'num_attention_heads': expected a whole number"},
      {"\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": \"tiny\"", "'rms_norm_eps': expected a number above 0"},
      {"\"rope_theta\": 10000.0", "\"rope_theta\": -1", "expected a number above 0, found -1"},
      {"\"tie_word_embeddings\": false", "\"tie_word_embeddings\": 7", "expected true or false, found 7"},
      {"\"hidden_size\": 64", "\"hidden_size\": 0", "'hidden_size': expected a whole number"},
  };
  for (const Case &bad : cases) {
    Copy copy("llama");
    copy.edit(bad.from, bad.to);
    EXPECT_CONTAINS(importError(copy.path()), bad.expected);
  }
}

TEST(Import, RefusesIdsOutsideTheVocabulary) {
  struct Case {
    const char *bos, *eos, *generation, *expected;
  };
  const Case cases[] = {
      {"0", "[130, 2]", "{}", ""},
      {"null", "null", R"({"eos_token_id": null})", ""},
      {"131", "2", "{}", "config.json 'bos_token_id': expected a token id from 0 to 130, found 131"},
      {"1000000", "2", R"({"bos_token_id": 1})",
       "config.json 'bos_token_id': expected a token id from 0 to 130, found 1000000"},
      {"1", "[2, 1000000]", "{}",
       "config.json 'eos_token_id': expected a token id from 0 to 130, found 1000000"},
      {"1", "-1", "{}", "config.json 'eos_token_id': expected a token id from 0 to 130, found -1"},
      {"1", "[2, 4294967298]", "{}", "'eos_token_id': expected a token id from 0 to 130, found 4294967298"},
      {"1", "2", R"({"eos_token_id": 131})",
       "generation_config.json 'eos_token_id': expected a token id from 0 to 130, found 131"},
  };
  for (const Case &bad : cases) {
    Copy copy("llama");
    copy.edit("\"bos_token_id\": 1", std::string("\"bos_token_id\": ") + bad.bos);
    copy.edit("\"eos_token_id\": 2", std::string("\"eos_token_id\": ") + bad.eos);
    copy.write("generation_config.json", bad.generation);
    StatusOr<Checkpoint> checkpoint = openCheckpoint(copy.path());
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    MLIRContext context;
    StatusOr<ImportedModel> model = importModel(*checkpoint, context);
    if (!*bad.expected) {
      EXPECT_TRUE(model.ok()) << model.status().message();
      continue;
    }
    ASSERT_FALSE(model.ok()) << bad.expected;
    EXPECT_EQ(model.status().code(), Code::InvalidInput);
    EXPECT_CONTAINS(model.status().message(), bad.expected);
    EXPECT_CONTAINS(model.status().message(), copy.path());
  }
}

TEST(Import, HoldsBothRopeSpellingsTogether) {
  struct Case {
    const char *model, *old, *expected;
  };
  const Case cases[] = {
      {"llama", R"("rope_theta": 10000)", ""},
      {"llama", R"("rope_theta": 10000.0, "rope_scaling": null)", ""},
      {"llama", R"("rope_scaling": {"type": "default"})", ""},
      {"llama-rope3-sharded", R"("rope_scaling": {"type": "llama3", "rope_type": "llama3", "factor": 8})",
       ""},
      {"llama", R"("rope_theta": 500000)",
       "'rope_theta': expected the same as 'rope_parameters.rope_theta', 10000, found 500000"},
      {"llama", R"("rope_theta": "x")", "'rope_theta': expected a number above 0, found \"x\""},
      {"llama", R"("rope_theta": 0)", "'rope_theta': expected a number above 0, found 0"},
      {"llama", R"("rope_scaling": 8)", "'rope_scaling': expected an object, found 8"},
      {"llama", R"("rope_scaling": {"type": 8})", "'rope_scaling.type': expected text, found 8"},
      {"llama", R"("rope_scaling": {"factor": 8})",
       "'rope_scaling.factor': expected the same as 'rope_parameters.factor', none, found 8"},
      {"llama", R"("rope_scaling": {"type": "linear", "factor": 8})",
       "'rope_scaling.type': expected the same as 'rope_parameters.rope_type', \"default\", found "
       "\"linear\""},
      {"llama-rope3-sharded", R"("rope_scaling": {"rope_type": "linear", "factor": 8})",
       "'rope_scaling.rope_type': expected the same as 'rope_parameters.rope_type', \"llama3\", found "
       "\"linear\""},
      {"llama-rope3-sharded", R"("rope_scaling": {"rope_type": "llama3", "factor": 32})",
       "'rope_scaling.factor': expected the same as 'rope_parameters.factor', 8, found 32"},
      {"llama-rope3-sharded", R"("rope_scaling": {"rope_type": "llama3", "low_freq_factor": 2})",
       "'rope_scaling.low_freq_factor': expected the same as 'rope_parameters.low_freq_factor', 1, found 2"},
      {"llama-rope3-sharded", R"("rope_scaling": {"factor": -1})",
       "'rope_scaling.factor': expected a number above 0, found -1"},
  };
  for (const Case &both : cases) {
    Copy copy(both.model);
    copy.edit("\"rope_parameters\": {", std::string(both.old) + ", \"rope_parameters\": {");
    std::string error = importError(copy.path());
    if (*both.expected)
      EXPECT_CONTAINS(error, both.expected);
    else
      EXPECT_EQ(error, "") << both.old;
  }
}

TEST(Import, TakesTheOldSpelling) {
  Copy copy("llama-rope3-sharded");
  StatusOr<Checkpoint> before = openCheckpoint(copy.path());
  copy.edit("\"rope_parameters\": {",
            "\"rope_theta\": 10000.0, \"torch_dtype\": \"float32\", \"rope_scaling\": {");
  copy.edit(",\n    \"rope_theta\": 10000.0,\n    \"rope_type\"", ",\n    \"type\"");
  StatusOr<Checkpoint> after = openCheckpoint(copy.path());
  ASSERT_TRUE(before.ok() && after.ok()) << after.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> a = importModel(*before, context), b = importModel(*after, context);
  ASSERT_TRUE(a.ok() && b.ok()) << b.status().message();
  std::string textA, textB;
  llvm::raw_string_ostream(textA) << *a->module;
  llvm::raw_string_ostream(textB) << *b->module;
  EXPECT_EQ(textA, textB);
}

TEST(Rope, ScalesAsTransformersDoes) {
  RopeConfig config;
  EXPECT_EQ(ropeFrequencies(config, 4), (std::vector<float>{1.0f, 0.01f}));
  config.scaling = RopeConfig::Scaling::Linear;
  config.factor = 4;
  EXPECT_EQ(ropeFrequencies(config, 4), (std::vector<float>{0.25f, 0.0025f}));
  // Llama 3.2: the first waves are kept, the last stretched 32 times, and the blend lies between.
  config = {RopeConfig::Scaling::Llama3, 500000, 32, 1, 4, 8192};
  std::vector<float> scaled = ropeFrequencies(config, 64);
  config.scaling = RopeConfig::Scaling::None;
  std::vector<float> plain = ropeFrequencies(config, 64);
  EXPECT_EQ(scaled[0], plain[0]);
  EXPECT_EQ(scaled[31], plain[31] / 32);
  EXPECT_LT(scaled[17], plain[17]);
  EXPECT_GT(scaled[17], plain[17] / 32);
}

TEST(Registry, IsSortedAndComplete) {
  EXPECT_TRUE(std::is_sorted(families().begin(), families().end(),
                             [](const Family *a, const Family *b) { return a->name < b->name; }));
  for (const Family *family : families())
    EXPECT_EQ(findFamily(family->name), family);
  EXPECT_EQ(findFamily("no such"), nullptr);
}

TEST(BindParams, MatchesByNameShapeAndFormat) {
  StatusOr<Checkpoint> params = openParams(data + "tiny/llama/model.safetensors");
  ASSERT_TRUE(params.ok()) << params.status().message();
  MLIRContext context;
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  auto parse = [&](const std::string &types) {
    return parseSourceString<ModuleOp>("func.func @step() {\n" + types + "return\n}", &context);
  };
  OwningOpRef<ModuleOp> good = parse("%0 = nn.param \"lm_head.weight\" : !nn.weight<131x64, f32>\n"
                                     "%1 = nn.param \"model.norm.weight\" : !nn.weight<64, f32>\n"
                                     "%2 = nn.param \"lm_head.weight\" : !nn.weight<131x64, f32>\n");
  ASSERT_TRUE(good);
  StatusOr<std::vector<ParamSource>> sources = bindParams(*good, *params);
  ASSERT_TRUE(sources.ok()) << sources.status().message();
  ASSERT_EQ(sources->size(), 2u);
  EXPECT_EQ((*sources)[0].rows, 131);
  EXPECT_TRUE((*sources)[1].vector);

  OwningOpRef<ModuleOp> bad = parse("%0 = nn.param \"lm_head.weight\" : !nn.weight<131x64, bf16>\n"
                                    "%1 = nn.param \"model.norm.weight\" : !nn.weight<65, f32>\n"
                                    "%2 = nn.param \"none\" : !nn.weight<4, f32>\n"
                                    "%3 = nn.param \"none\" : !nn.weight<5, f32>\n");
  ASSERT_TRUE(bad);
  sources = bindParams(*bad, *params);
  ASSERT_FALSE(sources.ok());
  std::string error = sources.status().message();
  EXPECT_CONTAINS(error, "parameter 'lm_head.weight' (bf16 [131, 64]): found F32 [131, 64]");
  EXPECT_CONTAINS(error, "parameter 'model.norm.weight' (f32 [65]): found F32 [64]");
  EXPECT_CONTAINS(error, "parameter 'none' (f32 [4]): no such tensor");
  EXPECT_CONTAINS(error, "parameter 'none': expected one type in the whole module, found two");
}

} // namespace
