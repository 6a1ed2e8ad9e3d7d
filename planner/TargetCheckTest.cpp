// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/TargetCheck.h"

#include "planner/Target.h"
#include "planner/TargetData.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

using namespace sennit::planner;
using Json = nlohmann::ordered_json;

/// What parseTarget says of a shipped target with one change, without the place; "" where it takes it.
static std::string refusal(const std::string &name, const std::function<void(Json &)> &change) {
  for (const TargetText &target : targetTexts) {
    if (name != target.name)
      continue;
    Json json = Json::parse(target.text);
    change(json);
    auto parsed = parseTarget(json.dump(), "t");
    if (parsed.ok())
      return "";
    EXPECT_EQ(parsed.status().code(), sennit::Code::InvalidInput);
    return parsed.status().message().substr(3);
  }
  return "no such target";
}

/// The same, of one field that is set.
static std::string refusalOf(const std::string &name, const char *path, const Json &value) {
  return refusal(name, [&](Json &json) { json[Json::json_pointer(path)] = value; });
}

TEST(TargetCheck, TakesTheShippedTargets) {
  for (const TargetText &target : targetTexts)
    EXPECT_EQ(findTargetOffences(Json::parse(target.text)), std::vector<std::string>{}) << target.name;
}

TEST(TargetCheck, FindsFiguresInAnotherUnit) {
  EXPECT_EQ(refusalOf("h100-x1", "/peaks/f16_tflops", 989000),
            "expected 1 to 100000 TFLOP/s, found 989000 at /peaks/f16_tflops");
  EXPECT_EQ(refusalOf("h100-x1", "/peaks/f32_tflops", 6.7e13),
            "expected 0.1 to 10000 TFLOP/s, found 6.7e+13 at /peaks/f32_tflops");
  EXPECT_EQ(refusalOf("h100-x1", "/memory/gb_per_s", 3.35e12),
            "expected 1 to 100000 GB/s, found 3.35e+12 at /memory/gb_per_s");
  EXPECT_EQ(refusalOf("h100-x1", "/memory/bytes", 80),
            "expected 2.68435e+08 to 1e+14 bytes, found 80 at /memory/bytes");
  EXPECT_EQ(refusalOf("h100-x1", "/launch_us", 2000), "expected 0.05 to 200 us, found 2000 at /launch_us");
  EXPECT_EQ(refusalOf("h100-x1", "/join_us", 2e-6), "expected 0.02 to 200 us, found 2e-06 at /join_us");
  EXPECT_EQ(refusalOf("h100-x8", "/links/node/latency_us", 1e-3),
            "expected 0.05 to 200 us, found 0.001 at /links/node/latency_us");
  EXPECT_EQ(refusalOf("h100-x8", "/links/node/latency_us", 1e3),
            "expected 0.05 to 200 us, found 1000 at /links/node/latency_us");
  EXPECT_EQ(refusalOf("h100-x1", "/activation_bytes", 16),
            "expected 1 to 8 bytes, found 16 at /activation_bytes");
  EXPECT_EQ(refusalOf("cpu-avx2", "/peaks/f32_gflops_per_core", .1),
            "expected 1 to 10000 GFLOP/s, found 0.1 at /peaks/f32_gflops_per_core");
  // The edges themselves are plausible.
  EXPECT_EQ(refusalOf("h100-x1", "/launch_us", .05), "");
  EXPECT_EQ(refusalOf("h100-x1", "/launch_us", 200), "");
}

TEST(TargetCheck, BoundsCounts) {
  uint64_t huge = uint64_t(1) << 63; // which is negative as an int64_t
  EXPECT_EQ(refusalOf("h100-x64", "/devices", huge),
            "expected 1 to 1e+06 devices, found 9.22337e+18 at /devices");
  EXPECT_EQ(
      refusalOf("h100-x1", "/devices_per_node", huge),
      "expected 1 to 10000 devices, found 9.22337e+18 at /devices_per_node; expected a divisor of the 1 "
      "devices, found 9.22337e+18 at /devices_per_node");
  EXPECT_EQ(refusalOf("cpu-avx2", "/cores", huge), "expected 1 to 10000 cores, found 9.22337e+18 at /cores");
  EXPECT_EQ(refusalOf("a100-80g-x8", "/linear_efficiency/0/n", huge),
            "expected a shape of at most 1e+09 x 1e+09, found 9.22337e+18 x 8192 at /linear_efficiency/0");
  EXPECT_EQ(refusalOf("h200-x8", "/collectives/0/ranks", huge),
            "expected at most the 8 devices of a node, found 9.22337e+18 at /collectives/0/ranks");
}

TEST(TargetCheck, FindsMissingAndNegativeFigures) {
  EXPECT_EQ(refusal("h100-x8", [](Json &json) { json["memory"].erase("gb_per_s"); }),
            "expected a field \"gb_per_s\", found none at /memory");
  EXPECT_EQ(refusalOf("h100-x8", "/launch_us", -1), "expected more than 0, found -1 at /launch_us");
  EXPECT_EQ(refusal("h100-x8", [](Json &json) { json.erase("interference"); }),
            "expected a field \"interference\", found none at /");
}

TEST(TargetCheck, FindsContradictions) {
  EXPECT_EQ(refusalOf("cpu-avx2", "/memory/gb_per_s_per_core", 41),
            "expected at most the 40 GB/s of all cores, found 41 at /memory/gb_per_s_per_core");
  EXPECT_EQ(refusalOf("h100-x8", "/devices", 12),
            "expected a divisor of the 12 devices, found 8 at /devices_per_node");
  EXPECT_EQ(refusal("h100-x64", [](Json &json) { json["links"].erase("node"); }),
            "expected a link between the 8 devices of a node, found none at /links/node");
  EXPECT_EQ(refusal("h100-x64", [](Json &json) { json["links"].erase("network"); }),
            "expected a link between the 8 nodes, found none at /links/network");
  EXPECT_EQ(refusalOf("a100-80g-x8", "/links/node/gb_per_s", .3),
            "expected 1 to 10000 GB/s, found 0.3 at /links/node/gb_per_s");
  EXPECT_EQ(refusalOf("h100-x8", "/links/node/gb_per_s", 3600),
            "expected a link no faster than the memory (3350 GB/s), found 3600 at /links/node/gb_per_s");
  EXPECT_EQ(refusalOf("h100-x8", "/links/node/efficiency", 65.4),
            "expected an efficiency of at most 1, found 65.4 at /links/node/efficiency");
}

TEST(TargetCheck, FindsTablesThatDoNotAscend) {
  auto linear = [](const Json &rows, const Json &efficiency) {
    return refusal("a100-80g-x8", [&](Json &json) {
      json["linear_efficiency"][3]["rows"] = rows;
      json["linear_efficiency"][3]["efficiency"] = efficiency;
    });
  };
  EXPECT_EQ(linear({1, 64, 2048}, {.1, .5, .9}), "");
  EXPECT_EQ(linear({1, 64}, {.1, .5, .9}),
            "expected as many values as rows has (2), found 3 at /linear_efficiency/3/efficiency");
  EXPECT_EQ(linear({64, 64}, {.1, .5}),
            "expected more than the 64 before it, found 64 at /linear_efficiency/3/rows/1");
  EXPECT_EQ(linear({0, 64}, {.1, .5}), "expected at least 1, found 0 at /linear_efficiency/3/rows/0");
  EXPECT_EQ(linear({64}, Json{88.2}),
            "expected an efficiency above 0 and at most 1, found 88.2 at /linear_efficiency/3/efficiency/0");
  EXPECT_EQ(linear({64}, Json{0}),
            "expected an efficiency above 0 and at most 1, found 0 at /linear_efficiency/3/efficiency/0");
  EXPECT_EQ(refusalOf("a100-80g-x8", "/linear_efficiency/1/n", 1280) +
                refusal("a100-80g-x8",
                        [](Json &json) { json["linear_efficiency"][1] = json["linear_efficiency"][0]; }),
            "expected each shape once, found another 1280 x 8192 at /linear_efficiency/1");
  // A shape may come once for each format, and then all have one.
  auto bits = [](std::vector<double> values) {
    return refusal("a100-80g-x8", [&](Json &json) {
      Json &list = json["linear_efficiency"];
      Json entry = list[0];
      list = Json::array();
      for (double value : values) {
        list.push_back(entry);
        if (value != 0)
          list.back()["weight_bits"] = value;
      }
    });
  };
  EXPECT_EQ(bits({4.5, 8.5, 16}), "");
  EXPECT_EQ(bits({1, 64}), "");
  EXPECT_EQ(bits({4.5, 4.5}), "expected each shape once, found another 1280 x 8192 at /linear_efficiency/1");
  EXPECT_EQ(bits({4.5, 0}), "expected weight_bits for all shapes or for none, found it for 1 of 2 at "
                            "/linear_efficiency");
  EXPECT_EQ(bits({.5625}), "expected 1 to 64 bits, found 0.5625 at /linear_efficiency/0/weight_bits");
  EXPECT_EQ(bits({65}), "expected 1 to 64 bits, found 65 at /linear_efficiency/0/weight_bits");
  EXPECT_EQ(refusalOf("a100-80g-x8", "/attention_efficiency/decode/efficiency", {1.5}),
            "expected an efficiency above 0 and at most 1, found 1.5 at "
            "/attention_efficiency/decode/efficiency/0");
  EXPECT_EQ(
      refusalOf("a100-80g-x8", "/attention_efficiency/decode_lean",
                {{"bytes", {1e6}}, {"efficiency", {.5}}, {"flops_per_byte", 1}}),
      "expected less than the 0 of decode, found 1 at /attention_efficiency/decode_lean/flops_per_byte");
  EXPECT_EQ(refusalOf("a100-80g-x8", "/attention_efficiency/decode/flops_per_byte", 0),
            "expected more than 0, found 0 at /attention_efficiency/decode/flops_per_byte");
  EXPECT_EQ(refusalOf("a100-80g-x8", "/attention_efficiency/prefill/flops", {.5}),
            "expected at least 1, found 0.5 at /attention_efficiency/prefill/flops/0");
}

TEST(TargetCheck, FindsImplausibleCollectives) {
  auto reduce = [](const Json &us) { return refusalOf("h200-x8", "/collectives/2/us", us); };
  EXPECT_EQ(reduce({15, 25, 123, 123}), "");
  EXPECT_EQ(reduce({15, 25, 24, 710}),
            "expected at least the 25 us of fewer bytes, found 24 at /collectives/2/us/2");
  EXPECT_EQ(reduce({0, 25, 123, 710}), "expected more than 0 us, found 0 at /collectives/2/us/0");
  EXPECT_EQ(reduce({15, 25, 123}), "expected as many values as bytes has (4), found 3 at /collectives/2/us");
  // Milliseconds and nanoseconds.
  EXPECT_EQ(reduce({.015, .025, .123, .710}),
            "expected at least an eighth of the 2.33017 us in which the link moves 1.04858e+06 bytes, found "
            "0.025 at /collectives/2/us/1; expected at least an eighth of the 37.2827 us in which the link "
            "moves 1.67772e+07 bytes, found 0.123 at /collectives/2/us/2; expected at least an eighth of the "
            "298.262 us in which the link moves 1.34218e+08 bytes, found 0.71 at /collectives/2/us/3");
  EXPECT_EQ(
      reduce({15, 25, 123000, 123000}),
      "expected at most 200 times the 37.2827 us in which the link moves 1.67772e+07 bytes, found 123000 "
      "at /collectives/2/us/2; expected at most 200 times the 298.262 us in which the link moves "
      "1.34218e+08 bytes, found 123000 at /collectives/2/us/3");
  EXPECT_EQ(refusalOf("h200-x8", "/collectives/2/bytes", {0, 5, 5, 6}),
            "expected more than the 5 before it, found 5 at /collectives/2/bytes/2");
  EXPECT_EQ(refusalOf("h200-x8", "/collectives/2/ranks", 9),
            "expected at most the 8 devices of a node, found 9 at /collectives/2/ranks");
  EXPECT_EQ(refusalOf("h200-x8", "/collectives/2/ranks", 4),
            "expected each collective once for a number of ranks, found another all_reduce of 4 at "
            "/collectives/2");
}

TEST(TargetCheck, FindsBrokenCurves) {
  auto curve = [](const Json &points) { return refusalOf("a100-80g-x8", "/interference/memory", points); };
  EXPECT_EQ(curve({{0, 0}, {.5, .6}, {1, 1}}), "");
  EXPECT_EQ(curve({{0, 0}, {.5, .6}, {1, .9}}),
            "expected [1, 1] as the last point, found [1, 0.9] at /interference/memory");
  EXPECT_EQ(curve({{0, .1}, {1, 1}}),
            "expected [0, 0] as the first point, found [0, 0.1] at /interference/memory");
  EXPECT_EQ(
      curve({{0, 0}, {.5, .6}, {.7, .5}, {1, 1}}),
      "expected a fraction no lower than that before it as point 2, found [0.7, 0.5] after [0.5, 0.6] at "
      "/interference/memory");
  EXPECT_EQ(curve({{0, 0}, {.5, .6, .7}, {1, 1}}),
            "expected pairs of share and fraction, found 3 numbers at /interference/memory/1");
}

TEST(TargetCheck, WantsASourceForEachGroup) {
  EXPECT_EQ(refusal("h200-x8", [](Json &json) { json["sources"].erase("collectives"); }),
            "expected where the figures of collectives come from, found none at /sources/collectives");
  EXPECT_EQ(refusalOf("h200-x8", "/sources/peaks", ""),
            "expected where the figures of peaks come from, found an empty text at /sources/peaks");
  EXPECT_EQ(refusal("h200-x8", [](Json &json) { json.erase("collectives"); }),
            "expected no source of figures that are not given, found one at /sources/collectives");
  // A target of its owner's CPU may do without.
  EXPECT_EQ(refusal("cpu-avx2", [](Json &json) { json.erase("sources"); }), "");
}

TEST(TargetCheck, ListsEveryOffence) {
  EXPECT_EQ(refusal("h100-x8",
                    [](Json &json) {
                      json["launch_us"] = 2000;
                      json["links"]["node"]["gb_per_s"] = 4000;
                      json["sources"].erase("tile");
                    }),
            "expected 0.05 to 200 us, found 2000 at /launch_us; expected a link no faster than the memory "
            "(3350 GB/s), found 4000 at /links/node/gb_per_s; expected where the figures of tile come from, "
            "found none at /sources/tile");
}
