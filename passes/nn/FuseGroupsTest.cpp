// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Fusing changes no number: every stored model means the same to the interpreter, bit for bit, before and
// after.
#include "import/families/ImportModel.h"
#include "interpreter/Interpreter.h"
#include "passes/nn/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

using namespace sennit;
using namespace mlir;
namespace fs = std::filesystem;

namespace {

class CheckpointWeights : public WeightSource {
public:
  CheckpointWeights(const Checkpoint &checkpoint, const std::vector<ParamSource> &params)
      : checkpoint(checkpoint) {
    for (const ParamSource &source : params)
      byName[source.name] = &source;
  }
  Status readRow(std::string_view name, int64_t row, std::span<uint8_t> bytes) override {
    auto found = byName.find(name);
    if (found == byName.end())
      return invalidInput("expected a parameter " + std::string(name));
    sennit::readRow(checkpoint, *found->second, row, bytes.data());
    return {};
  }

private:
  const Checkpoint &checkpoint;
  std::map<std::string, const ParamSource *, std::less<>> byName;
};

std::vector<std::string> storedCheckpoints() {
  std::vector<std::string> paths;
  const std::string data = std::string(SENNIT_TEST_DIR) + "/data/";
  for (const auto &entry : fs::directory_iterator(data + "tiny"))
    if (entry.is_directory())
      paths.push_back(entry.path().string());
  for (const auto &entry : fs::directory_iterator(data + "gguf"))
    if (entry.path().extension() == ".gguf")
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<float> logitsOf(ModuleOp module, WeightSource &weights) {
  auto interpreter = Interpreter::create(module, weights);
  EXPECT_TRUE(interpreter.ok()) << interpreter.status().message();
  if (!interpreter.ok())
    return {};
  std::vector<int32_t> ids = {5, 17, 3, 3, 42, 8, 1};
  auto logits = (*interpreter)->run(ids, Interpreter::Rows::Every);
  EXPECT_TRUE(logits.ok()) << logits.status().message();
  return logits.ok() ? logits.take() : std::vector<float>();
}

class FuseGroups : public testing::TestWithParam<std::string> {};

TEST_P(FuseGroups, KeepsEveryBit) {
  StatusOr<Checkpoint> checkpoint = openCheckpoint(GetParam());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  ASSERT_TRUE(model.ok()) << model.status().message();
  CheckpointWeights weights(*checkpoint, model->params);
  std::vector<float> expected = logitsOf(*model->module, weights);
  ASSERT_FALSE(expected.empty());

  const std::string bare = std::string(SENNIT_TEST_DIR) + "/passes/nn/Inputs/bare.json";
  for (const std::string &target : {std::string("cpu-avx2"), std::string("cpu-avx512"), bare}) {
    OwningOpRef<ModuleOp> fused = model->module->clone();
    PassManager manager(&context);
    buildNnPipeline(manager, {.target = target});
    ASSERT_TRUE(succeeded(manager.run(*fused))) << target;
    EXPECT_TRUE(logitsOf(*fused, weights) == expected) << target;

    // The text of the phase means the same, and going on from it fuses nothing again.
    std::string text;
    llvm::raw_string_ostream(text) << *fused;
    OwningOpRef<ModuleOp> again = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(again) << target;
    ASSERT_TRUE(succeeded(manager.run(*again))) << target;
    std::string textAgain;
    llvm::raw_string_ostream(textAgain) << *again;
    EXPECT_TRUE(textAgain == text) << target; // not _EQ: the texts are long
    EXPECT_TRUE(logitsOf(*again, weights) == expected) << target;
  }
}

INSTANTIATE_TEST_SUITE_P(All, FuseGroups, testing::ValuesIn(storedCheckpoints()), [](const auto &info) {
  std::string name = fs::path(info.param).filename().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
  return name;
});

} // namespace
