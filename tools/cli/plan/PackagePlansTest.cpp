// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/PackagePlans.h"
#include "tools/cli/plan/TestReport.h"

#include <gtest/gtest.h>

using namespace sennit;
using namespace sennit::cli;
using namespace sennit::test;
using nlohmann::json;

namespace {

json bucket(int64_t rows, const char *role) {
  json entry = {{"rows", rows},
                {"role", role},
                {"decision", "unsplit"},
                {"condition", "weights would be read again"},
                {"predicted_us", 120.5},
                {"sequential_us", 120.5},
                {"unsplit_us", 120.5},
                {"bound_us", 110},
                {"split", json::object()},
                {"why", json::array()},
                {"nodes", json::array()}};
  return entry;
}

json section() {
  json split = bucket(512, "mixed");
  json report = splitReport();
  for (const char *field : {"split", "why", "nodes", "decision", "condition"})
    split[field] = report[field];
  split["predicted_us"] = 9000;
  return {{"plans", {bucket(1, "generated"), split}}};
}

std::string errorOf(const json &planSection, const std::string &key) {
  StatusOr<json> plans = selectPlans(planSection, key, "m.sennit");
  if (!plans.ok())
    return plans.status().message();
  StatusOr<std::string> text = renderPackagePlans(*plans, "m.sennit");
  return text.ok() ? "" : text.status().message();
}

TEST(PackagePlans, ListsTheBuckets) {
  StatusOr<json> plans = selectPlans(section(), "", "m.sennit");
  ASSERT_TRUE(plans.ok()) << plans.status().message();
  EXPECT_EQ(*renderPackagePlans(*plans, "m.sennit"), block(R"(
     bucket  decision  plan us  unsplit us  sequential us  bound us  condition
1:generated  unsplit     120.5       120.5          120.5     110.0  weights would be read again
  512:mixed  split      9000.0       120.5          120.5     110.0  wins by 0.5 ms

--bucket ROWS:ROLE shows the pieces of one
)"));
}

TEST(PackagePlans, ShowsThePiecesOfOneBucketLayersTogether) {
  StatusOr<json> plans = selectPlans(section(), "512:mixed", "m.sennit");
  ASSERT_TRUE(plans.ok()) << plans.status().message();
  ASSERT_EQ(plans->size(), 1u);
  EXPECT_EQ(*renderPackagePlans(*plans, "m.sennit"), block(R"(
bucket 512:mixed
decision  split: wins by 0.5 ms
plan 9000.0 us, unsplit 120.5 us, sequential 120.5 us, bound 110.0 us
rows of kqv: 0-7
rows of decode_attention: 0-3 3-7
rows of o: 0-7
rows of network: 0-3 3-7
lost: unsplit, 9500.0 us, by 500.0 us: nothing is hidden
lost: tile-grained overlap: no blocks

op                first node                    rows  lane     share  pieces  start us  us each  us in all
kqv               layers.0.q_proj:linear         0-7  compute   1.00       3       0.0   1000.0     3000.0
decode_attention  layers.0.attention:generated   0-3  memory    0.50       3    1000.0    500.0     1500.0
decode_attention  layers.0.attention:generated   3-7  memory    0.50       3    1500.0   1000.0     3000.0
o                 layers.0.o_proj:linear         0-7  compute   0.25       3    1000.0   2000.0     6000.0
network           layers.0.o_proj:all_reduce     0-3  network   0.25       3    1500.0    500.0     1500.0
network           layers.0.o_proj:all_reduce     3-7  network   0.25       3    2500.0    500.0     1500.0
)"));
}

TEST(PackagePlans, ShowsABucketWithoutPieces) {
  EXPECT_EQ(*renderPackagePlans(*selectPlans(section(), "1:generated", "m.sennit"), "m.sennit"),
            "bucket 1:generated\ndecision  unsplit: weights would be read again\n"
            "plan 120.5 us, unsplit 120.5 us, sequential 120.5 us, bound 110.0 us\n");
}

TEST(PackagePlans, SaysWhatThereIsNot) {
  for (const json &none : {json::object(), json{{"plans", json::array()}}, json{{"plans", 7}}, json()})
    EXPECT_EQ(errorOf(none, ""),
              "m.sennit: expected the plans of its buckets, found none (it was compiled without "
              "planning, or from a level below the plan)");
  EXPECT_EQ(errorOf(section(), "2:mixed"),
            "--bucket: expected one of 1:generated, 512:mixed, found '2:mixed'");
  EXPECT_EQ(errorOf(section(), "512"), "--bucket: expected one of 1:generated, 512:mixed, found '512'");
}

TEST(PackagePlans, RefusesFieldsOfAnotherKind) {
  json wrong = section();
  wrong["plans"][0]["bound_us"] = "fast";
  EXPECT_EQ(errorOf(wrong, ""),
            "m.sennit: expected the plans of its buckets: expected a number from 0 to 1e18 as "
            "'plans[0].bound_us', found \"fast\"");
  wrong = section();
  wrong["plans"][1]["nodes"][3].erase("lane");
  EXPECT_EQ(
      errorOf(wrong, ""),
      "m.sennit: expected the plans of its buckets: expected text as 'plans[1].nodes[3].lane', found none");
  EXPECT_NE(errorOf({{"plans", {5}}}, ""), "");
}

} // namespace
