// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What tests of nn passes share: stored models and their logits.
#pragma once

#include "dialects/nn/Nn.h"
#include "import/families/ImportModel.h"
#include "interpreter/Interpreter.h"
#include "passes/nn/Passes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sennit {

/// Parameters read from a checkpoint.
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

/// The paths of every checkpoint in test/data that import takes.
inline std::vector<std::string> storedCheckpoints() {
  std::vector<std::string> paths;
  const std::string data = std::string(SENNIT_TEST_DIR) + "/data/";
  for (const auto &entry : std::filesystem::directory_iterator(data + "tiny"))
    if (entry.is_directory())
      paths.push_back(entry.path().string());
  for (const auto &entry : std::filesystem::directory_iterator(data + "gguf"))
    if (entry.path().extension() == ".gguf")
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The logits of every row of a short prompt; a failure fails the test and gives none.
inline std::vector<float> logitsOf(mlir::ModuleOp module, WeightSource &weights) {
  auto interpreter = Interpreter::create(module, weights);
  EXPECT_TRUE(interpreter.ok()) << interpreter.status().message();
  if (!interpreter.ok())
    return {};
  std::vector<int32_t> ids = {5, 17, 3, 3, 42, 8, 1};
  auto logits = (*interpreter)->run(ids, Interpreter::Rows::Every);
  EXPECT_TRUE(logits.ok()) << logits.status().message();
  return logits.ok() ? logits.take() : std::vector<float>();
}

} // namespace sennit
