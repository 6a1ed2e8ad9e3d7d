// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "interpreter/Interpreter.h"

#include "interpreter/TestModule.h"

using namespace sennit;
using namespace sennit::interpreter;

/// One layer of one head over five token ids, a q8_0 head of 32 columns.
static const char *modelText = R"(
func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch,
    %c0: !nn.cache<1x32>)
    -> (tensor<?x3xf32>, !nn.cache<1x32>) {
  %e = nn.param "e" : !nn.weight<5x32, f32>
  %h = nn.param "h" : !nn.weight<3x32, q8_0>
  %x = nn.embed %tokens, %e : (tensor<?xi32>, !nn.weight<5x32, f32>) -> tensor<?x32xf32>
  %r = nn.rope %x, %positions {frequencies = array<f32: 1.0, 0.1>, head_dim = 32 : i64,
      heads = 1 : i64, scale = 1.0 : f32}
    : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x32xf32>
  %c = nn.cache_append %c0, %r, %x, %batch
      : (!nn.cache<1x32>, tensor<?x32xf32>, tensor<?x32xf32>, !nn.batch) -> !nn.cache<1x32>
  %g = nn.attention generated %r, %c, %batch, %positions {heads = 1 : i64, scale = 0.2 : f32}
    : (tensor<?x32xf32>, !nn.cache<1x32>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
  %p = nn.attention prompt %r, %c, %batch, %positions into %g {heads = 1 : i64, scale = 0.2 : f32}
    : (tensor<?x32xf32>, !nn.cache<1x32>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %w = nn.gather_rows %p, %wanted : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x32xf32>
  %l = nn.linear %w, %h : (tensor<?x32xf32>, !nn.weight<3x32, q8_0>) -> tensor<?x3xf32>
  return %l, %c : tensor<?x3xf32>, !nn.cache<1x32>
})";

struct Model {
  Model() : module(modelText) {
    std::vector<std::vector<float>> embedding(5, std::vector<float>(32));
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 32; ++j)
        embedding[i][j] = static_cast<float>((i * 37 + j * 11) % 23 - 11) / 8.0f;
    source.set("e", embedding);
    for (int i = 0; i < 3; ++i) {
      std::vector<uint8_t> block = {0x00, 0x2C}; // scale 1/16
      for (int j = 0; j < 32; ++j)
        block.push_back(static_cast<uint8_t>((i * 53 + j * 29) % 251));
      source.table["h"].push_back(block);
    }
  }
  std::unique_ptr<Interpreter> interpreter(InterpreterOptions options = {}) {
    auto made = Interpreter::create(*module.module, source, options);
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.take();
  }
  TestModule module;
  TableSource source;
};

static std::vector<float> run(Interpreter &interpreter, std::vector<int32_t> ids,
                              Interpreter::Rows rows = Interpreter::Rows::Every) {
  auto logits = interpreter.run(ids, rows);
  EXPECT_TRUE(logits.ok()) << logits.status().message();
  return logits.ok() ? logits.take() : std::vector<float>();
}

TEST(Interpreter, DecodesAsItPrefills) {
  for (bool quantised : {false, true}) {
    Model model;
    auto whole = model.interpreter({.quantisedActivations = quantised});
    auto parts = model.interpreter({.quantisedActivations = quantised});
    std::vector<float> expected = run(*whole, {4, 0, 3, 1, 2, 2}), found = run(*parts, {4, 0, 3});
    for (int32_t id : {1, 2, 2}) {
      std::vector<float> last = run(*parts, {id}, Interpreter::Rows::Last);
      found.insert(found.end(), last.begin(), last.end());
    }
    EXPECT_EQ(found, expected); // bit for bit
    EXPECT_EQ(parts->length(), 6);
    EXPECT_EQ(parts->vocabulary(), 3);
  }
}

TEST(Interpreter, RolesDoNotChangeNumbers) {
  Model model;
  auto prompt = model.interpreter(), mixed = model.interpreter();
  std::vector<int32_t> ids = {1, 2, 3}, wanted = {0, 1, 2};
  EXPECT_EQ(*prompt->step(ids, 0, wanted), *mixed->step(ids, 2, wanted));
}

TEST(Interpreter, TruncateForgets) {
  Model model;
  auto interpreter = model.interpreter(), fresh = model.interpreter();
  run(*interpreter, {4, 0, 3, 1});
  interpreter->truncate(2);
  EXPECT_EQ(interpreter->length(), 2);
  run(*fresh, {4, 0});
  EXPECT_EQ(run(*interpreter, {2}), run(*fresh, {2}));
  interpreter->truncate(0);
  fresh->truncate(0);
  EXPECT_EQ(run(*interpreter, {1, 1}), run(*fresh, {1, 1}));
}

TEST(Interpreter, AFailedStepChangesNothing) {
  Model model;
  auto interpreter = model.interpreter(), fresh = model.interpreter();
  run(*interpreter, {4});
  run(*fresh, {4});
  std::vector<int32_t> bad = {1, 7}, none, one = {0};
  EXPECT_EQ(interpreter->run(bad, Interpreter::Rows::Last).status().message(),
            "expected indices of e in [0, 5), found 7 at row 1");
  EXPECT_EQ(interpreter->run(none, Interpreter::Rows::Last).status().message(),
            "expected at least one id, found none");
  EXPECT_EQ(interpreter->step(one, 2, one).status().message(), "expected generated rows in [0, 1], found 2");
  std::vector<int32_t> beyond = {5}; // fails after the cache was written
  EXPECT_EQ(interpreter->step(one, 0, beyond).status().message(), "expected rows in [0, 1), found 5");
  EXPECT_EQ(interpreter->length(), 1);
  EXPECT_EQ(run(*interpreter, {3}), run(*fresh, {3}));
}

TEST(Interpreter, DecodingWeightsAgainChangesNothing) {
  for (bool quantised : {false, true}) {
    Model kept, again;
    auto a = kept.interpreter({.quantisedActivations = quantised});
    auto b = again.interpreter({.quantisedActivations = quantised, .weightCacheBytes = 0});
    EXPECT_EQ(run(*a, {1, 2}), run(*b, {1, 2}));
    int64_t keptReads = kept.source.reads, againReads = again.source.reads;
    EXPECT_EQ(run(*a, {3}), run(*b, {3}));
    EXPECT_EQ(kept.source.reads - keptReads, 1); // the embedding's row alone
    EXPECT_EQ(again.source.reads - againReads, 4);
  }
}

TEST(Interpreter, RefusesOtherSignatures) {
  TableSource source;
  TestModule none("func.func @other() { return }");
  EXPECT_EQ(Interpreter::create(*none.module, source).status().message(),
            "expected a function @step of one block in the module");
  TestModule few("func.func @step(%t: tensor<?xi32>) { return }");
  EXPECT_EQ(Interpreter::create(*few.module, source).status().message(),
            "expected @step to take tokens, positions, wanted rows, the batch and the caches, and to return "
            "logits and the "
            "caches");
}

TEST(Interpreter, PassesOnWhatTheSourceSays) {
  Model model;
  model.source.table.erase("h");
  auto interpreter = model.interpreter();
  std::vector<int32_t> ids = {1};
  EXPECT_EQ(interpreter->run(ids, Interpreter::Rows::Last).status().message(), "expected a row 0 of h");
}
