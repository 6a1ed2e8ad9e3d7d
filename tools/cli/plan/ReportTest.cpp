// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/TestReport.h"

#include <gtest/gtest.h>

using namespace sennit;
using namespace sennit::cli;
using namespace sennit::test;
using nlohmann::json;

namespace {

TEST(PlanReport, ReadsTheFields) {
  PlanReport report = parsed(splitReport());
  EXPECT_EQ(report.model.layers, 3);
  EXPECT_EQ(layoutText(report), "tp=2");
  EXPECT_EQ(report.ops.size(), 4u);
  EXPECT_EQ(report.pieces.size(), 18u);
  EXPECT_EQ(report.pieces[1].lane, PlanLane::Memory);
  EXPECT_EQ(report.pieces[2].rows, (PlanRows{3, 7}));
  EXPECT_EQ(report.pieces[17].layer, 2);
  ASSERT_EQ(report.why.size(), 2u);
  EXPECT_FALSE(report.why[1].ms);
  // 7 rows in 9 ms on two devices.
  EXPECT_NEAR(report.rateOf(9), 388.89, 0.01);
  EXPECT_EQ(report.rateOf(0), 0);
  // In the order of the ops, not of the alphabet.
  ASSERT_EQ(report.split.size(), 4u);
  EXPECT_EQ(report.split[0].first, "kqv");
  EXPECT_EQ(report.split[1].first, "decode_attention");
  EXPECT_EQ(rangesText(report.split[1].second), "0-3 3-7");
}

TEST(PlanReport, KeepsASecondNodeOfAnOpBesideTheFirst) {
  json report = splitReport();
  report["split"]["kqv.2"] = report["split"]["kqv"];
  PlanReport read = parsed(report);
  ASSERT_EQ(read.split.size(), 5u);
  EXPECT_EQ(read.split[0].first, "kqv");
  EXPECT_EQ(read.split[1].first, "kqv.2");
}

TEST(PlanReport, TakesNullAndMinusOneForNoLayer) {
  json report = splitReport();
  report["nodes"][0]["layer"] = nullptr;
  report["nodes"][1]["layer"] = -1;
  PlanReport read = parsed(report);
  EXPECT_FALSE(read.pieces[0].layer);
  EXPECT_FALSE(read.pieces[1].layer);
}

TEST(PlanReport, NamesTheFirstFieldThatIsWrong) {
  struct Case {
    const char *pointer;
    json value; ///< discarded: the field is taken out
    const char *expected;
  };
  const json gone = json::value_t::discarded;
  for (const Case &bad : {
           Case{"/plan_ms", gone, "expected a number from 0 to 1e18 as 'plan_ms', found none"},
           Case{"/plan_ms", "9", "expected a number from 0 to 1e18 as 'plan_ms', found \"9\""},
           Case{"/bound_ms", 2e18, "expected a number from 0 to 1e18 as 'bound_ms', found 2e+18"},
           Case{"/bound_ms", -1, "expected a number from 0 to 1e18 as 'bound_ms', found -1"},
           Case{"/model", 7, "expected an object as 'model', found 7"},
           Case{"/model/layers", 1.5, "expected a whole number of at least 0 as 'model.layers', found 1.5"},
           Case{"/devices", 0, "expected a whole number of at least 1 as 'devices', found 0"},
           Case{"/layout/tp", 0, "expected a whole number of at least 1 as 'layout.tp', found 0"},
           Case{"/load/batch", 18446744073709551615ull,
                "expected a whole number of at least 1 as 'load.batch'"},
           Case{"/valid", 1, "expected true or false as 'valid', found 1"},
           Case{"/ops", json::object(), "expected a list as 'ops', found {}"},
           Case{"/ops/3", 5, "expected an object as 'ops[3]', found 5"},
           Case{"/ops/1/gflop", nullptr, "expected a number from 0 to 1e18 as 'ops[1].gflop', found none"},
           Case{"/decision", gone, "expected text as 'decision', found none"},
           Case{"/split/o", 7, "expected a list of rows as 'split.o', found 7"},
           Case{"/split/o/0", {7, 0}, "expected rows [begin, end) as 'split.o', found [7,0]"},
           Case{"/nodes/17/lane", "disk",
                "expected one of compute, memory, network as 'nodes[17].lane', found \"disk\""},
           Case{"/nodes/2/share", 1.01, "expected a number from 0 to 1 as 'nodes[2].share', found 1.01"},
           Case{"/nodes/2/rows", {0}, "expected rows [begin, end) as 'nodes[2].rows', found [0]"},
           Case{"/nodes/2/rows", {-1, 3}, "expected rows [begin, end) as 'nodes[2].rows', found [-1,3]"},
           Case{"/nodes/2/end", 0.5,
                "expected a time that is not before the start as 'nodes[2].end', found 0.5"},
           Case{"/nodes/2/layer", -2, "expected a whole number of at least 0 as 'nodes[2].layer', found -2"},
           Case{"/why/0/ms", "long", "expected a number or null as 'why[0].ms', found \"long\""},
       }) {
    json report = splitReport();
    json::json_pointer pointer(bad.pointer);
    if (bad.value.is_discarded())
      report[pointer.parent_pointer()].erase(pointer.back());
    else
      report[pointer] = bad.value;
    StatusOr<PlanReport> read = parsePlanReport(report, "a.json");
    ASSERT_FALSE(read.ok()) << bad.pointer;
    std::string expected =
        std::string("a.json: expected the report of `sennit plan --json`: ") + bad.expected;
    EXPECT_EQ(read.status().message().substr(0, expected.size()), expected);
  }
  EXPECT_FALSE(parsePlanReport(json::array(), "a.json").ok());
}

TEST(SteadyWindow, IsTwoLayersOfTheMiddle) {
  // Of three layers the first two are those that the third ends.
  SteadyWindow window = steadyWindow(parsed(splitReport()));
  EXPECT_EQ(window.first, 0);
  EXPECT_EQ(window.last, 1);
  EXPECT_EQ(window.next, 2);
  EXPECT_EQ(window.begin, 0);
  EXPECT_EQ(window.end, 6);
}

TEST(SteadyWindow, LooksPastPiecesThatTakeNoTime) {
  json report = splitReport();
  for (int layer = 0; layer < 3; ++layer) {
    json empty = report["nodes"][0];
    empty.update({{"layer", layer}, {"rows", {7, 7}}, {"start", 0}, {"end", 0}});
    report["nodes"].push_back(empty);
  }
  SteadyWindow window = steadyWindow(parsed(report));
  EXPECT_EQ(window.next, 2);
  EXPECT_EQ(window.end, 6);
}

TEST(SteadyWindow, IsAllOfAPlanWithoutAMiddle) {
  SteadyWindow none = steadyWindow(parsed(emptyReport()));
  EXPECT_FALSE(none.first || none.next);
  EXPECT_EQ(none.end, 0);
  SteadyWindow one = steadyWindow(parsed(oneNodeReport()));
  EXPECT_EQ(one.first, 0);
  EXPECT_EQ(one.last, 0);
  EXPECT_FALSE(one.next);
  EXPECT_EQ(one.end, 1);
  // Layers that start together have no time of their own.
  json together = splitReport();
  for (json &node : together["nodes"])
    node["start"] = 0;
  SteadyWindow window = steadyWindow(parsed(together));
  EXPECT_FALSE(window.next);
  EXPECT_EQ(window.end, 9);
  json outside = oneNodeReport();
  outside["nodes"][0]["layer"] = -1;
  EXPECT_FALSE(steadyWindow(parsed(outside)).first);
  EXPECT_EQ(steadyWindow(parsed(outside)).end, 1);
}

} // namespace
