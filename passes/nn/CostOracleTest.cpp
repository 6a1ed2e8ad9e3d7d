// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The cost interface against the cost table of NanoFlow (OSDI 2025): LLaMA-2-70B on 8 GPUs, a step of 2048
// rows at prompts of 512 and outputs of 1024 tokens, f16 throughout. Its bytes count what an op reads and
// writes once for all GPUs, so they are those of the module of all ranks, and the wire's those of every rank.
#include "dialects/nn/Nn.h"
#include "passes/nn/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace sennit;
using namespace sennit::nn;
using namespace mlir;

namespace {

constexpr double layers = 80, ranks = 8, rows = 2048, prompt = 512, output = 1024;
/// Of 1536 tokens of a request 1024 are generated, each with the prompt and half of the output before it.
constexpr double generatedRows = rows * output / (prompt + output), promptRows = rows - generatedRows;
constexpr double generatedContext = prompt + output / 2;

/// The ops of the published table.
struct Sums {
  double gflop = 0, gigabytes = 0, wireGigabytes = 0;
};

class CostOracle : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    context.loadDialect<NnDialect, func::FuncDialect>();
    module = parseSourceFile<ModuleOp>(
        std::string(SENNIT_TEST_DIR) + "/passes/nn/Inputs/llama-70b-block.mlir", &context);
    ASSERT_TRUE(module);
    PassManager manager(&context);
    manager.addPass(createShardPass({.layout = "tp=8", .output = GetParam()}));
    manager.addPass(createInsertCollectivesPass());
    ASSERT_TRUE(succeeded(manager.run(*module)));
  }

  /// Of the ops that `matches`, over all layers; rows that several of them read count once.
  template <typename Matches>
  Sums sum(double atRows, double atContext, Matches matches) {
    Sums sums;
    DenseSet<Value> read;
    module->walk([&](CostOpInterface op) {
      if (!matches(op.getOperation()))
        return;
      OpCost cost = op.getCost({.cacheElementBytes = 2, .activationBytes = 2});
      sums.gflop += layers * cost.flops.at(atRows, atContext) / 1e9;
      double bytes = cost.bytes(atRows, atContext);
      for (Value operand : op->getOperands())
        if (!read.insert(operand).second)
          bytes -= atRows * rowBytes(operand.getType(), 2);
      sums.gigabytes += layers * bytes / 1e9;
      sums.wireGigabytes += layers * ranks * cost.wireBytes.at(atRows, atContext) / 1e9;
    });
    return sums;
  }
  /// Linears by the names of their weights.
  Sums linears(std::initializer_list<StringRef> names) {
    return sum(rows, 0, [&](Operation *op) {
      auto linear = dyn_cast<LinearOp>(op);
      return linear && llvm::is_contained(names, linear.getWeight().getDefiningOp<ParamOp>().getParamName());
    });
  }
  Sums attention(Role role, double atRows, double atContext) {
    return sum(atRows, atContext, [&](Operation *op) {
      auto attention = dyn_cast<AttentionOp>(op);
      return attention && attention.getRole() == role;
    });
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

void expectClose(double found, double expected, double part) {
  EXPECT_NEAR(found, expected, part * expected);
}

TEST_P(CostOracle, Linears) {
  struct Row {
    std::initializer_list<StringRef> names;
    double gflop, gigabytes;
  };
  for (const Row &row : {Row{{"w_q0", "w_k0", "w_v0"}, 27487.8, 19.5}, Row{{"w_o0"}, 21990.2, 16.1},
                         Row{{"w_u0", "w_ga0"}, 153931.6, 96.6}, Row{{"w_d0"}, 76965.8, 49.7}}) {
    Sums sums = linears(row.names);
    expectClose(sums.gflop, row.gflop, 0.002);
    expectClose(sums.gigabytes, row.gigabytes, 0.003); // published to three digits
    EXPECT_EQ(sums.wireGigabytes, 0);
  }
}

TEST_P(CostOracle, Attention) {
  Sums generated = attention(Role::Generated, generatedRows, generatedContext);
  expectClose(generated.gflop, 3665.9, 0.01);
  expectClose(generated.gigabytes, 462.2, 0.01);
  Sums prompts = attention(Role::Prompt, promptRows, prompt); // the table counts all keys for each row
  expectClose(prompts.gflop, 916.3, 0.002);
  expectClose(prompts.gigabytes, 2.1, 0.05);
}

TEST_P(CostOracle, Network) {
  Sums network = sum(rows, 0, [](Operation *op) { return isa<CollectiveOpInterface>(op); });
  expectClose(network.wireGigabytes, 75.2, 0.002);
}

INSTANTIATE_TEST_SUITE_P(All, CostOracle, testing::Values("row", "column"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
