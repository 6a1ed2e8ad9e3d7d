// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Collectives follow from shardings: taken away, they come back the same; one dropped, doubled or moved is
// found.
#include "passes/nn/Layout.h"
#include "passes/nn/RandomModelTesting.h"
#include "passes/nn/StoredModelTesting.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

using namespace sennit;
using namespace mlir;

namespace {

using Passes = std::vector<std::unique_ptr<Pass> (*)()>;

bool run(ModuleOp module, const Passes &passes) {
  PassManager manager(module.getContext());
  for (auto create : passes)
    manager.addPass(create());
  return succeeded(manager.run(module));
}

bool shard(ModuleOp module, int64_t ranks, const std::string &output) {
  PassManager manager(module.getContext());
  manager.addPass(createShardPass({.layout = "tp=" + std::to_string(ranks), .output = output}));
  manager.addPass(createInsertCollectivesPass());
  manager.addPass(createVerifyCollectivesPass());
  return succeeded(manager.run(module));
}

std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return text;
}

SmallVector<nn::CollectiveOpInterface> collectivesOf(ModuleOp module) {
  SmallVector<nn::CollectiveOpInterface> found;
  module.walk([&](nn::CollectiveOpInterface op) { found.push_back(op); });
  return found;
}

/// Whether the damaged module is one that could have been written, and is rejected.
void expectRejected(ModuleOp module, const std::string &damage) {
  ASSERT_TRUE(succeeded(verify(module))) << damage;
  ScopedDiagnosticHandler quiet(module.getContext(), [](Diagnostic &) { return success(); });
  EXPECT_FALSE(run(module, {createVerifyCollectivesPass})) << damage << "\n" << textOf(module);
}

TEST(Layout, SaysHowManyRanksThereAre) {
  EXPECT_EQ(parseLayout("").take().tensorParallel, 1);
  EXPECT_EQ(parseLayout("tp=1").take().tensorParallel, 1);
  EXPECT_EQ(parseLayout("tp=7").take().tensorParallel, 7);
  EXPECT_EQ(parseLayout("tp=65536").take().tensorParallel, 65536);
  for (const char *text : {"tp", "8", "tp8", "dp=8", "=8", "TP=8", " tp=8"})
    EXPECT_EQ(parseLayout(text).status().message(),
              std::string("expected a layout like tp=8, found '") + text + "'");
  for (const char *text :
       {"tp=", "tp=0", "tp=-1", "tp=65537", "tp=8,tp=2", "tp=8 ", "tp=x", "tp=99999999999999999999"})
    EXPECT_EQ(parseLayout(text).status().message(),
              std::string("expected 1 to 65536 ranks in a layout, found '") + text + "'");
}

/// Damages a copy of the module for each of its collectives and expects that it is rejected.
void expectDroppedRejected(ModuleOp module) {
  for (size_t index = 0; index < collectivesOf(module).size(); ++index) {
    OwningOpRef<ModuleOp> damaged = module.clone();
    nn::CollectiveOpInterface op = collectivesOf(*damaged)[index];
    op->getResult(0).replaceAllUsesWith(op.getX());
    op.erase();
    expectRejected(*damaged, "dropped " + std::to_string(index));
  }
}

void expectBypassedRejected(ModuleOp module) {
  for (size_t index = 0; index < collectivesOf(module).size(); ++index) {
    Operation *whole = collectivesOf(module)[index];
    for (int64_t use = 0; use < std::distance(whole->use_begin(), whole->use_end()); ++use) {
      OwningOpRef<ModuleOp> damaged = module.clone();
      nn::CollectiveOpInterface op = collectivesOf(*damaged)[index];
      std::next(op->use_begin(), use)->set(op.getX());
      expectRejected(*damaged, "bypassed " + std::to_string(index));
    }
  }
}

void expectDoubledRejected(ModuleOp module) {
  for (size_t index = 0; index < collectivesOf(module).size(); ++index)
    for (StringRef way : {"in a chain", "beside, unused", "beside, used"}) {
      OwningOpRef<ModuleOp> damaged = module.clone();
      nn::CollectiveOpInterface op = collectivesOf(*damaged)[index];
      Operation *copy = op->clone();
      op->getBlock()->getOperations().insertAfter(op->getIterator(), copy);
      if (way != "beside, unused")
        op->getResult(0).replaceAllUsesExcept(copy->getResult(0), copy);
      if (way == "in a chain")
        copy->setOperand(0, op->getResult(0));
      expectRejected(*damaged, "doubled " + way.str() + " " + std::to_string(index));
    }
}

/// Every place in front of another op that is neither before the operand nor behind a use. Returns how many
/// there are.
size_t expectMovedRejected(ModuleOp module) {
  size_t moves = 0;
  for (size_t index = 0; index < collectivesOf(module).size(); ++index) {
    Operation *op = collectivesOf(module)[index];
    for (size_t place = 0; place < op->getBlock()->getOperations().size(); ++place) {
      OwningOpRef<ModuleOp> damaged = module.clone();
      Operation *moved = collectivesOf(*damaged)[index];
      Operation *before = &*std::next(moved->getBlock()->begin(), place);
      if (before == moved || before == moved->getNextNode())
        continue;
      moved->moveBefore(before);
      Operation *source = moved->getOperand(0).getDefiningOp();
      bool isLegal = source->isBeforeInBlock(moved) && llvm::all_of(moved->getUsers(), [&](Operation *user) {
                       return moved->isBeforeInBlock(user);
                     });
      if (!isLegal)
        continue;
      expectRejected(*damaged, "moved " + std::to_string(index) + " to " + std::to_string(place));
      ++moves;
    }
  }
  return moves;
}

void expectStrippedComesBack(ModuleOp whole) {
  OwningOpRef<ModuleOp> module = whole.clone();
  std::string text = textOf(*module);
  bool hasAny = !collectivesOf(*module).empty();
  ASSERT_TRUE(run(*module, {createStripCollectivesPass}));
  EXPECT_TRUE(collectivesOf(*module).empty());
  if (hasAny)
    expectRejected(*module, "all dropped");
  ASSERT_TRUE(run(*module, {createInsertCollectivesPass}));
  EXPECT_TRUE(textOf(*module) == text) << textOf(*module); // not _EQ: the texts are long
  ASSERT_TRUE(run(*module, {createInsertCollectivesPass}));
  EXPECT_TRUE(textOf(*module) == text) << "nothing is left to insert";
}

struct Case {
  std::string block, output;
  size_t collectives;
};

class ShardBlock : public testing::TestWithParam<Case> {
protected:
  OwningOpRef<ModuleOp> sharded(int64_t ranks = 4) {
    context.loadDialect<nn::NnDialect, func::FuncDialect>();
    auto module = parseSourceFile<ModuleOp>(
        std::string(SENNIT_TEST_DIR) + "/passes/nn/Inputs/" + GetParam().block + "-block.mlir", &context);
    EXPECT_TRUE(module && shard(*module, ranks, GetParam().output));
    EXPECT_EQ(collectivesOf(*module).size(), GetParam().collectives);
    return module;
  }
  MLIRContext context;
};

TEST_P(ShardBlock, InsertsAgainWhatWasStripped) {
  for (int64_t ranks : {2, 3, 4, 8, 9, 64})
    expectStrippedComesBack(*sharded(ranks));
}

TEST_P(ShardBlock, RejectsOneDropped) {
  expectDroppedRejected(*sharded());
}

TEST_P(ShardBlock, RejectsOneForSomeUsesOnly) {
  expectBypassedRejected(*sharded());
}

TEST_P(ShardBlock, RejectsOneDoubled) {
  expectDoubledRejected(*sharded());
}

TEST_P(ShardBlock, RejectsOneMoved) {
  OwningOpRef<ModuleOp> module = sharded();
  // The sum of the residual stream follows an all-reduce at once, so something is put between.
  for (auto [index, op] : llvm::enumerate(collectivesOf(*module))) {
    OpBuilder builder(&context);
    builder.setInsertionPointAfter(op);
    nn::ParamOp::create(builder, op.getLoc(), nn::WeightType::get(&context, {1}, Format::F32),
                        "spare" + std::to_string(index));
  }
  ASSERT_TRUE(run(*module, {createVerifyCollectivesPass}));
  EXPECT_GE(expectMovedRejected(*module), GetParam().collectives);
}

INSTANTIATE_TEST_SUITE_P(All, ShardBlock,
                         testing::Values(Case{"llama", "row", 2}, Case{"llama", "column", 3},
                                         Case{"gpt2", "row", 2}, Case{"gpt2", "column", 3},
                                         Case{"parallel", "row", 1}, Case{"parallel", "column", 3}),
                         [](const auto &info) { return info.param.block + "_" + info.param.output; });

TEST(ShardRandomGraphs, CollectivesFollowFromShardings) {
  MLIRContext context;
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  size_t collectives = 0, moves = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    auto module = parseSourceString<ModuleOp>(randomLinears(seed), &context);
    ASSERT_TRUE(module && shard(*module, 2, "row"));
    collectives += collectivesOf(*module).size();
    expectStrippedComesBack(*module);
    expectDroppedRejected(*module);
    expectBypassedRejected(*module);
    expectDoubledRejected(*module);
    moves += expectMovedRejected(*module);
    ASSERT_FALSE(HasFailure()) << textOf(*module);
  }
  EXPECT_GT(collectives, 150u);
  EXPECT_GT(moves, 100u);
}

TEST(ShardPipeline, TakesShardingsThatAreThereAlready) {
  MLIRContext context;
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  auto module = parseSourceFile<ModuleOp>(std::string(SENNIT_TEST_DIR) + "/passes/nn/Inputs/llama-block.mlir",
                                          &context);
  ASSERT_TRUE(module);
  OwningOpRef<ModuleOp> byLayout = module->clone();
  PassManager first(&context), second(&context);
  buildNnPipeline(first, {.layout = "tp=4"});
  ASSERT_TRUE(succeeded(first.run(*byLayout)));

  ASSERT_TRUE(shard(*module, 4, "row") && run(*module, {createStripCollectivesPass}));
  buildNnPipeline(second);
  ASSERT_TRUE(succeeded(second.run(*module)));
  EXPECT_TRUE(textOf(*module) == textOf(*byLayout));
}

class ShardStored : public testing::TestWithParam<std::string> {};

TEST_P(ShardStored, KeepsEveryBitAndHasAFormOnOneRank) {
  StatusOr<Checkpoint> checkpoint = openCheckpoint(GetParam());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  ASSERT_TRUE(model.ok()) << model.status().message();
  CheckpointWeights weights(*checkpoint, model->params);
  std::vector<float> expected = logitsOf(*model->module, weights);
  ASSERT_FALSE(expected.empty());

  for (const char *output : {"row", "column"}) {
    OwningOpRef<ModuleOp> one = model->module->clone();
    ASSERT_TRUE(shard(*one, 1, output));
    EXPECT_TRUE(textOf(*one) == textOf(*model->module)) << "one rank changes nothing";
    for (int64_t ranks : {2, 3, 8}) {
      OwningOpRef<ModuleOp> module = model->module->clone();
      ASSERT_TRUE(shard(*module, ranks, output)) << ranks;
      EXPECT_FALSE(collectivesOf(*module).empty());
      EXPECT_TRUE(logitsOf(*module, weights) == expected) << "collectives are the identity on whole values";
      std::string text = textOf(*module);
      ASSERT_TRUE(run(*module, {createStripCollectivesPass, createInsertCollectivesPass}));
      EXPECT_TRUE(textOf(*module) == text);

      OwningOpRef<ModuleOp> rank = model->module->clone();
      PassManager manager(&context);
      buildNnPipeline(manager, {.layout = "tp=" + std::to_string(ranks), .output = output});
      ASSERT_TRUE(succeeded(manager.run(*rank))) << ranks;
      EXPECT_EQ(textOf(*rank).find("nn.sharding"), std::string::npos);
      EXPECT_TRUE(run(*rank, {[]() -> std::unique_ptr<Pass> { return createVerifyNnInputPass(); }}));
      EXPECT_EQ(collectivesOf(*rank).size(), collectivesOf(*module).size());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ShardStored, testing::ValuesIn(storedCheckpoints()), [](const auto &info) {
  std::string name = std::filesystem::path(info.param).filename().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
  return name;
});

} // namespace
