// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanOptions.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace sennit;
using namespace sennit::compiler;
using nlohmann::json;

namespace {

const json opTimes = {{"kqv", 16.08},
                      {"o", 16.01},
                      {"up_gate", 69.92},
                      {"down", 34.96},
                      {"decode_attention", 35.6},
                      {"prefill_attention", 4.56},
                      {"network", 47.92}};

/// The smallest request, with `fields` in it.
json request(const json &fields = json::object()) {
  json options = {{"config", "c.json"}, {"target", "a100-80g-x8"}};
  options.update(fields);
  return options;
}

std::string errorOf(const json &options) {
  StatusOr<PlanOptions> plan = parsePlanOptions(options);
  return plan.ok() ? "" : plan.status().message();
}

TEST(PlanOptions, HasDefaults) {
  StatusOr<PlanOptions> plan = parsePlanOptions(request());
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->tensorParallel, 0);
  EXPECT_EQ(plan->batch, 2048);
  EXPECT_EQ(plan->prompt, 512);
  EXPECT_EQ(plan->output, 1024);
  EXPECT_TRUE(plan->opTimes.empty());
  EXPECT_EQ(plan->split, PlanSplitMode::Auto);
  EXPECT_EQ(plan->maxParts, 4);
  EXPECT_EQ(nameOf(plan->scheduler), std::string("search"));
  EXPECT_EQ(nameOf(plan->objective), std::string("throughput"));
}

TEST(PlanOptions, LatencyIsThatOfStepsOfGeneratedRows) {
  StatusOr<PlanOptions> plan = parsePlanOptions(request({{"objective", "latency"}}));
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->batch, 1);
  EXPECT_EQ(parsePlanOptions(request({{"objective", "latency"}, {"batch", 64}}))->batch, 64);
  EXPECT_NE(errorOf(request({{"objective", "latency"}, {"op_times", opTimes}})), "");
}

TEST(PlanOptions, ReadsEveryField) {
  StatusOr<PlanOptions> plan = parsePlanOptions(request({{"layout", {{"tp", 8}}},
                                                         {"batch", 1},
                                                         {"prompt", 1},
                                                         {"output", 0},
                                                         {"op_times", opTimes},
                                                         {"split_penalty", 0.132},
                                                         {"objective", "throughput"},
                                                         {"budget", 0.5},
                                                         {"split", "1"},
                                                         {"max_parts", 8},
                                                         {"scheduler", "exact"},
                                                         {"seed", 7},
                                                         {"emit", true}}));
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->tensorParallel, 8);
  EXPECT_EQ(plan->batch, 1);
  EXPECT_EQ(plan->output, 0);
  EXPECT_EQ(plan->opTimes, (opTimes.get<std::map<std::string, double>>()));
  EXPECT_EQ(plan->splitPenalty, 0.132);
  EXPECT_EQ(plan->objective, PlanObjective::Throughput);
  EXPECT_EQ(plan->budgetSeconds, 0.5);
  EXPECT_EQ(plan->split, PlanSplitMode::Equal);
  EXPECT_EQ(plan->equalParts, 1);
  EXPECT_EQ(plan->maxParts, 8);
  EXPECT_EQ(plan->scheduler, planner::Scheduler::Exact);
  EXPECT_EQ(plan->seed, 7u);
  EXPECT_TRUE(plan->emit);
}

TEST(PlanOptions, TakesAsManyPartsAsTheSplitDemands) {
  for (int parts : {1, 4, 5, 8}) {
    StatusOr<PlanOptions> plan = parsePlanOptions(request({{"split", parts}}));
    ASSERT_TRUE(plan.ok()) << plan.status().message();
    EXPECT_EQ(plan->equalParts, parts);
    EXPECT_EQ(plan->maxParts, std::max(4, parts));
  }
  EXPECT_EQ(errorOf(request({{"split", 3}, {"max_parts", 3}})), "");
  EXPECT_EQ(errorOf(request({{"split", "off"}, {"max_parts", 1}})), "");
  EXPECT_EQ(errorOf(request({{"split", 2}, {"batch", 2}})), "");
}

TEST(PlanOptions, RefusesEachWrongValueInOneSentence) {
  auto without = [](const char *op) {
    json times = opTimes;
    times.erase(op);
    return json{{"op_times", times}};
  };
  auto with = [](const char *op, const json &value) {
    json times = opTimes;
    times[op] = value;
    return json{{"op_times", times}};
  };
  json none = opTimes;
  for (auto &[op, ms] : none.items())
    ms = 0;
  const std::pair<json, std::string> cases[] = {
      {{{"config", ""}}, "CONFIG: expected a name or a path, found \"\""},
      {{{"target", 7}}, "--target: expected a name or a path, found 7"},
      {{{"batch", 0}}, "--batch: expected a whole number from 1 to 16777216, found 0"},
      {{{"batch", 16777217}}, "--batch: expected a whole number from 1 to 16777216, found 16777217"},
      {{{"batch", 2.5}}, "--batch: expected a whole number from 1 to 16777216, found 2.5"},
      {{{"batch", 18446744073709551615ull}},
       "--batch: expected a whole number from 1 to 16777216, found 18446744073709551615"},
      {{{"prompt", 0}}, "--prompt: expected a whole number from 1 to 16777216, found 0"},
      {{{"output", -1}}, "--output: expected a whole number from 0 to 16777216, found -1"},
      {{{"split_penalty", -0.1}}, "--split-penalty: expected a number of at least 0, found -0.1"},
      {{{"split_penalty", 1001}}, "--split-penalty: expected at most 1000, found 1001"},
      {{{"budget", "long"}}, "--budget: expected a number of at least 0, found \"long\""},
      {{{"objective", "speed"}}, "--objective: expected one of throughput, latency, found \"speed\""},
      {{{"scheduler", "magic"}},
       "--scheduler: expected one of sequential, list, search, exact, found \"magic\""},
      {{{"max_parts", 0}}, "--max-parts: expected a whole number from 1 to 8, found 0"},
      {{{"max_parts", 9}}, "--max-parts: expected a whole number from 1 to 8, found 9"},
      {{{"split", 0}}, "--split: expected auto, off, or a number of equal parts from 1 to 8, found 0"},
      {{{"split", "9"}}, "--split: expected auto, off, or a number of equal parts from 1 to 8, found \"9\""},
      {{{"split", "2x"}},
       "--split: expected auto, off, or a number of equal parts from 1 to 8, found \"2x\""},
      {{{"split", 3}, {"max_parts", 2}}, "--split: expected at most the 2 parts of --max-parts, found 3"},
      {{{"split", 3}, {"batch", 2}}, "--split: expected at most as many parts as there are rows, 2, found 3"},
      {{{"split", "off"}, {"max_parts", 2}}, "--max-parts: expected 1 or none beside --split off, found 2"},
      {{{"split", "off"}, {"split_penalty", 0.5}},
       "--split-penalty: expected 0 or none beside --split off, found 0.5"},
      {{{"split", 2}, {"scheduler", "sequential"}},
       "--split: expected auto, off or 1 beside --scheduler sequential, found 2"},
      {{{"split", "off"}, {"sweep", true}},
       "--sweep: expected --split auto, since it asks where to split, found --split \"off\""},
      {{{"split", 2}, {"buckets", true}},
       "--buckets: expected --split auto, since it asks where to split, found --split 2"},
      {{{"seed", -1}}, "--seed: expected a whole number from 0 to 4611686018427387904, found -1"},
      {{{"emit", 1}}, "emit: expected true or false, found 1"},
      {{{"layout", {{"pp", 2}}}}, "--layout: expected the mesh axis tp alone, found 'pp'"},
      {{{"layout", {{"tp", 0}}}}, "--layout tp: expected a whole number from 1 to 65536, found 0"},
      {{{"layout", json::object()}},
       "--layout: expected a mesh axis and its devices, such as tp=8, found {}"},
      {{{"op_times", 7}}, "--op-times: expected an object of milliseconds by op, found 7"},
      {with("norm", 1),
       "--op-times: expected the ops kqv, o, up_gate, down, decode_attention, prefill_attention, "
       "network, found 'norm'"},
      {without("down"),
       "--op-times: expected the ops kqv, o, up_gate, down, decode_attention, prefill_attention, "
       "network, found no 'down'"},
      {with("down", -1), "--op-times 'down': expected a number of at least 0, found -1"},
      {with("down", "34"), "--op-times 'down': expected a number of at least 0, found \"34\""},
      {with("down", 1.1e12), "--op-times 'down': expected at most 1e12 ms, found 1100000000000.0"},
      {{{"op_times", none}}, "--op-times: expected at least 1e-06 ms in all, found 0.0"},
      {{{"op_times", nullptr}}, "--op-times: expected an object of milliseconds by op, found null"},
      {{{"speed", 1}}, "expected plan options, found the unknown 'speed'"},
  };
  for (const auto &[fields, expected] : cases) {
    std::string error = errorOf(request(fields));
    EXPECT_EQ(error.substr(0, expected.size()), expected) << fields;
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
  EXPECT_EQ(errorOf(json::array()), "expected an object of plan options, found []");
  EXPECT_EQ(errorOf({{"target", "t"}}), "CONFIG: expected a name or a path, found none");
}

} // namespace
