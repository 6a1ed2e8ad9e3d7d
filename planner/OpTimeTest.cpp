// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/OpTime.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace sennit::planner;

static Target targetOf(const std::string &name) {
  auto target = loadTarget(name);
  EXPECT_TRUE(target.ok()) << target.status().message();
  return target.ok() ? *target : Target();
}

/// A linear with f16 weights and activations.
static OpFacts linear(int64_t n, int64_t k) {
  OpFacts facts;
  facts.opClass = OpClass::Compute;
  facts.n = n;
  facts.k = k;
  facts.flopsPerRow = 2.0 * n * k;
  facts.weightBytes = 2.0 * n * k;
  facts.activationBytesPerRow = 2.0 * (n + k);
  return facts;
}

// NanoFlow, OSDI 2025: LLaMA-2-70B on eight A100, 2048 rows, the measured column. A step has 80 layers.
TEST(OpTime, ReproducesTheMeasuredStepOfNanoFlow) {
  Target a100 = targetOf("a100-80g-x8");
  auto stepMs = [&](const OpFacts &facts, double rows) { return 80e-6 * timeOf(a100, facts, rows).ns; };
  EXPECT_NEAR(stepMs(linear(1280, 8192), 2048), 16.08, .016);
  EXPECT_NEAR(stepMs(linear(8192, 1024), 2048), 16.01, .016);
  EXPECT_NEAR(stepMs(linear(7168, 8192), 2048), 69.92, .07);
  EXPECT_NEAR(stepMs(linear(8192, 3584), 2048), 34.96, .035);

  OpFacts decode; // one of 8 kv heads of 128, 1365 rows of context 1024
  decode.opClass = OpClass::Memory;
  decode.attention = Attention::Decode;
  decode.cacheBytesPerRow = 462.2e9 / 80 / 8 / 1365;
  decode.flopsPerRow = 4.0 * 8 * 128 * 1024;
  EXPECT_NEAR(stepMs(decode, 1365), 35.60, .036);
  EXPECT_EQ(timeOf(a100, decode, 1365).basis, Basis::Table);

  OpFacts prefill;
  prefill.opClass = OpClass::Compute;
  prefill.attention = Attention::Prefill;
  prefill.flopsPerRow = 916.3e9 / 80 / 8 / 683;
  EXPECT_NEAR(stepMs(prefill, 683), 4.56, .005);

  OpFacts reduce;
  reduce.opClass = OpClass::Network;
  reduce.collective = Collective::AllReduce;
  reduce.ranks = 8;
  reduce.payloadBytesPerRow = 2 * 8192;
  EXPECT_NEAR(2 * stepMs(reduce, 2048), 47.92, .048);
  EXPECT_EQ(timeOf(a100, reduce, 2048).basis, Basis::AlphaBeta);
}

TEST(OpTime, DecodeIsStraightInOperationsForEachByteBetweenTwoTables) {
  Target target = targetOf("cpu-avx512");
  target.memoryGbPerSecond = 100;
  target.launchUs = 1e-6;
  target.decodeEfficiency = {{1e6, 1e8}, {.25, .25}};
  OpFacts facts;
  facts.attention = Attention::Decode;
  facts.cacheBytesPerRow = 1e6;
  const auto nsOf = [&](double flopsPerByte, double rows) {
    facts.flopsPerRow = 1e6 * flopsPerByte;
    return timeOf(target, facts, rows).ns;
  };
  EXPECT_NEAR(nsOf(.5, 8), 320e3, 1); // one table holds for all
  target.leanDecodeEfficiency = {{1e6, 1e8}, {.5, .5}};
  target.decodeFlopsPerByte = 4;
  target.leanDecodeFlopsPerByte = 1;
  for (double rows : {1, 7, 8, 9}) {
    EXPECT_NEAR(nsOf(4, rows), 40e3 * rows, 1);
    EXPECT_NEAR(nsOf(1, rows), 20e3 * rows, 1);
    EXPECT_NEAR(nsOf(3, rows), 20e3 * rows + 20e3 * rows * 2 / 3, 1);
    EXPECT_NEAR(nsOf(5, rows), 20e3 * rows + 20e3 * rows * 4 / 3, 1);
  }
  target.leanDecodeEfficiency = {{1e6}, {1}};
  EXPECT_NEAR(nsOf(.5, 8), 80e3, 1); // never faster than memory
}

TEST(OpTime, NeedsNoRowsForNoTime) {
  Target a100 = targetOf("a100-80g-x8");
  EXPECT_EQ(timeOf(a100, linear(1280, 8192), 0).ns, 0);
  EXPECT_GT(timeOf(a100, linear(1280, 8192), 1).ns, 0);
}

// The reason to refuse a split: pieces are never cheaper than the whole, at any place of the cut.
TEST(OpTime, PiecesCostMoreThanTheWhole) {
  for (const char *name : {"a100-80g-x8", "h100-x8", "h200-x1", "cpu-avx2"}) {
    Target target = targetOf(name);
    for (auto [n, k] : {std::pair(1280, 8192), std::pair(8192, 1024), std::pair(7168, 8192), std::pair(1, 1)})
      for (int rows : {2, 64, 65, 127, 128, 129, 2047, 2048})
        for (int cut = 1; cut < rows; cut += 1 + rows / 40) {
          OpFacts facts = linear(n, k);
          double whole = timeOf(target, facts, rows).ns;
          double pieces = timeOf(target, facts, cut).ns + timeOf(target, facts, rows - cut).ns;
          EXPECT_GE(pieces, whole * (1 - 1e-12))
              << name << " " << n << " x " << k << " " << cut << "/" << rows;
        }
  }
}

// The paper's two nano-batches, of 768 and 1280 rows: split alone, with nothing side by side, cost 13.2 % of
// a step. Its linears are 61 % of the step, and cost more than launches alone.
TEST(OpTime, SplitsCostNoMoreThanPublished) {
  Target a100 = targetOf("a100-80g-x8");
  double whole = 0, pieces = 0;
  for (auto [n, k] :
       {std::pair(1280, 8192), std::pair(8192, 1024), std::pair(7168, 8192), std::pair(8192, 3584)}) {
    whole += timeOf(a100, linear(n, k), 2048).ns;
    pieces += timeOf(a100, linear(n, k), 768).ns + timeOf(a100, linear(n, k), 1280).ns;
  }
  EXPECT_GT(pieces / whole, 1.05);
  EXPECT_LT(pieces / whole, 1.132);
}

TEST(OpTime, TakesTheRooflineWithoutATable) {
  Target h100 = targetOf("h100-x1");
  h100.tile = {};
  OpFacts facts = linear(4096, 4096);
  for (double rows : {1.0, 33.0, 4096.0}) {
    OpTime time = timeOf(h100, facts, rows);
    double compute = 2.0 * 4096 * 4096 * rows / 989e3, memory = (2.0 * 4096 * 4096 + rows * 4 * 4096) / 3350;
    EXPECT_EQ(time.basis, Basis::Roofline);
    EXPECT_NEAR(time.computeNs, compute, 1e-9 * compute);
    EXPECT_NEAR(time.memoryNs, memory, 1e-9 * memory);
    EXPECT_NEAR(time.ns, 2000 + std::max(compute, memory), 1e-6);
  }
  EXPECT_LT(timeOf(h100, facts, 1).computeNs, timeOf(h100, facts, 1).memoryNs);       // below the ridge
  EXPECT_GT(timeOf(h100, facts, 4096).computeNs, timeOf(h100, facts, 4096).memoryNs); // above it
  // Ops that use no matrix units have the other peak.
  OpFacts other;
  other.flopsFixed = 67e6;
  EXPECT_NEAR(timeOf(h100, other, 1).ns, 2000 + 1000, 1e-6);
  EXPECT_STREQ(basisName(Basis::Table), "table");
  EXPECT_STREQ(basisName(Basis::Roofline), "roofline");
  EXPECT_STREQ(basisName(Basis::CollectiveTable), "collective table");
  EXPECT_STREQ(basisName(Basis::AlphaBeta), "alpha-beta");
}

TEST(OpTime, FillsTilesAndRounds) {
  Target target = targetOf("h100-x1");
  target.tile = {64, 128, 4};
  // One tile takes a processor 2 * 64 * 128 * k operations; the device is four of them.
  double k = 1024, round = 2 * 64 * 128 * k * 4 / 989e3;
  auto rounds = [&](int64_t n, double rows) {
    return timeOf(target, linear(n, 1024), rows).computeNs / round;
  };
  EXPECT_NEAR(rounds(128, 1), .25, 1e-9); // one tile, cut into four along k
  EXPECT_NEAR(rounds(128, 63), .25, 1e-9);
  EXPECT_NEAR(rounds(128, 64), .25, 1e-9);
  EXPECT_NEAR(rounds(128, 65), .5, 1e-9); // two tiles, each cut into two
  EXPECT_NEAR(rounds(129, 64), .5, 1e-9);
  EXPECT_NEAR(rounds(127, 64), .25, 1e-9);
  EXPECT_NEAR(rounds(3 * 128, 64), 1, 1e-9); // three tiles: a fourth processor has nothing to do
  EXPECT_NEAR(rounds(4 * 128, 64), 1, 1e-9);
  EXPECT_NEAR(rounds(5 * 128, 64), 2, 1e-9);
  EXPECT_NEAR(rounds(4 * 128, 65), 2, 1e-9);
}

TEST(OpTime, InterpolatesInTheLogarithmOfShapeAndRows) {
  Target target = targetOf("h100-x1");
  target.tile = {};
  target.launchUs = 1e-9;
  target.linears = {{1024, 1024, {{64, 4096}, {.2, .8}}}, {4096, 1024, {{64, 4096}, {.4, .6}}}};
  auto efficiency = [&](int64_t n, int64_t k, double rows) {
    OpTime time = timeOf(target, linear(n, k), rows);
    EXPECT_EQ(time.basis, Basis::Table);
    return std::max(time.computeNs, time.memoryNs) / time.ns;
  };
  EXPECT_NEAR(efficiency(1024, 1024, 64), .2, 1e-6);
  EXPECT_NEAR(efficiency(1024, 1024, 4096), .8, 1e-6);
  EXPECT_NEAR(efficiency(1024, 1024, 512), .5, 1e-6);  // half way from 64 to 4096
  EXPECT_NEAR(efficiency(1024, 1024, 1), .2, 1e-6);    // before the first point
  EXPECT_NEAR(efficiency(1024, 1024, 9999), .8, 1e-6); // behind the last
  EXPECT_NEAR(efficiency(2048, 1024, 64), .3, 1e-6);   // half way between the shapes
  EXPECT_NEAR(efficiency(2048, 1024, 512), .5, 1e-6);
  EXPECT_NEAR(efficiency(64, 1024, 64), .2, 1e-6); // outside: the edge
  EXPECT_NEAR(efficiency(16384, 1024, 64), .4, 1e-6);
  EXPECT_NEAR(efficiency(4096, 64, 64), .4, 1e-6);
  double near = efficiency(1100, 1024, 64);
  EXPECT_GT(near, .2);
  EXPECT_LT(near, .21);
}

// A shape that was measured with several formats: the one nearest to the op's own counts, and no other.
TEST(OpTime, TakesTheFormatOfTheWeights) {
  Target target = targetOf("cpu-avx2");
  target.launchUs = 1e-9;
  target.linears = {
      {1024, 1024, {{1}, {.2}}, 4.5}, {1024, 1024, {{1}, {.4}}, 8.5}, {2048, 1024, {{1}, {.6}}, 16}};
  auto efficiency = [&](double bits) {
    OpFacts facts = linear(1024, 1024);
    facts.weightBytes = bits / 8 * 1024 * 1024;
    facts.flopsPerRow = 0; // bytes alone decide
    OpTime time = timeOf(target, facts, 1);
    return time.memoryNs / time.ns;
  };
  EXPECT_NEAR(efficiency(4.5), .2, 1e-6);
  EXPECT_NEAR(efficiency(5), .2, 1e-6);
  EXPECT_NEAR(efficiency(1), .2, 1e-6);
  EXPECT_NEAR(efficiency(8.5), .4, 1e-6);
  // A shape of the right format counts before the very shape in another.
  EXPECT_NEAR(efficiency(16), .6, 1e-6);
}

// The table's times have the launch in them: it is neither paid twice nor lost.
TEST(OpTime, MeetsATableWithItsLaunch) {
  Target target = targetOf("a100-80g-x8");
  target.linears = {{1024, 1024, {{1, 2048}, {.01, .5}}}};
  double plain = 2.0 * 1024 * 1024 * 2048 / 312e3;
  EXPECT_NEAR(timeOf(target, linear(1024, 1024), 2048).ns, plain / .5, 1e-6 * plain);
  target.launchUs = 199;
  EXPECT_GE(timeOf(target, linear(1024, 1024), 2048).ns,
            199e3); // longer than the table's: at least the launch
}

TEST(OpTime, TakesCpuPeaks) {
  Target cpu = targetOf("cpu-avx2");
  OpFacts facts = linear(512, 512);
  EXPECT_EQ(peakFlopsPerNs(cpu, facts), 206);
  facts.integer = true;
  EXPECT_EQ(peakFlopsPerNs(cpu, facts), 408);
  OpTime time = timeOf(cpu, facts, 512);
  EXPECT_NEAR(time.ns, 1000 + 2.0 * 512 * 512 * 512 / 408, 1e-6);
  EXPECT_NEAR(time.memoryNs, (2.0 * 512 * 512 + 512 * 2048.0) / 40, 1e-6);
}

// Flux, 2024, and Triton-distributed, 2025: eight ranks, gain over the product and then the collective.
TEST(OpTime, OverlapsTilesAsPublished) {
  auto gain = [](double ratio) { return (1 + ratio) / tileOverlapNs(1, ratio, 8, 0); };
  EXPECT_NEAR(gain(.25), 1.25, .005);
  EXPECT_NEAR(gain(.5), 1.50, .005);
  EXPECT_NEAR(gain(1), 1.78, .005);
  EXPECT_NEAR(gain(2), 1.41, .005);
  EXPECT_EQ(tileOverlapNs(100, 10, 8, .25), 125); // the tax of the blocks that send
  EXPECT_EQ(tileOverlapNs(100, 7, 1, 0), 107);    // one rank has nothing to overlap
}

TEST(OpTime, FitsTheBatchIntoMemory) {
  Target h200 = targetOf("h200-x1"); // 141e9 bytes
  // LLaMA-3-8B: 16.06e9 bytes of weights, 131072 of cache for each token.
  EXPECT_EQ(largestBatch(h200, 16.06e9, 131072, 1280, .1), int64_t((126.9e9 - 16.06e9) / (131072 * 1280.0)));
  EXPECT_EQ(largestBatch(h200, 141e9, 131072, 1280, 0), 0);
  EXPECT_EQ(largestBatch(h200, 142e9, 131072, 1280, 0), 0);
  EXPECT_EQ(largestBatch(h200, 140e9, 1e9, 1, 0), 1);
  EXPECT_EQ(largestBatch(h200, 140e9, 1e9 + 1, 1, 0), 0);
  EXPECT_EQ(largestBatch(h200, 1e9, 0, 1280, 0), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(largestBatch(targetOf("cpu-avx2"), 1e9, 1e6, 1, 0), std::numeric_limits<int64_t>::max());
}
