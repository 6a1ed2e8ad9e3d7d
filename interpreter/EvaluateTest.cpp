// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Every nn op on numbers worked out by hand.
#include "interpreter/TestModule.h"

#include <cmath>

using namespace sennit;
using namespace sennit::interpreter;

TEST(Evaluate, EmbedTakesRows) {
  TableSource source;
  source.set("e", {{1, 2}, {3, 4}, {5, 6}});
  const char *text = R"(func.func @f(%i: tensor<?xi32>) -> tensor<?x2xf32> {
    %e = nn.param "e" : !nn.weight<3x2, f32>
    %y = nn.embed %i, %e : (tensor<?xi32>, !nn.weight<3x2, f32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  })";
  EXPECT_EQ(floats(evaluate(text, {indicesOf({2, 0})}, source)[0]), (std::vector<float>{5, 6, 1, 2}));

  TestModule module(text);
  WeightTable weights(source, 1 << 20);
  auto bad = evaluateBlock(module.block(), {indicesOf({0, 3})}, weights, false);
  EXPECT_EQ(bad.status().message(), "expected indices of e in [0, 3), found 3 at row 1");
}

TEST(Evaluate, LinearAddsItsBias) {
  TableSource source;
  source.set("w", {{1, 2}, {3, 4}, {5, 6}});
  source.set("b", {{10, 20, 30}});
  auto results = evaluate(R"(func.func @f(%x: tensor<?x2xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
    %w = nn.param "w" : !nn.weight<3x2, f32>
    %b = nn.param "b" : !nn.weight<3, f32>
    %y = nn.linear %x, %w : (tensor<?x2xf32>, !nn.weight<3x2, f32>) -> tensor<?x3xf32>
    %z = nn.linear %x, %w bias %b : (tensor<?x2xf32>, !nn.weight<3x2, f32>, !nn.weight<3, f32>) -> tensor<?x3xf32>
    return %y, %z : tensor<?x3xf32>, tensor<?x3xf32>
  })",
                          {tensorOf({{1, 1}, {2, -1}})}, source);
  EXPECT_EQ(floats(results[0]), (std::vector<float>{3, 7, 11, 0, 2, 4}));
  EXPECT_EQ(floats(results[1]), (std::vector<float>{13, 27, 41, 10, 22, 34}));
}

TEST(Evaluate, QuantisedActivationsAreForBlockWeights) {
  TableSource source;
  source.set("f", {std::vector<float>(32, 1.0f)});
  std::vector<uint8_t> block = {0x00, 0x3C}; // scale 1, all quants 1
  block.resize(34, 1);
  source.table["q"] = {block};
  const char *text = R"(func.func @f(%x: tensor<?x32xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
    %f = nn.param "f" : !nn.weight<1x32, f32>
    %q = nn.param "q" : !nn.weight<1x32, q8_0>
    %y = nn.linear %x, %f : (tensor<?x32xf32>, !nn.weight<1x32, f32>) -> tensor<?x1xf32>
    %z = nn.linear %x, %q : (tensor<?x32xf32>, !nn.weight<1x32, q8_0>) -> tensor<?x1xf32>
    return %y, %z : tensor<?x1xf32>, tensor<?x1xf32>
  })";
  std::vector<float> x(32, 0.25f); // rounds to 0 beside 127
  x[0] = 127;
  auto plain = evaluate(text, {tensorOf({x})}, source, false);
  EXPECT_EQ(floats(plain[0])[0], 134.75f);
  EXPECT_EQ(floats(plain[1])[0], 134.75f);
  auto quantised = evaluate(text, {tensorOf({x})}, source, true);
  EXPECT_EQ(floats(quantised[0])[0], 134.75f);
  EXPECT_EQ(floats(quantised[1])[0], 127.0f);
}

TEST(Evaluate, Norms) {
  TableSource source;
  source.set("w", {{1, 2}});
  source.set("b", {{10, 20}});
  auto results = evaluate(R"(func.func @f(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
    %w = nn.param "w" : !nn.weight<2, f32>
    %b = nn.param "b" : !nn.weight<2, f32>
    %y = nn.rms_norm %x, %w {eps = 3.5 : f32} : (tensor<?x2xf32>, !nn.weight<2, f32>) -> tensor<?x2xf32>
    %z = nn.layer_norm %x, %w, %b {eps = 3.0 : f32}
        : (tensor<?x2xf32>, !nn.weight<2, f32>, !nn.weight<2, f32>) -> tensor<?x2xf32>
    return %y, %z : tensor<?x2xf32>, tensor<?x2xf32>
  })",
                          {tensorOf({{3, 4}, {1, 3}})}, source);
  // Row 0: mean square 12.5, plus 3.5 is 16. Row 1: mean square 5, plus 3.5 is 8.5.
  float r = 1 / std::sqrt(8.5f);
  expectNear(floats(results[0]), {0.75f, 2.0f, r, 6 * r});
  // Row 1: mean 2, variance 1, plus 3 is 4. Row 0: mean 3.5, variance 0.25.
  float l = 0.5f / std::sqrt(3.25f);
  expectNear(floats(results[1]), {10 - l, 20 + 2 * l, 9.5f, 21.0f}, 1e-5f);
}

TEST(Evaluate, RopeTurnsPairsOfEachHead) {
  TableSource source;
  // Two heads of five elements; one frequency: elements 0 and 1 turn, 2 to 4 pass.
  auto results = evaluate(
      R"(func.func @f(%x: tensor<?x10xf32>, %p: tensor<?xi32>) -> tensor<?x10xf32> {
    %y = nn.rope %x, %p {frequencies = array<f32: 1.57079637>, head_dim = 5 : i64, heads = 2 : i64, scale = 2.0 : f32}
      : (tensor<?x10xf32>, tensor<?xi32>) -> tensor<?x10xf32>
    return %y : tensor<?x10xf32>
  })",
      {tensorOf({{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}), indicesOf({0, 1})},
      source);
  expectNear(floats(results[0]), {2, 4, 3, 4, 5, 12, 14, 8, 9, 10, -4, 2, 3, 4, 5, -14, 12, 8, 9, 10}, 1e-5f);
}

TEST(Evaluate, RopePairsAreHalvesApart) {
  TableSource source;
  auto results = evaluate(R"(func.func @f(%x: tensor<?x4xf32>, %p: tensor<?xi32>) -> tensor<?x4xf32> {
    %y = nn.rope %x, %p {frequencies = array<f32: 1.57079637, 0.0>, head_dim = 4 : i64,
        heads = 1 : i64, scale = 1.0 : f32}
      : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
    return %y : tensor<?x4xf32>
  })",
                          {tensorOf({{1, 2, 3, 4}}), indicesOf({1})}, source);
  expectNear(floats(results[0]), {-3, 2, 1, 4}, 1e-5f);
}

TEST(Evaluate, ElementwiseOps) {
  TableSource source;
  auto results = evaluate(R"(func.func @f(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>)
      -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>,
          tensor<?xi32>) {
    %a = nn.add %x, %y : tensor<?x3xf32>
    %m = nn.mul %x, %y : tensor<?x3xf32>
    %s = nn.silu %x : tensor<?x3xf32>
    %g = nn.gelu none %x : tensor<?x3xf32>
    %t = nn.gelu tanh %x : tensor<?x3xf32>
    %p = nn.softmax %x : tensor<?x3xf32>
    %i = nn.argmax %y : (tensor<?x3xf32>) -> tensor<?xi32>
    return %a, %m, %s, %g, %t, %p, %i
      : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>,
          tensor<?xi32>
  })",
                          {tensorOf({{0, 1, -1}}), tensorOf({{2, 3, 3}})}, source);
  expectNear(floats(results[0]), {2, 4, 2});
  expectNear(floats(results[1]), {0, 3, -3});
  expectNear(floats(results[2]), {0, 0.73105858f, -0.26894142f});
  expectNear(floats(results[3]), {0, 0.84134475f, -0.15865525f});
  expectNear(floats(results[4]), {0, 0.84119199f, -0.15880801f});
  expectNear(floats(results[5]), {0.24472847f, 0.66524096f, 0.09003057f});
  EXPECT_EQ(*std::get<IndicesPtr>(results[6]), std::vector<int32_t>{1}); // the first of equals
}

TEST(Evaluate, GatherRows) {
  TableSource source;
  const char *text = R"(func.func @f(%x: tensor<?x2xf32>, %r: tensor<?xi32>) -> tensor<?x2xf32> {
    %y = nn.gather_rows %x, %r : (tensor<?x2xf32>, tensor<?xi32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  })";
  EXPECT_EQ(floats(evaluate(text, {tensorOf({{1, 2}, {3, 4}, {5, 6}}), indicesOf({2, 1})}, source)[0]),
            (std::vector<float>{5, 6, 3, 4}));
  EXPECT_TRUE(floats(evaluate(text, {tensorOf({{1, 2}}), indicesOf({})}, source)[0]).empty());

  TestModule module(text);
  WeightTable weights(source, 0);
  auto bad = evaluateBlock(module.block(), {tensorOf({{1, 2}}), indicesOf({-1})}, weights, false);
  EXPECT_EQ(bad.status().message(), "expected rows in [0, 1), found -1");
}

static const char *attentionText =
    R"(func.func @f(%q: tensor<?x1xf32>, %c0: !nn.cache<1x1>, %k: tensor<?x1xf32>,
      %v: tensor<?x1xf32>, %b: !nn.batch, %p: tensor<?xi32>) -> (tensor<?x1xf32>, !nn.cache<1x1>, tensor<?x1xf32>) {
    %c = nn.cache_append %c0, %k, %v, %b : (!nn.cache<1x1>, tensor<?x1xf32>, tensor<?x1xf32>,
        !nn.batch) -> !nn.cache<1x1>
    %g = nn.attention generated %q, %c, %b, %p {heads = 1 : i64, scale = 1.0 : f32}
      : (tensor<?x1xf32>, !nn.cache<1x1>, !nn.batch, tensor<?xi32>) -> tensor<?x1xf32>
    %a = nn.attention prompt %q, %c, %b, %p into %g {heads = 1 : i64, scale = 1.0 : f32}
      : (tensor<?x1xf32>, !nn.cache<1x1>, !nn.batch, tensor<?xi32>, tensor<?x1xf32>) -> tensor<?x1xf32>
    return %a, %c, %g : tensor<?x1xf32>, !nn.cache<1x1>, tensor<?x1xf32>
  })";

TEST(Evaluate, AttentionReadsThisStepsKeysFromTheCache) {
  TableSource source;
  Cache cache;
  cache.data->keys = {0};
  cache.data->values = {10};
  cache.length = 1;
  // Row 0 is generated, row 1 prompt; weights 1, 2 and 4 as q * k is 0, ln 2 and ln 4.
  auto results = evaluate(attentionText,
                          {tensorOf({{1}, {1}}), cache, tensorOf({{std::log(2.0f)}, {std::log(4.0f)}}),
                           tensorOf({{20}, {40}}), Batch{1, 2, 1}, indicesOf({1, 2})},
                          source);
  expectNear(floats(results[0]), {50 / 3.0f, 210 / 7.0f}, 1e-5f);
  expectNear({floats(results[2])[0]}, {50 / 3.0f}, 1e-5f); // generated rows alone
  EXPECT_EQ(std::get<Cache>(results[1]).length, 3);
  EXPECT_EQ(cache.length, 1);
}

TEST(Evaluate, AppendingTwiceToOneCacheKeepsBothMeanings) {
  TableSource source;
  auto results =
      evaluate(R"(func.func @f(%c0: !nn.cache<1x1>, %k: tensor<?x1xf32>, %v: tensor<?x1xf32>, %b: !nn.batch)
      -> (!nn.cache<1x1>, !nn.cache<1x1>) {
    %c = nn.cache_append %c0, %k, %k, %b : (!nn.cache<1x1>, tensor<?x1xf32>, tensor<?x1xf32>,
        !nn.batch) -> !nn.cache<1x1>
    %d = nn.cache_append %c0, %v, %v, %b : (!nn.cache<1x1>, tensor<?x1xf32>, tensor<?x1xf32>,
        !nn.batch) -> !nn.cache<1x1>
    return %c, %d : !nn.cache<1x1>, !nn.cache<1x1>
  })",
               {Cache(), tensorOf({{1}}), tensorOf({{2}}), Batch{0, 1, 0}}, source);
  EXPECT_EQ(std::get<Cache>(results[0]).data->keys, std::vector<float>{1});
  EXPECT_EQ(std::get<Cache>(results[1]).data->keys, std::vector<float>{2});
}

TEST(Evaluate, MergedPartsAreTheWhole) {
  TableSource source;
  Cache cache;
  for (int i = 0; i < 5; ++i)
    for (int d = 0; d < 2; ++d) {
      cache.data->keys.push_back(0.3f * i - 0.7f * d);
      cache.data->values.push_back(1.0f * i + 10.0f * d);
    }
  cache.length = 5;
  auto results = evaluate(
      R"(func.func @f(%q: tensor<?x4xf32>, %c: !nn.cache<1x2>, %b: !nn.batch, %p: tensor<?xi32>)
      -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
    %w = nn.attention prompt %q, %c, %b, %p {heads = 2 : i64, scale = 0.5 : f32}
      : (tensor<?x4xf32>, !nn.cache<1x2>, !nn.batch, tensor<?xi32>) -> tensor<?x4xf32>
    %all, %lall = nn.attention_partial prompt %q, %c, %b, %p
        {first_key = 0 : i64, heads = 2 : i64, keys = 100 : i64, scale = 0.5 : f32}
      : (tensor<?x4xf32>, !nn.cache<1x2>, !nn.batch, tensor<?xi32>) -> (tensor<?x4xf32>, tensor<?x2xf32>)
    %a, %la = nn.attention_partial prompt %q, %c, %b, %p
        {first_key = 0 : i64, heads = 2 : i64, keys = 3 : i64, scale = 0.5 : f32}
      : (tensor<?x4xf32>, !nn.cache<1x2>, !nn.batch, tensor<?xi32>) -> (tensor<?x4xf32>, tensor<?x2xf32>)
    %d, %ld = nn.attention_partial prompt %q, %c, %b, %p
        {first_key = 3 : i64, heads = 2 : i64, keys = 3 : i64, scale = 0.5 : f32}
      : (tensor<?x4xf32>, !nn.cache<1x2>, !nn.batch, tensor<?xi32>) -> (tensor<?x4xf32>, tensor<?x2xf32>)
    %m, %lm = nn.attention_merge %a, %la with %d, %ld : tensor<?x4xf32>, tensor<?x2xf32>
    return %w, %m, %lall, %lm : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  })",
      {tensorOf({{1, 2, -1, 0.5f}, {0, 1, 3, -2}}), cache, Batch{2, 2, 0}, indicesOf({2, 4})}, source);
  expectNear(floats(results[1]), floats(results[0]), 1e-5f);
  expectNear(floats(results[3]), floats(results[2]), 1e-5f);
}

TEST(Evaluate, AGroupMeansItsRegion) {
  TableSource source;
  source.set("w", {{1, 2}, {3, 4}});
  auto results = evaluate(R"(func.func @f(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
    %w = nn.param "w" : !nn.weight<2x2, f32>
    %y, %z = nn.group "linear_silu" (%a = %x, %m = %w) : (tensor<?x2xf32>, !nn.weight<2x2, f32>)
        -> (tensor<?x2xf32>, tensor<?x2xf32>) {
      %0 = nn.linear %a, %m : (tensor<?x2xf32>, !nn.weight<2x2, f32>) -> tensor<?x2xf32>
      %1 = nn.add %0, %0 : tensor<?x2xf32>
      nn.yield %1, %0 : tensor<?x2xf32>, tensor<?x2xf32>
    }
    return %y, %z : tensor<?x2xf32>, tensor<?x2xf32>
  })",
                          {tensorOf({{1, 1}})}, source);
  EXPECT_EQ(floats(results[0]), (std::vector<float>{6, 14}));
  EXPECT_EQ(floats(results[1]), (std::vector<float>{3, 7}));
}

TEST(Evaluate, RefusesForeignOps) {
  TestModule module("func.func @g() { return }\nfunc.func @f() { func.call @g() : () -> ()\n return }");
  TableSource source;
  WeightTable weights(source, 0);
  EXPECT_EQ(evaluateBlock(module.block(), {}, weights, false).status().message(),
            "the interpreter has no meaning for func.call");
}

TEST(Evaluate, CollectivesKeepWholeValues) {
  TableSource source;
  const char *text = R"(
  nn.mesh @mesh axes ["tp"] sizes [2]
  func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %r = nn.all_reduce %x over ["tp"] on @mesh bytes_per_row 8.0 : tensor<?x2xf32>
    %s = nn.reduce_scatter %r over ["tp"] on @mesh bytes_per_row 4.0 : (tensor<?x2xf32>) -> tensor<?x2xf32>
    %g = nn.all_gather %s over ["tp"] on @mesh bytes_per_row 4.0 : (tensor<?x2xf32>) -> tensor<?x2xf32>
    return %g : tensor<?x2xf32>
  })";
  EXPECT_EQ(floats(evaluate(text, {tensorOf({{1, 2}, {3, 4}})}, source)[0]),
            (std::vector<float>{1, 2, 3, 4}));

  TestModule rank(R"(func.func @f(%x: tensor<?x2xf32>) -> tensor<?x4xf32> {
    %g = nn.all_gather %x over ["tp"] ranks 2 bytes_per_row 8.0 : (tensor<?x2xf32>) -> tensor<?x4xf32>
    return %g : tensor<?x4xf32>
  })");
  WeightTable weights(source, 1 << 20);
  auto bad = evaluateBlock(rank.block(), {tensorOf({{1, 2}})}, weights, false);
  EXPECT_EQ(bad.status().message(),
            "expected nn.all_gather over a mesh, found one among ranks, whose values the interpreter lacks");
}
