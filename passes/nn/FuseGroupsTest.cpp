// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Fusing changes no number: every stored model means the same to the interpreter, bit for bit, before and
// after.
#include "passes/nn/StoredModelTesting.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <random>

using namespace sennit;
using namespace mlir;
namespace fs = std::filesystem;

namespace {

class FuseStored : public testing::TestWithParam<std::string> {};

TEST_P(FuseStored, KeepsEveryBit) {
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

/// Every parameter is the same 8 elements, shifted by row.
class PatternWeights : public WeightSource {
public:
  Status readRow(std::string_view name, int64_t row, std::span<uint8_t> bytes) override {
    for (size_t i = 0; i < bytes.size() / 4; ++i) {
      auto value = static_cast<float>((name.size() * 7 + row * 5 + i * 3) % 11) / 8.0f - 0.5f;
      std::memcpy(bytes.data() + 4 * i, &value, 4);
    }
    return {};
  }
};

/// A model whose ops read each other at random: 24 ops, each over values that came before.
std::string randomModel(unsigned seed) {
  std::mt19937 generator(seed);
  std::string text =
      R"(func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>,
    %batch: !nn.batch) -> tensor<?x8xf32> {
  %g = nn.param "g" : !nn.weight<8, f32>
  %w = nn.param "w" : !nn.weight<8x8, f32>
  %e = nn.param "embed" : !nn.weight<50x8, f32>
  %v0 = nn.embed %tokens, %e : (tensor<?xi32>, !nn.weight<50x8, f32>) -> tensor<?x8xf32>
)";
  const std::string type = "tensor<?x8xf32>";
  for (int i = 1; i <= 24; ++i) {
    // Near values are likelier, so that chains arise as well as values with many users.
    auto value = [&] {
      return "%v" + std::to_string(std::max<int>(0, i - 1 - static_cast<int>(generator() % 5)));
    };
    std::string a = value(), b = value(), op;
    switch (generator() % 8) {
    case 0:
    case 1:
    case 2:
      op = "nn.linear " + a + ", %w : (" + type + ", !nn.weight<8x8, f32>) -> " + type;
      break;
    case 3:
      op = "nn.rms_norm " + a + ", %g {eps = 1.0e-5 : f32} : (" + type + ", !nn.weight<8, f32>) -> " + type;
      break;
    case 4:
      op = "nn.silu " + a + " : " + type;
      break;
    case 5:
      op = "nn.softmax " + a + " : " + type;
      break;
    case 6:
      op = "nn.add " + a + ", " + b + " : " + type;
      break;
    default:
      op = "nn.mul " + a + ", " + b + " : " + type;
      break;
    }
    text += "  %v" + std::to_string(i) + " = " + op + "\n";
  }
  text += "  %r = nn.gather_rows %v24, %wanted : (" + type + ", tensor<?xi32>) -> " + type + "\n";
  text += "  %l = nn.linear %r, %w : (" + type + ", !nn.weight<8x8, f32>) -> " + type + "\n";
  return text + "  return %l : " + type + "\n}\n";
}

TEST(FuseGroups, KeepsEveryBitOfRandomGraphs) {
  MLIRContext context;
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  PatternWeights weights;
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::string text = randomModel(seed);
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    std::vector<float> expected = logitsOf(*module, weights);
    PassManager manager(&context);
    manager.addPass(createFuseGroupsPass());
    manager.addPass(createVerifyFusedPass());
    ASSERT_TRUE(succeeded(manager.run(*module))) << text;
    EXPECT_TRUE(logitsOf(*module, weights) == expected) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(All, FuseStored, testing::ValuesIn(storedCheckpoints()), [](const auto &info) {
  std::string name = fs::path(info.param).filename().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
  return name;
});

} // namespace
