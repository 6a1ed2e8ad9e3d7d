// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the interpreter's tests share: modules from text, parameters from tables.
#pragma once

#include "interpreter/Evaluate.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <string>

namespace sennit::interpreter {

/// Parameters as rows of bytes by name; counts how often each row is read.
class TableSource : public WeightSource {
public:
  Status readRow(std::string_view name, int64_t row, std::span<uint8_t> bytes) override {
    auto found = table.find(name);
    if (found == table.end() || row >= static_cast<int64_t>(found->second.size()))
      return invalidInput("expected a row " + std::to_string(row) + " of " + std::string(name));
    if (found->second[row].size() != bytes.size())
      return invalidInput("expected rows of " + std::to_string(found->second[row].size()) + " bytes, found " +
                          std::to_string(bytes.size()));
    std::copy(found->second[row].begin(), found->second[row].end(), bytes.begin());
    ++reads;
    return {};
  }

  void set(const std::string &name, const std::vector<std::vector<float>> &rows) {
    table[name].clear();
    for (const std::vector<float> &row : rows) {
      std::vector<uint8_t> bytes;
      for (float value : row)
        for (int shift = 0; shift < 32; shift += 8)
          bytes.push_back(static_cast<uint8_t>(std::bit_cast<uint32_t>(value) >> shift));
      table[name].push_back(bytes);
    }
  }

  std::map<std::string, std::vector<std::vector<uint8_t>>, std::less<>> table;
  int64_t reads = 0;
};

/// A parsed module and its context; a text that does not parse fails the test.
struct TestModule {
  explicit TestModule(const std::string &text) {
    context.loadDialect<nn::NnDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
  }
  mlir::Block &block(llvm::StringRef name = "f") {
    return module->lookupSymbol<mlir::func::FuncOp>(name).getBody().front();
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

inline Datum tensorOf(const std::vector<std::vector<float>> &rows) {
  Tensor tensor(rows.size(), rows.front().size());
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i].begin(), rows[i].end(), tensor.row(i));
  return std::make_shared<const Tensor>(std::move(tensor));
}

inline Datum indicesOf(std::vector<int32_t> values) {
  return std::make_shared<const std::vector<int32_t>>(std::move(values));
}

inline const std::vector<float> &floats(const Datum &datum) {
  return std::get<TensorPtr>(datum)->data;
}

/// Runs function @f of the text; failures become test failures and an empty result.
inline std::vector<Datum> evaluate(const std::string &text, std::vector<Datum> arguments, TableSource &source,
                                   bool quantisedActivations = false) {
  TestModule module(text);
  WeightTable weights(source, 1 << 20);
  auto results = evaluateBlock(module.block(), std::move(arguments), weights, quantisedActivations);
  EXPECT_TRUE(results.ok()) << results.status().message();
  return results.ok() ? results.take() : std::vector<Datum>();
}

inline void expectNear(const std::vector<float> &found, const std::vector<float> &expected,
                       float tolerance = 1e-6f) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], tolerance) << "element " << i;
}

} // namespace sennit::interpreter
