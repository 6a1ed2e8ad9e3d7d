// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Target.h"

#include "planner/JsonSchema.h"
#include "planner/TargetData.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <sstream>

using namespace sennit::planner;
using Json = nlohmann::ordered_json;

static Json textOf(const std::string &name) {
  for (const TargetText &target : targetTexts)
    if (name == target.name)
      return Json::parse(target.text);
  return {};
}

/// The avx2 target with one change; its offences.
static std::string offencesOf(const std::function<void(Json &)> &change) {
  Json json = textOf("cpu-avx2");
  change(json);
  auto target = parseTarget(json.dump(), "t.json");
  return target.ok() ? "" : target.status().message();
}

TEST(Target, BuiltinsLoadUnderTheirNames) {
  for (const std::string &name : builtinTargetNames()) {
    auto target = loadTarget(name);
    ASSERT_TRUE(target.ok()) << target.status().message();
    EXPECT_EQ(target->name, name);
    if (target->kind == "cpu") {
      EXPECT_EQ("cpu-" + target->cpuLevel, name);
      EXPECT_GE(target->caches.size(), 1u);
    }
    EXPECT_FALSE(target->sources.empty()) << name;
    EXPECT_GT(target->absorbs.scratchBytes, 0);
  }
}

TEST(Target, ReadsEveryField) {
  auto target = loadTarget("cpu-avx2");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->kind, "cpu");
  EXPECT_EQ(target->cores, 2);
  EXPECT_EQ(target->f32GflopsPerCore, 103);
  EXPECT_EQ(target->i8GopsPerCore, 204);
  EXPECT_EQ(target->caches[0].name, "l1d");
  EXPECT_EQ(target->caches[0].bytes, 32768);
  EXPECT_EQ(target->caches[2].sharedBy, 8);
  EXPECT_EQ(target->memoryGbPerSecondPerCore, 21);
  EXPECT_EQ(target->memoryGbPerSecond, 40);
  EXPECT_TRUE(target->absorbs.siblings);
  EXPECT_EQ(target->absorbs.append, std::vector<std::string>{"rope"});
  EXPECT_EQ(target->absorbs.blockRows, 4);
  EXPECT_EQ(target->schedule.rows, 8);
  EXPECT_EQ(target->schedule.streams, 4);
  EXPECT_EQ(target->schedule.ahead, 2048);
  EXPECT_EQ(target->devices, 1);
  EXPECT_EQ(target->launchUs, 1);
  EXPECT_EQ(target->memoryBytes, 0);
  EXPECT_EQ(target->memoryCurve.at(.25), .25);
}

TEST(Target, ReadsEveryFieldOfAGpu) {
  auto target = loadTarget("a100-80g-x8");
  ASSERT_TRUE(target.ok()) << target.status().message();
  EXPECT_EQ(target->kind, "gpu");
  EXPECT_EQ(target->cpuLevel, "");
  EXPECT_EQ(target->devices, 8);
  EXPECT_EQ(target->devicesPerNode, 8);
  EXPECT_EQ(target->f16Tflops, 312);
  EXPECT_EQ(target->f32Tflops, 19.5);
  EXPECT_EQ(target->memoryBytes, 80e9);
  EXPECT_EQ(target->memoryGbPerSecond, 2000);
  EXPECT_EQ(target->node.gbPerSecond, 300);
  EXPECT_EQ(target->node.latencyUs, 1);
  EXPECT_EQ(target->node.efficiency, .69);
  EXPECT_EQ(target->network.gbPerSecond, 0);
  EXPECT_EQ(target->activationBytes, 2);
  EXPECT_EQ(target->cacheElementBytes, 2);
  EXPECT_EQ(target->tile.rows, 64);
  EXPECT_EQ(target->tile.columns, 128);
  EXPECT_EQ(target->tile.processors, 108);
  EXPECT_EQ(target->cores, 108);
  EXPECT_NEAR(target->f32GflopsPerCore, 19500 / 108.0, 1e-9);
  EXPECT_EQ(target->launchUs, 2);
  EXPECT_EQ(target->joinUs, 2);
  ASSERT_EQ(target->linears.size(), 4u);
  EXPECT_EQ(target->linears[1].n, 8192);
  EXPECT_EQ(target->linears[1].k, 1024);
  EXPECT_EQ(target->linears[1].byRows.x, std::vector<double>{2048});
  EXPECT_EQ(target->linears[1].byRows.y, std::vector<double>{.55});
  EXPECT_EQ(target->decodeEfficiency.y, std::vector<double>{.8114});
  EXPECT_EQ(target->prefillEfficiency.x, std::vector<double>{1431718750});
  EXPECT_EQ(target->memoryCurve.at(.4), .8);
  EXPECT_EQ(target->networkCurve.at(.1), .3);
  EXPECT_TRUE(target->absorbs.siblings);
  EXPECT_EQ(target->sources[0].first, "peaks");

  auto h200 = loadTarget("h200-x8");
  ASSERT_TRUE(h200.ok()) << h200.status().message();
  ASSERT_EQ(h200->collectives.size(), 13u);
  EXPECT_EQ(h200->collectives[2].kind, Collective::AllReduce);
  EXPECT_EQ(h200->collectives[2].ranks, 8);
  EXPECT_EQ(h200->collectives[2].usByBytes.y, (std::vector<double>{15, 25, 123, 710}));
  EXPECT_EQ(h200->collectives[12].kind, Collective::SendReceive);
  auto h100 = loadTarget("h100-x64");
  ASSERT_TRUE(h100.ok()) << h100.status().message();
  EXPECT_EQ(h100->devices, 64);
  EXPECT_EQ(h100->network.gbPerSecond, 50);
  EXPECT_EQ(h100->network.efficiency, 1); // not given
}

TEST(Target, NamesCollectivesAsTheSchemaDoes) {
  for (Collective kind : {Collective::AllReduce, Collective::AllGather, Collective::ReduceScatter,
                          Collective::AllToAll, Collective::Broadcast, Collective::SendReceive}) {
    Json json = textOf("h200-x8");
    json["collectives"][0]["kind"] = collectiveName(kind);
    json["collectives"][0]["ranks"] = 5; // with which no other entry collides
    auto target = parseTarget(json.dump(), "t.json");
    ASSERT_TRUE(target.ok()) << target.status().message();
    EXPECT_EQ(target->collectives[0].kind, kind);
  }
}

TEST(Target, NamesEveryOffence) {
  EXPECT_EQ(offencesOf([](Json &json) {
              json["cores"] = 0;
              json["cpu_level"] = "sse2";
              json["memory"].erase("gb_per_s");
            }),
            "t.json: expected one of [\"avx2\",\"avx512\"], found \"sse2\" at /cpu_level; expected at least "
            "1, found 0 at "
            "/cores; expected a field \"gb_per_s\", found none at /memory");
}

TEST(Target, RefusesWhatTheSchemaForbids) {
  EXPECT_EQ(offencesOf([](Json &json) { json["colour"] = "red"; }),
            "t.json: expected no field \"colour\", found one at /");
  EXPECT_EQ(offencesOf([](Json &json) { json["absorbs"]["append"] = "rope"; }),
            "t.json: expected an array, found a string at /absorbs/append");
  EXPECT_EQ(offencesOf([](Json &json) { json["caches"] = Json::array(); }),
            "t.json: expected at least 1 items, found 0 at /caches");
  EXPECT_EQ(offencesOf([](Json &json) { json["peaks"]["f32_gflops_per_core"] = 0; }),
            "t.json: expected more than 0, found 0 at /peaks/f32_gflops_per_core");
  EXPECT_EQ(offencesOf([](Json &json) { json["cores"] = 1.5; }),
            "t.json: expected an integer, found a number at /cores");
}

TEST(Target, RefusesTextThatIsNotJson) {
  EXPECT_EQ(parseTarget("{", "t.json").status().message(), "t.json: expected JSON, found text that is not");
  EXPECT_EQ(loadTarget("no/such.json").status().message(),
            "expected a target file or one of cpu-avx2, cpu-avx512, a100-80g-x8, h100-x1, h100-x8, h100-x64, "
            "h200-x1, h200-x8, b200-x8, found \"no/such.json\"");
}

// docs/targets.md has a row for each target, field and group of sources.
TEST(Target, IsDocumented) {
  std::ifstream file(SENNIT_TEST_DIR "/../docs/targets.md");
  std::stringstream page;
  page << file.rdbuf();
  auto expectWord = [&](const std::string &word) {
    EXPECT_NE(page.str().find("`" + word), std::string::npos) << word;
  };
  for (const std::string &name : builtinTargetNames())
    expectWord(name);
  Json schema = Json::parse(targetSchemaText);
  for (const char *kind : {"cpu", "gpu"})
    for (const auto &[field, part] : schema["definitions"][kind]["properties"].items())
      expectWord(field);
}

TEST(Target, TellsKindsApart) {
  EXPECT_EQ(offencesOf([](Json &json) { json["kind"] = "tpu"; }),
            "t.json: expected one of [\"cpu\",\"gpu\"], found \"tpu\" at /kind");
  EXPECT_EQ(offencesOf([](Json &json) { json.erase("kind"); }),
            "t.json: expected a field \"kind\", found none at /");
  EXPECT_EQ(parseTarget("[]", "t.json").status().message(),
            "t.json: expected an object, found an array at /");
  EXPECT_EQ(offencesOf([](Json &json) { json["devices"] = 8; }),
            "t.json: expected no field \"devices\", found one at /");
}

TEST(JsonSchema, RefusesKeywordsThatItDoesNotCheck) {
  EXPECT_EQ(findSchemaOffences(Json{{"maximum", 3}}, Json(2)),
            std::vector<std::string>{"expected a known schema keyword, found \"maximum\" at /"});
}
