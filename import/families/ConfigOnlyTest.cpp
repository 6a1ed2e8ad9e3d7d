// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A configuration without weights gives the module that it gives with them.
#include "import/TestFiles.h"
#include "import/families/ImportModel.h"

#include "dialects/nn/Nn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

using namespace sennit;
using namespace mlir;
namespace fs = std::filesystem;

namespace {

const std::string data = std::string(SENNIT_TEST_DIR) + "/data/";
const std::string examples = std::string(SENNIT_TEST_DIR) + "/../examples/configs/";

std::vector<std::string> storedDirectories() {
  std::vector<std::string> paths;
  for (const auto &entry : fs::directory_iterator(data + "tiny"))
    if (entry.is_directory())
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The module's text with every weight in the same format.
std::string formatless(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return std::regex_replace(text, std::regex("(!nn\\.weight<[0-9x]*)[a-z0-9_]*>"), "$1f>");
}

/// A folder of its own for each test, removed at its end.
class ConfigFile {
public:
  explicit ConfigFile(const std::string &text, const std::string &name = "config.json") {
    const testing::TestInfo *test = testing::UnitTest::GetInstance()->current_test_info();
    folder = fs::path(testing::TempDir()) / (std::string(test->name()) + std::to_string(getpid()));
    fs::remove_all(folder);
    fs::create_directories(folder);
    file = folder / name;
    std::ofstream(file) << text;
  }
  ~ConfigFile() { fs::remove_all(folder); }

  fs::path folder, file;
};

std::string contentOf(const std::string &path) {
  std::ifstream in(path);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

/// The configuration of the stored model with `from`, which must be there, replaced.
std::string edited(const std::string &model, const std::string &from, const std::string &to) {
  std::string text = contentOf(data + "tiny/" + model + "/config.json");
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// The message that opening or importing ends with; "" where both work.
std::string configError(const std::string &path) {
  StatusOr<Checkpoint> checkpoint = openConfig(path);
  if (!checkpoint.ok())
    return checkpoint.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  return model.ok() ? "" : model.status().message();
}

class StoredDirectory : public testing::TestWithParam<std::string> {};

TEST_P(StoredDirectory, GivesTheSameModuleWithoutWeights) {
  MLIRContext context;
  StatusOr<Checkpoint> whole = openCheckpoint(GetParam());
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  StatusOr<ImportedModel> expected = importModel(*whole, context);
  ASSERT_TRUE(expected.ok()) << expected.status().message();

  // The text alone, under another name, in a folder without weights.
  ConfigFile alone(contentOf(GetParam() + "/config.json"), "some-model.json");
  for (const std::string &path : {GetParam(), GetParam() + "/config.json", alone.file.string()}) {
    StatusOr<Checkpoint> config = openConfig(path);
    ASSERT_TRUE(config.ok()) << config.status().message();
    EXPECT_TRUE(config->configOnly);
    EXPECT_TRUE(config->tensors.empty());
    StatusOr<ImportedModel> model = importModel(*config, context);
    ASSERT_TRUE(model.ok()) << model.status().message();
    EXPECT_TRUE(model->params.empty());
    EXPECT_EQ(formatless(*model->module), formatless(*expected->module));
    EXPECT_EQ(countParameters(*model->module), countParameters(*expected->module));
  }
}

INSTANTIATE_TEST_SUITE_P(All, StoredDirectory, testing::ValuesIn(storedDirectories()), [](const auto &info) {
  std::string name = fs::path(info.param).filename().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
  return name;
});

TEST(OpenConfig, TakesAGgufWhole) {
  for (const auto &entry : fs::directory_iterator(data + "gguf")) {
    if (entry.path().extension() != ".gguf")
      continue;
    StatusOr<Checkpoint> config = openConfig(entry.path().string());
    ASSERT_TRUE(config.ok()) << config.status().message();
    EXPECT_FALSE(config->configOnly);
    EXPECT_EQ(configError(entry.path().string()), "");
  }
}

TEST(OpenConfig, NamesTheModelByItsFileOrFolder) {
  ConfigFile usual(contentOf(data + "tiny/llama/config.json"));
  EXPECT_EQ(openConfig(usual.file.string())->name, usual.folder.filename().string());
  EXPECT_EQ(openConfig(usual.folder.string())->name, usual.folder.filename().string());
  EXPECT_EQ(openConfig(usual.folder.string() + "/")->name, usual.folder.filename().string());
  EXPECT_EQ(openConfig(examples + "llama-3-8b.json")->name, "llama-3-8b");
}

TEST(OpenConfig, CountsThePublishedParameters) {
  struct Case {
    const char *file;
    double parameters;
    Format format;
  };
  for (const Case &model : {Case{"llama-2-70b.json", 68976648192.0, Format::F16},
                            Case{"llama-3-8b.json", 8030261248.0, Format::BF16},
                            Case{"llama-3-70b.json", 70553706496.0, Format::BF16}}) {
    StatusOr<Checkpoint> config = openConfig(examples + model.file);
    ASSERT_TRUE(config.ok()) << config.status().message();
    MLIRContext context;
    StatusOr<ImportedModel> imported = importModel(*config, context);
    ASSERT_TRUE(imported.ok()) << imported.status().message();
    EXPECT_EQ(countParameters(*imported->module), model.parameters) << model.file;
    imported->module->walk([&](nn::ParamOp op) {
      EXPECT_EQ(cast<nn::WeightType>(op.getWeight().getType()).getFormat(), model.format);
    });
  }
}

TEST(OpenConfig, TakesTheFormatFromEitherKey) {
  struct Case {
    const char *to;
    Format format;
  };
  for (const Case &key :
       {Case{"\"dtype\": \"float16\"", Format::F16}, Case{"\"torch_dtype\": \"float32\"", Format::F32},
        Case{"\"torch_dtype\": \"float16\", \"dtype\": \"float16\"", Format::F16},
        Case{"\"comment\": \"none\"", Format::BF16}}) {
    ConfigFile file(edited("llama", "\"dtype\": \"float32\"", key.to));
    StatusOr<Checkpoint> config = openConfig(file.file.string());
    ASSERT_TRUE(config.ok()) << config.status().message();
    MLIRContext context;
    StatusOr<ImportedModel> model = importModel(*config, context);
    ASSERT_TRUE(model.ok()) << model.status().message();
    model->module->walk([&](nn::ParamOp op) {
      EXPECT_EQ(cast<nn::WeightType>(op.getWeight().getType()).getFormat(), key.format);
    });
  }
}

TEST(OpenConfig, TakesBiasesAndTheTiedHeadFromTheConfiguration) {
  auto parameters = [](const std::string &text) {
    ConfigFile file(text);
    StatusOr<Checkpoint> config = openConfig(file.file.string());
    MLIRContext context;
    return countParameters(*importModel(*config, context)->module);
  };
  double plain = parameters(edited("llama", "", ""));
  // Two layers: q 64, k and v 32 each, o 64; gate and up 96 each, down 64; the head 131x64.
  EXPECT_EQ(parameters(edited("llama", "\"attention_bias\": false", "\"attention_bias\": true")),
            plain + 2 * (64 + 32 + 32 + 64));
  EXPECT_EQ(parameters(edited("llama", "\"mlp_bias\": false", "\"mlp_bias\": true")),
            plain + 2 * (96 + 96 + 64));
  EXPECT_EQ(parameters(edited("llama", "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true")),
            plain - 131 * 64);
}

TEST(OpenConfig, BoundsTheLayers) {
  auto error = [](const char *layers) {
    ConfigFile file(
        edited("llama", "\"num_hidden_layers\": 2", std::string("\"num_hidden_layers\": ") + layers));
    return configError(file.file.string());
  };
  EXPECT_EQ(error("1"), "");
  EXPECT_EQ(error("10000"), "");
  EXPECT_CONTAINS(error("10001"),
                  "'num_hidden_layers': expected a whole number from 1 to 10000, found 10001");
  EXPECT_CONTAINS(error("0"), "'num_hidden_layers': expected a whole number from 1 to 10000, found 0");
}

TEST(OpenConfig, RefusesInOneSentence) {
  struct Case {
    const char *from, *to, *expected;
  };
  for (const Case &bad :
       {Case{"\"model_type\": \"llama\"", "\"model_type\": \"mamba\"",
             "expected one of the families gpt2, llama, found 'mamba'"},
        Case{"\"model_type\": \"llama\"", "\"model_type\": 7", "expected text as 'model_type'"},
        Case{"\"dtype\": \"float32\"", "\"dtype\": \"float8_e4m3fn\"",
             "'dtype': expected one of \"float32\", \"float16\", \"bfloat16\", found \"float8_e4m3fn\""},
        Case{"\"dtype\": \"float32\"", "\"dtype\": \"float32\", \"torch_dtype\": \"float16\"",
             "'torch_dtype': expected what 'dtype' says, \"float32\", found \"float16\""},
        Case{"\"hidden_size\": 64", "\"hidden\": 64", "'hidden_size': expected a whole number"},
        Case{"\"hidden_act\": \"silu\"", "\"hidden_act\": \"relu\"", "'hidden_act': expected \"silu\""},
        Case{"\"hidden_act\"", "hidden_act", "config.json"}}) {
    ConfigFile file(edited("llama", bad.from, bad.to));
    std::string error = configError(file.folder.string());
    EXPECT_CONTAINS(error, bad.expected);
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST(OpenConfig, RefusesWhatIsNoConfiguration) {
  ConfigFile list("[1, 2]", "list.json");
  EXPECT_CONTAINS(configError(list.file.string()), "starts neither with '{' nor with 'GGUF'");
  EXPECT_CONTAINS(configError(list.folder.string()), "expected a directory with a config.json, found none");
  EXPECT_CONTAINS(configError(list.folder.string() + "/none"), "found no such file or directory");
  EXPECT_CONTAINS(configError(data + "tiny/llama/model.safetensors"),
                  "expected a config.json or a GGUF file");
  ConfigFile blank(" \n", "blank.json");
  EXPECT_CONTAINS(configError(blank.file.string()), "found a file of 2 bytes");
  ConfigFile empty("", "empty.json");
  EXPECT_NE(configError(empty.file.string()), "");
}

} // namespace
