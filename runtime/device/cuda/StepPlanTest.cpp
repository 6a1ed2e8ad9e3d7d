// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/StepPlan.h"

#include "runtime/program/Load.h"
#include "runtime/program/TestPackage.h"
#include "runtime/program/Verify.h"

#include <gtest/gtest.h>

#include <set>

namespace sennit::cuda {
namespace {

using schema::Lane;
using schema::RowDomain;
using schema::StepRole;
using Kind = StepNode::Kind;

/// The made-up model with made-up code: each kernel has a function for up to 8 rows (tiles 1, 4 rows a block)
/// and two for more.
struct Fixture {
  explicit Fixture(bool withLanes) {
    testing::TestModel model;
    model.lanes = withLanes;
    model.devices = {{schema::DeviceCodeKind::Cubin, 90, true}};
    const std::string path = testing::temporaryPath("plan.sennit");
    EXPECT_TRUE(testing::writeTestPackage(model, path).ok());
    package = Package::open(path, {std::nullopt, /*executable=*/false}).take();
    places.weights = {0x1000, 0x2000};
    places.keys = {0x3000};
    places.values = {0x4000};
    places.arena = 0x100000;
    places.step = 0x5000;
    places.scratch = {0x6000, 0x7000, 0x8000};
  }

  StepShape shapeOf(uint32_t rows, StepRole role, Overlap overlap) const {
    const schema::Package &root = package->root();
    StepShape shape;
    shape.package = &root;
    shape.code = root.devices()->Get(0);
    shape.mostWanted = wantedLimit(root);
    shape.multiprocessors = 4;
    shape.overlap = overlap;
    for (const schema::Bucket *bucket : *root.entries()->Get(0)->buckets())
      if (!shape.bucket && bucket->role() == role && bucket->rows() >= rows)
        shape.bucket = bucket;
    return shape;
  }
  std::vector<StepNode> plan(uint32_t rows, StepRole role, Overlap overlap = Overlap::Planned) const {
    auto nodes = planStep(shapeOf(rows, role, overlap), places);
    EXPECT_TRUE(nodes.ok()) << nodes.status().message();
    return nodes.take();
  }

  std::shared_ptr<const Package> package;
  Places places;
};

std::vector<std::string> entriesOf(const std::vector<StepNode> &nodes) {
  std::vector<std::string> entries;
  for (const StepNode &node : nodes)
    if (node.kind == Kind::Kernel)
      entries.push_back(node.function->entry()->str());
  return entries;
}

/// Nodes that must have ended before `node` begins, found by following the edges.
std::set<uint32_t> before(const std::vector<StepNode> &nodes, uint32_t node) {
  std::set<uint32_t> all;
  for (uint32_t parent : nodes[node].after) {
    all.insert(parent);
    all.merge(before(nodes, parent));
  }
  return all;
}

TEST(StepPlan, RolesLeaveOutWhatHasNoRows) {
  const Fixture fixture(false);
  EXPECT_EQ(
      entriesOf(fixture.plan(1, StepRole::Generated)),
      (std::vector<std::string>{"embed_few", "cache_store_few", "attention_generated_few", "head_few"}));
  EXPECT_EQ(entriesOf(fixture.plan(1, StepRole::Prompt)),
            (std::vector<std::string>{"embed_few", "cache_store_few", "attention_prompt_few", "head_few"}));
  EXPECT_EQ(entriesOf(fixture.plan(4, StepRole::Mixed)),
            (std::vector<std::string>{"embed_few", "cache_store_few", "attention_generated_few",
                                      "attention_prompt_few", "head_few"}));
  // More than 8 rows: the second variant, two functions.
  EXPECT_EQ(entriesOf(fixture.plan(24, StepRole::Prompt)),
            (std::vector<std::string>{"embed_encode", "embed_many", "cache_store_encode", "cache_store_many",
                                      "attention_prompt_encode", "attention_prompt_many", "head_encode",
                                      "head_many"}));
}

TEST(StepPlan, ArgumentsAreThePlacesOfOperands) {
  const Fixture fixture(false);
  const std::vector<StepNode> nodes = fixture.plan(24, StepRole::Mixed);
  const schema::StepLayout &layout = *fixture.package->root().step();
  const auto field = [&](schema::StepField name) {
    return fixture.places.step + layout.fields()->Get(uint32_t(name))->offset();
  };
  ASSERT_EQ(nodes[0].kind, Kind::Input);
  EXPECT_TRUE(nodes[0].after.empty());
  const LaunchArguments &embed = nodes[1].arguments;
  EXPECT_EQ(embed.operands[0], field(schema::StepField::Tokens));
  EXPECT_EQ(embed.operands[1], field(schema::StepField::Positions));
  EXPECT_EQ(embed.operands[2], fixture.places.weights[0]);
  EXPECT_GE(embed.operands[3], fixture.places.arena);
  EXPECT_EQ(embed.counts, field(schema::StepField::Counts));
  EXPECT_EQ(embed.rowBlocks, field(schema::StepField::RowBlocks));
  EXPECT_EQ(embed.scratch, fixture.places.scratch[0]);
  EXPECT_EQ(embed.domain, uint32_t(RowDomain::All));
  EXPECT_EQ(embed.rowBegin, 0u);
  EXPECT_EQ(embed.rowEnd, 0xffffffffu);
  EXPECT_EQ(embed.maxRows, 24u);
  EXPECT_EQ(nodes[1].blocks, 6u) << "24 rows, 4 in a block";
  const LaunchArguments &store = nodes[3].arguments;
  EXPECT_EQ(store.operands[2], fixture.places.keys[0]);
  EXPECT_EQ(store.operands[3], fixture.places.values[0]);
  for (const StepNode &node : nodes)
    if (node.kind == Kind::Kernel && node.arguments.domain == uint32_t(RowDomain::Generated))
      EXPECT_EQ(node.arguments.maxRows, 23u) << "a mixed step has a row of either role";
}

// Without lanes every node comes after the one before it, in the order of the text; a copy keeps its place.
TEST(StepPlan, OneBranchIsAChain) {
  for (bool withLanes : {false, true})
    for (Overlap overlap : {Overlap::Planned, Overlap::SplitOnly, Overlap::Sequential}) {
      if (withLanes && overlap == Overlap::Planned)
        continue;
      const std::vector<StepNode> nodes = Fixture(withLanes).plan(24, StepRole::Mixed, overlap);
      for (uint32_t i = 1; i < nodes.size(); ++i) {
        EXPECT_EQ(nodes[i].after, std::vector<uint32_t>{i - 1});
        if (!withLanes && nodes[i].kind == Kind::Copy)
          EXPECT_EQ(nodes[i].bytes, 24u * 160);
      }
    }
}

// The attention of one part runs beside the embedding of the other, but after what it reads.
TEST(StepPlan, LanesAreBranchesThatSignalsJoin) {
  const Fixture fixture(true);
  const std::vector<StepNode> nodes = fixture.plan(24, StepRole::Mixed);
  std::vector<uint32_t> stores, attentions, heads;
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    const std::string entry = nodes[i].function ? nodes[i].function->entry()->str() : "";
    if (entry.starts_with("cache_store"))
      stores.push_back(i);
    if (entry.starts_with("attention_generated")) {
      attentions.push_back(i);
      EXPECT_EQ(nodes[i].lane, Lane::Memory);
      EXPECT_EQ(nodes[i].arguments.scratch, fixture.places.scratch[size_t(Lane::Memory)]);
      EXPECT_LE(nodes[i].blocks, 2u) << "a quarter of 4 multiprocessors with 2 blocks each";
    }
    if (entry.starts_with("head"))
      heads.push_back(i);
  }
  ASSERT_GE(stores.size(), 2u);
  ASSERT_GE(attentions.size(), 2u);
  const uint32_t firstAttention = attentions.front(), secondStore = stores.back();
  EXPECT_TRUE(before(nodes, firstAttention).contains(stores.front()));
  EXPECT_FALSE(before(nodes, firstAttention).contains(secondStore)) << "they may run side by side";
  EXPECT_FALSE(before(nodes, secondStore).contains(firstAttention));
  const std::set<uint32_t> beforeHead = before(nodes, heads.front());
  for (uint32_t i = 0; i < heads.front(); ++i)
    EXPECT_TRUE(beforeHead.contains(i)) << "the head reads what node " << i << " wrote";
}

TEST(StepPlan, SequentialJoinsThePiecesOfANode) {
  const std::vector<StepNode> nodes = Fixture(true).plan(24, StepRole::Mixed, Overlap::Sequential);
  std::set<uint32_t> commands;
  for (const StepNode &node : nodes)
    if (node.kind == Kind::Kernel) {
      commands.insert(node.command);
      EXPECT_EQ(node.arguments.rowBegin, 0u);
      EXPECT_EQ(node.arguments.rowEnd, 0xffffffffu);
    }
  EXPECT_EQ(commands.size(), 5u) << "embed, store, two attentions, head";
}

// Pieces in all cover every row of the bucket once, whatever its size.
TEST(StepPlan, PiecesCoverTheRows) {
  const Fixture fixture(true);
  for (uint32_t rows : {1u, 4u, 24u})
    for (StepRole role : {StepRole::Generated, StepRole::Mixed, StepRole::Prompt}) {
      if (rows == 1 && role == StepRole::Mixed)
        continue;
      uint32_t embedded = 0;
      std::set<uint32_t> commands;
      for (const StepNode &node : fixture.plan(rows, role))
        if (node.kind == Kind::Kernel && node.function->entry()->str().starts_with("embed") &&
            commands.insert(node.command).second)
          embedded += node.arguments.maxRows;
      EXPECT_EQ(embedded, rows);
    }
}

TEST(StepPlan, ScratchIsTheLargestOfALane) {
  const Fixture fixture(true);
  const auto scratch = scratchBytes(fixture.shapeOf(24, StepRole::Mixed, Overlap::Planned));
  EXPECT_EQ(scratch[size_t(Lane::Compute)], 64u + 32 * 24);
  EXPECT_EQ(scratch[size_t(Lane::Memory)], 64u + 32 * 20) << "rows 3 to 23 of the generated ones";
  EXPECT_EQ(scratch[size_t(Lane::Network)], 0u);
  const auto few = scratchBytes(fixture.shapeOf(4, StepRole::Generated, Overlap::SplitOnly));
  EXPECT_EQ(few[size_t(Lane::Compute)], 64u);
}

TEST(StepPlan, EndsAreWhatNothingComesAfter) {
  const auto ends = [](const std::vector<std::vector<uint32_t>> &after) {
    std::vector<StepNode> nodes(after.size());
    for (size_t i = 0; i < after.size(); ++i)
      nodes[i].after = after[i];
    return endsOf(nodes);
  };
  using Ends = std::vector<uint32_t>;
  EXPECT_EQ(ends({}), Ends());
  EXPECT_EQ(ends({{}}), Ends({0}));
  EXPECT_EQ(ends({{}, {0}, {1}}), Ends({2}));
  EXPECT_EQ(ends({{}, {0}, {0}, {1}}), Ends({2, 3}));
  EXPECT_EQ(ends({{}, {0}, {0}, {1, 2}}), Ends({3}));
}

} // namespace
} // namespace sennit::cuda
