// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Stored models through import and the interpreter give the logits of the reference implementation
// (transformers, f64).
#include "import/Json.h"
#include "import/families/ImportModel.h"
#include "interpreter/Interpreter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

using namespace sennit;
using namespace mlir;
namespace fs = std::filesystem;

namespace {

const std::string data = std::string(SENNIT_TEST_DIR) + "/data/";

/// The interpreter's view of an imported checkpoint. Borrows both.
class CheckpointWeights : public WeightSource {
public:
  CheckpointWeights(const Checkpoint &checkpoint, const std::vector<ParamSource> &params)
      : checkpoint(checkpoint) {
    for (const ParamSource &source : params)
      byName[source.name] = &source;
  }

  Status readRow(std::string_view name, int64_t row, std::span<uint8_t> bytes) override {
    auto found = byName.find(std::string(name));
    if (found == byName.end() || row < 0 || row >= found->second->rows ||
        bytes.size() != static_cast<size_t>(found->second->rowBytes()))
      return invalidInput("no such row of parameter '" + std::string(name) + "'");
    sennit::readRow(checkpoint, *found->second, row, bytes.data());
    return Status::okay();
  }

private:
  const Checkpoint &checkpoint;
  std::map<std::string, const ParamSource *> byName;
};

struct Case {
  std::string checkpoint, golden;
  double tolerance; ///< of the largest logit
};

std::vector<Case> storedCases() {
  std::vector<Case> cases;
  for (const auto &entry : fs::directory_iterator(data + "tiny"))
    if (entry.is_directory())
      cases.push_back({entry.path().string(), (entry.path() / "golden.json").string(), 1e-4});
  for (const auto &entry : fs::directory_iterator(data + "gguf"))
    if (entry.path().extension() == ".gguf")
      cases.push_back(
          {entry.path().string(), fs::path(entry.path()).replace_extension(".json").string(), 2e-4});
  std::sort(cases.begin(), cases.end(),
            [](const Case &a, const Case &b) { return a.checkpoint < b.checkpoint; });
  return cases;
}

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, InterpreterGivesTheLogits) {
  std::ifstream file(GetParam().golden);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  StatusOr<nlohmann::json> golden = parseJson(text, GetParam().golden);
  ASSERT_TRUE(golden.ok()) << golden.status().message();
  auto ids = (*golden)["ids"].get<std::vector<int32_t>>();
  auto argmax = (*golden)["argmax"].get<std::vector<int32_t>>();
  auto last = (*golden)["logits_last"].get<std::vector<double>>();
  ASSERT_EQ(argmax.size(), ids.size());

  StatusOr<Checkpoint> checkpoint = openCheckpoint(GetParam().checkpoint);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  ASSERT_TRUE(model.ok()) << model.status().message();
  CheckpointWeights weights(*checkpoint, model->params);
  auto interpreter = Interpreter::create(*model->module, weights);
  ASSERT_TRUE(interpreter.ok()) << interpreter.status().message();
  StatusOr<std::vector<float>> logits = (*interpreter)->run(ids, Interpreter::Rows::Every);
  ASSERT_TRUE(logits.ok()) << logits.status().message();
  size_t width = last.size();
  ASSERT_EQ(logits->size(), ids.size() * width);

  double largest = 0, difference = 0;
  const float *lastRow = logits->data() + (ids.size() - 1) * width;
  for (size_t i = 0; i < width; ++i) {
    largest = std::max(largest, std::fabs(last[i]));
    difference = std::max(difference, std::fabs(last[i] - lastRow[i]));
  }
  EXPECT_LE(difference, GetParam().tolerance * largest);

  int ties = 0;
  for (size_t row = 0; row < ids.size(); ++row) {
    const float *begin = logits->data() + row * width;
    float best = *std::max_element(begin, begin + width);
    if (begin[argmax[row]] == best)
      continue;
    EXPECT_LE(best - begin[argmax[row]], 2 * GetParam().tolerance * largest) << "row " << row;
    ++ties;
  }
  EXPECT_LE(ties, 2);
}

INSTANTIATE_TEST_SUITE_P(All, Golden, testing::ValuesIn(storedCases()), [](const auto &info) {
  std::string name = fs::path(info.param.checkpoint).filename().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
  return name;
});

} // namespace
