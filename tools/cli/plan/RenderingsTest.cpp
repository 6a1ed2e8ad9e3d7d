// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/Renderings.h"
#include "tools/cli/plan/Drawing.h"
#include "tools/cli/plan/TestReport.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

using namespace sennit;
using namespace sennit::cli;
using namespace sennit::test;
using nlohmann::json;

namespace {

size_t countOf(const std::string &text, const std::string &part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

bool has(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

TEST(PlanText, IsThisForASplitPlan) {
  EXPECT_EQ(renderPlanText(parsed(splitReport())), block(R"(
tiny (llama): 3 layers of 64, 131 parameters
target    pair, 2 devices, tp=2
load      7 rows a step: 5 generated, 2 prompt; requests of 3 in, 9 out
objective throughput

op                class      GFLOP  GB mem  GB net  comp ms  mem ms  net ms    ms  basis
kqv               compute  27487.8    19.5       -     2.50    1.22       -  3.00  table
decode_attention  memory       1.0     4.0       -     0.10    2.40       -  2.40  table
o                 compute      1.0     1.0       -     3.00    1.00       -  3.00  table
network           network        -       -     2.0        -       -    1.20  1.20  table
sum                        27489.8    24.5     2.0                           9.60

time          ms  speedup  tokens/s/GPU
sequential  9.60    1.000           365  one op after another
unsplit     9.50    1.011           368  whole batch, independent ops side by side
plan        9.00    1.067           389  2.86 % above the bound
bound       8.75    1.097           400  fluid bound of the plan's own pieces
steady state 3000.0 us a layer

decision  split: wins by 0.5 ms
rows      kqv               0-7
          decode_attention  0-3 3-7
          o                 0-7
          network           0-3 3-7

alternative           ms    loses by  why
unsplit               9.50  0.50      nothing is hidden
tile-grained overlap  none  none      no blocks

valid by the independent validator; search, 0.50 s, 42 iterations, 18 pieces
)"));
}

TEST(PlanText, IsThisForOneNode) {
  EXPECT_EQ(renderPlanText(parsed(oneNodeReport())), block(R"(
tiny (llama): 1 layer of 64, 131 parameters
target    cpu-avx2, 1 device
load      1 row a step: 1 generated, 0 prompt; requests of 1 in, 0 out
objective latency

op   class    GFLOP  GB mem  GB net  comp ms  mem ms  net ms    ms  basis
kqv  compute    2.0     0.5       -     1.00    0.25       -  1.00  roofline
sum             2.0     0.5       -                           1.00

time          ms  speedup  tokens/s/GPU
sequential  1.00    1.000          1000  one op after another
unsplit     1.00    1.000          1000  whole batch, independent ops side by side
plan        1.00    1.000          1000  0.00 % above the bound
bound       1.00    1.000          1000  fluid bound of the plan's own pieces
steady state 1000.0 us a layer

decision  unsplit: one row
rows      kqv  0-1

valid by the independent validator; list, 0.00 s, 0 iterations, 1 piece
)"));
}

TEST(PlanText, IsThisForNothing) {
  EXPECT_EQ(renderPlanText(parsed(emptyReport())), block(R"(
tiny (llama): 0 layers of 64, 131 parameters
target    cpu-avx2, 1 device
load      1 row a step: 1 generated, 0 prompt; requests of 1 in, 0 out
objective latency

op   class  GFLOP  GB mem  GB net  comp ms  mem ms  net ms    ms  basis
sum             -       -       -                           0.00

time          ms  speedup  tokens/s/GPU
sequential  0.00    0.000             0  one op after another
unsplit     0.00    0.000             0  whole batch, independent ops side by side
plan        0.00    0.000             0
bound       0.00    0.000             0  fluid bound of the plan's own pieces
steady state 0.0 us a layer

decision  unsplit: one row
rows      all in one piece

valid by the independent validator; list, 0.00 s, 0 iterations, 0 pieces
)"));
}

TEST(PlanText, SaysWhatIsViolated) {
  json report = oneNodeReport();
  report["valid"] = false;
  report["violations"] = {"rows 0-1 of kqv are computed twice"};
  std::string text = renderPlanText(parsed(report));
  EXPECT_TRUE(
      has(text, "VIOLATED  rows 0-1 of kqv are computed twice\nNOT VALID by the independent validator"));
}

TEST(PlanSvg, DrawsOneBarForEachPieceInSight) {
  std::string figure = renderPlanSvg(parsed(splitReport()));
  // Two layers of six pieces, and no piece of the third.
  EXPECT_EQ(countOf(figure, "<polygon"), 12u);
  EXPECT_FALSE(has(figure, "layers.2."));
  EXPECT_TRUE(has(figure, "time from the start of layer 0 to the start of layer 2 (\u00b5s)"));
  EXPECT_TRUE(has(figure, "tiny on pair (2 devices, tp=2), 7 rows: 5 generated, 2 prompt"));
  EXPECT_TRUE(has(figure, "plan 9.0 ms"));
  EXPECT_TRUE(has(figure, "389 tokens/s/GPU"));
  for (const char *label : {">KQV<", ">O<", ">0\u20137<", ">Decode attention<", ">Network<"})
    EXPECT_TRUE(has(figure, label)) << label;
}

TEST(PlanSvg, GivesArithmeticWhatTheOthersLeave) {
  // Beside o: attention at a half all the time but the last half ms, the network at a quarter in the second
  // and the last. The plot is 980 px for 6 ms, the lane 104 px from 70 to 174.
  std::string figure = renderPlanSvg(parsed(splitReport()));
  EXPECT_TRUE(has(
      figure, "points=\"241.33,174.00 241.33,122.00 323.00,122.00 323.00,148.00 404.67,148.00 404.67,122.00 "
              "486.33,122.00 486.33,96.00 568.00,96.00 568.00,174.00\""))
      << figure;
}

TEST(PlanSvg, LabelsLowBarsAbove) {
  json report = splitReport();
  for (json &node : report["nodes"])
    if (node["op"] == "decode_attention")
      node["share"] = 0.05;
  // The lane ends at 294, the bar 5.2 px above, the label 4 more.
  EXPECT_TRUE(has(renderPlanSvg(parsed(report)), "y=\"284.80\" font-size=\"10.00\" fill=\"#444444\""));
}

TEST(PlanSvg, IsPlainAndTheSameEachTime) {
  json report = splitReport();
  report["model"]["name"] = "<a> & \"b\"";
  report["ops"].push_back(report["ops"][0]);
  report["ops"][4]["op"] = report["nodes"][0]["op"] = "lm_head";
  std::string figure = renderPlanSvg(parsed(report));
  EXPECT_EQ(figure, renderPlanSvg(parsed(report)));
  EXPECT_TRUE(has(figure, "&lt;a&gt; &amp; &quot;b&quot;"));
  EXPECT_TRUE(has(figure, ">lm head<"));
  for (const char *part : {"<script", "href", "url(", "@import", "<image", "nan", "inf"})
    EXPECT_FALSE(has(figure, part)) << part;
  EXPECT_TRUE(figure.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_TRUE(figure.ends_with("</svg>\n"));
}

TEST(PlanSvg, KeepsALongTitleInside) {
  json report = oneNodeReport();
  report["model"]["name"] = std::string(300, 'm');
  EXPECT_FALSE(has(renderPlanSvg(parsed(report)), "y=\"28.00\" font-size=\"15.00\""));
  EXPECT_TRUE(has(renderPlanSvg(parsed(oneNodeReport())), "y=\"28.00\" font-size=\"15.00\""));
}

TEST(PlanSvg, TakesPlansOfOnePieceAndOfNone) {
  std::string one = renderPlanSvg(parsed(oneNodeReport()));
  EXPECT_EQ(countOf(one, "<polygon"), 1u);
  EXPECT_TRUE(has(one, "points=\"78.00,174.00 78.00,70.00 1058.00,70.00 1058.00,174.00\""));
  EXPECT_TRUE(has(one, "time in the step"));
  EXPECT_TRUE(has(one, ">compute<"));
  EXPECT_FALSE(has(one, ">network<")) << "a lane that nothing uses";
  EXPECT_TRUE(has(renderPlanSvg(parsed(splitReport())), ">network<"));
  std::string none = renderPlanSvg(parsed(emptyReport()));
  EXPECT_EQ(countOf(none, "<polygon"), 0u);
  EXPECT_TRUE(none.ends_with("</svg>\n"));
}

TEST(Drawing, StepsAxesByOneTwoFive) {
  for (auto [least, step] :
       {std::pair(1.0, 1.0), {1.1, 2.0}, {2.0, 2.0}, {2.1, 5.0}, {5.1, 10.0}, {0.03, 0.05}, {99.0, 100.0}})
    EXPECT_NEAR(niceStep(least), step, 1e-9 * step);
  EXPECT_EQ(paler("#000000"), "#6b6b6b");
  EXPECT_EQ(paler("#ffffff"), "#ffffff");
  EXPECT_EQ(inkOn("#ffffff"), "#1a1a1a");
  EXPECT_EQ(inkOn("#004488"), "#ffffff");
}

/// The spans of a trace by node and rows.
std::map<std::string, json> spansOf(const std::string &trace) {
  std::map<std::string, json> spans;
  const json root = json::parse(trace);
  for (const json &event : root["traceEvents"])
    if (event["ph"] == "X")
      spans[event["args"]["node"].get<std::string>() + " " +
            std::to_string(event["args"]["row_begin"].get<int>())] = event;
  return spans;
}

TEST(PlanTrace, HasATrackForEachLaneAndTheNodesNames) {
  std::string trace = renderPlanTrace(parsed(splitReport()));
  EXPECT_EQ(trace, renderPlanTrace(parsed(splitReport())));
  auto spans = spansOf(trace);
  ASSERT_EQ(spans.size(), 18u);
  const json &span = spans.at("layers.1.attention:generated 3");
  EXPECT_EQ(span["name"], "layers.1.attention:generated");
  EXPECT_EQ(span["cat"], "decode_attention");
  EXPECT_EQ(span["ts"], 4500.0);
  EXPECT_EQ(span["dur"], 1000.0);
  EXPECT_EQ(span["args"]["layer"], 1);
  EXPECT_EQ(span["args"]["row_end"], 7);
  EXPECT_EQ(span["args"]["share"], 0.5);
  std::map<int, std::string> tracks;
  const json root = json::parse(trace);
  for (const json &event : root["traceEvents"]) {
    EXPECT_EQ(event["pid"], 3); // 1 and 2 are a measured trace's
    if (event["name"] == "thread_name")
      tracks[event["tid"]] = event["args"]["name"];
  }
  EXPECT_EQ(tracks, (std::map<int, std::string>{{0, "compute"}, {1000, "memory"}, {2000, "network"}}));
}

TEST(PlanTrace, GivesPiecesThatOverlapOnALaneTracksOfTheirOwn) {
  json report = splitReport();
  report["nodes"][2]["start"] = 1.4;
  auto spans = spansOf(renderPlanTrace(parsed(report)));
  EXPECT_EQ(spans.at("layers.0.attention:generated 0")["tid"], 1000);
  EXPECT_EQ(spans.at("layers.0.attention:generated 3")["tid"], 1001);
  EXPECT_EQ(spans.at("layers.1.attention:generated 0")["tid"], 1000);
}

TEST(PlanTrace, LeavesOutPiecesOfNoRows) {
  json report = splitReport();
  report["nodes"][2]["rows"] = {3, 3};
  EXPECT_EQ(spansOf(renderPlanTrace(parsed(report))).size(), 17u);
}

TEST(PlanTrace, TakesPlansOfOnePieceAndOfNone) {
  EXPECT_EQ(spansOf(renderPlanTrace(parsed(oneNodeReport()))).size(), 1u);
  EXPECT_EQ(spansOf(renderPlanTrace(parsed(emptyReport()))).size(), 0u);
}

TEST(PlanDiff, OfAPlanWithItselfIsEmpty) {
  for (const json &report : {emptyReport(), oneNodeReport(), splitReport()}) {
    nlohmann::ordered_json diff = diffPlans(parsed(report), parsed(report));
    EXPECT_EQ(diff.dump(), R"({"same":true,"context":[],"times":[],"split":[],"shares":[]})");
    EXPECT_EQ(renderPlanDiff(diff), "the plans are the same\n");
  }
}

TEST(PlanDiff, SaysWhichTimesSplitsSharesAndDecisionsChanged) {
  json after = splitReport();
  after["plan_ms"] = 9.5;
  after["decision"] = "unsplit";
  after["ops"][2]["ms"] = 3.5;
  after["split"]["network"] = {{0, 7}};
  after["split"].erase("o");
  for (json &node : after["nodes"])
    if (node["op"] == "decode_attention" && node["rows"][0] == 3)
      node["share"] = 0.75;
  nlohmann::ordered_json diff = diffPlans(parsed(splitReport()), parsed(after));
  EXPECT_EQ(diff.dump(),
            R"({"same":false,"context":[{"field":"decision","a":"split","b":"unsplit"}],)"
            R"("times":[{"field":"plan_ms","a":9.0,"b":9.5,"change":0.5,"ratio":1.0555555555555556},)"
            R"({"field":"o ms","a":3.0,"b":3.5,"change":0.5,"ratio":1.1666666666666667}],)"
            R"("split":[{"op":"network","a":"0-3 3-7","b":"0-7"},{"op":"o","a":"0-7","b":""}],)"
            R"("shares":[{"op":"decode_attention","rows":"3-7","a":"memory 0.50","b":"memory 0.75"}]})");
  EXPECT_EQ(renderPlanDiff(diff), block(R"(
what      a      b
decision  split  unsplit

time         a      b  b - a  b / a
plan_ms  9.000  9.500  0.500  1.056
o ms     3.000  3.500  0.500  1.167

rows of network: 0-3 3-7 -> 0-7
rows of o: 0-7 -> none

lane and share of decode_attention 3-7: memory 0.50 -> memory 0.75
)"));
}

TEST(PlanDiff, NamesWhatMakesPlansHardToCompare) {
  json other = splitReport();
  other["target"] = "h200-x8";
  other["load"]["batch"] = 8;
  nlohmann::ordered_json diff = diffPlans(parsed(splitReport()), parsed(other));
  EXPECT_EQ(diff["context"].dump(),
            R"([{"field":"target","a":"pair","b":"h200-x8"},{"field":"batch","a":7,"b":8}])");
}

TEST(Renderings, TakeWhateverTheReaderTakes) {
  const json report = splitReport(), fields = report.flatten();
  size_t taken = 0, refused = 0;
  for (const auto &[pointer, old] : fields.items())
    for (const json &value : {json(), json(0), json(1), json(1e18), json(-1), json(true), json(""),
                              json("<&>"), json::array(), json::object(), json({0, 7})}) {
      json changed = report;
      changed[json::json_pointer(pointer)] = value;
      StatusOr<PlanReport> read = parsePlanReport(changed, "test");
      if (!read.ok()) {
        ++refused;
        continue;
      }
      ++taken;
      std::string figure = renderPlanSvg(*read);
      EXPECT_FALSE(has(figure, "nan") || has(figure, "inf")) << pointer << " " << value;
      EXPECT_TRUE(json::accept(renderPlanTrace(*read))) << pointer << " " << value;
      EXPECT_NE(renderPlanText(*read), "");
      EXPECT_NE(renderPlanDiff(diffPlans(*read, parsed(report))), "");
    }
  EXPECT_GT(taken, 100u);
  EXPECT_GT(refused, 100u);
}

} // namespace
