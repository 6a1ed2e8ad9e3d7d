// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/Target.h"

#include "planner/JsonSchema.h"
#include "planner/TargetData.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

using namespace sennit::planner;
using Json = nlohmann::ordered_json;

/// The avx2 target with one change; its offences.
static std::string offencesOf(const std::function<void(Json &)> &change) {
  Json json = Json::parse(cpuAvx2TargetText);
  change(json);
  auto target = parseTarget(json.dump(), "t.json");
  return target.ok() ? "" : target.status().message();
}

TEST(Target, BuiltinsLoadUnderTheirNames) {
  for (const std::string &name : builtinTargetNames()) {
    auto target = loadTarget(name);
    ASSERT_TRUE(target.ok()) << target.status().message();
    EXPECT_EQ(target->name, name);
    EXPECT_EQ("cpu-" + target->cpuLevel, name);
    EXPECT_GE(target->caches.size(), 1u);
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
            "expected a target file or one of cpu-avx2, cpu-avx512, found \"no/such.json\"");
}

TEST(JsonSchema, RefusesKeywordsThatItDoesNotCheck) {
  EXPECT_EQ(findSchemaOffences(Json{{"maximum", 3}}, Json(2)),
            std::vector<std::string>{"expected a known schema keyword, found \"maximum\" at /"});
}
