// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"

#include <gtest/gtest.h>
#include <set>

using namespace mlir;
using namespace sennit;
using namespace sennit::plan;

namespace {

/// A program under construction; every value is tensor<?x8xf32>.
class DependencesTest : public testing::Test {
protected:
  DependencesTest() : builder(&context) {
    context.loadDialect<PlanDialect, func::FuncDialect>();
    type = RankedTensorType::get({ShapedType::kDynamic, 8}, builder.getF32Type());
    module = ModuleOp::create(builder.getUnknownLoc());
    restart();
  }

  void restart() {
    module->getBody()->clear();
    builder.setInsertionPointToEnd(module->getBody());
    program =
        ProgramOp::create(builder, builder.getUnknownLoc(), "step", builder.getFunctionType({type}, {}));
    builder.setInsertionPointToEnd(&program.getBody().front());
    count = 0;
  }

  Value argument() { return program.getBody().getArgument(0); }

  /// A node with one result; `rows` are the ends of its pieces but for the last.
  Value node(ArrayRef<Value> operands, ArrayRef<AccessRange> accesses, RowDomain domain = RowDomain::All,
             int32_t inplace = -1, ArrayRef<int64_t> ends = {}, AccessRange write = AccessRange::Own) {
    auto cost = CostAttr::get(&context, CostClass::Other, 0, 0, 0, 0);
    auto made = NodeOp::create(builder, builder.getUnknownLoc(), TypeRange{type}, "body", operands,
                               "n" + std::to_string(count++), domain, accesses, {write}, {inplace}, cost);
    SmallVector<Attribute> pieces;
    int64_t begin = 0;
    for (int64_t end : ends) {
      pieces.push_back(PieceAttr::get(&context, begin, end, Lane::Compute, 1.0, 0.0));
      begin = end;
    }
    pieces.push_back(PieceAttr::get(&context, begin, PieceAttr::maxRows, Lane::Compute, 1.0, 0.0));
    made.setPiecesAttr(builder.getArrayAttr(pieces));
    return made.getOuts().front();
  }

  std::string report() {
    std::string text;
    for (const Dependence &d : computeDependences(program)) {
      const char *kinds[] = {"flow", "anti", "output"};
      text += std::to_string(d.from) + "." + std::to_string(d.fromPiece) + "->" + std::to_string(d.to) + "." +
              std::to_string(d.toPiece) + " " + kinds[static_cast<int>(d.kind)] + "\n";
    }
    return text;
  }

  MLIRContext context;
  OpBuilder builder;
  RankedTensorType type;
  OwningOpRef<ModuleOp> module;
  ProgramOp program;
  unsigned count = 0;
};

constexpr AccessRange own = AccessRange::Own, earlier = AccessRange::Before, all = AccessRange::All;

TEST_F(DependencesTest, AChainOfWholeNodes) {
  Value a = node({argument()}, {own});
  node({a}, {own});
  EXPECT_EQ(report(), "0.0->1.0 flow\n");
}

TEST_F(DependencesTest, PiecesDependOnTheRowsTheyRead) {
  Value a = node({argument()}, {own}, RowDomain::All, -1, {100});
  node({a}, {own}, RowDomain::All, -1, {100});
  node({a}, {earlier}, RowDomain::All, -1, {100});
  node({a}, {all}, RowDomain::All, -1, {100});
  EXPECT_EQ(report(), "0.0->1.0 flow\n0.1->1.1 flow\n"
                      "0.0->2.0 flow\n0.0->2.1 flow\n0.1->2.1 flow\n"
                      "0.0->3.0 flow\n0.1->3.0 flow\n0.0->3.1 flow\n0.1->3.1 flow\n");
}

TEST_F(DependencesTest, OverwritingWaitsForReadersAndWriters) {
  Value a = node({argument()}, {own});
  node({a}, {own});
  Value b = node({a}, {own}, RowDomain::All, 0); // reads and overwrites what node 0 made and node 1 reads
  node({b}, {own});
  EXPECT_EQ(report(), "0.0->1.0 flow\n0.0->2.0 flow\n1.0->2.0 anti\n0.0->3.0 flow\n2.0->3.0 flow\n");
}

TEST_F(DependencesTest, RolesOfOneValueAreIndependentUntilItIsRead) {
  Value a = node({argument()}, {own}, RowDomain::Generated);
  Value b = node({argument(), a}, {own, own}, RowDomain::Prompt, 1);
  node({b}, {own});
  EXPECT_EQ(report(), "0.0->2.0 flow\n1.0->2.0 flow\n");
  EXPECT_EQ(Storages(program).count(), 3u);
}

TEST_F(DependencesTest, WantedRowsAreNumberedApart) {
  Value a = node({argument()}, {own}, RowDomain::All, -1, {100});
  Value b = node({a}, {all}, RowDomain::Wanted, -1, {10});
  node({b}, {own}, RowDomain::Wanted, -1, {10});
  EXPECT_EQ(report(),
            "0.0->1.0 flow\n0.1->1.0 flow\n0.0->1.1 flow\n0.1->1.1 flow\n1.0->2.0 flow\n1.1->2.1 flow\n");
}

TEST_F(DependencesTest, RangesOfTheStepHoldInEveryDomain) {
  Value a = node({argument()}, {own}, RowDomain::All, -1, {100});
  node({a}, {own}, RowDomain::Prompt, -1, {100});
  node({a}, {own}, RowDomain::Generated, -1, {99, 101});
  node({a}, {earlier}, RowDomain::Prompt, -1, {100});
  EXPECT_EQ(report(), "0.0->1.0 flow\n0.1->1.1 flow\n"
                      "0.0->2.0 flow\n0.0->2.1 flow\n0.1->2.1 flow\n0.1->2.2 flow\n"
                      "0.0->3.0 flow\n0.0->3.1 flow\n0.1->3.1 flow\n");
}

TEST_F(DependencesTest, PromptRowsReadGeneratedRowsBeforeThem) {
  Value a = node({argument()}, {own}, RowDomain::Generated, -1, {1});
  node({a}, {earlier}, RowDomain::Prompt, -1, {1});
  EXPECT_EQ(report(), "0.0->1.0 flow\n0.0->1.1 flow\n0.1->1.1 flow\n");
}

/// The rows that an access touches in a step of `total` rows, of which the first `generated` are generated
/// and as many wanted as there are rows. Wanted rows may be any rows of the step, so they count as every row
/// of it, and as themselves among each other.
std::set<int64_t> rowsTouched(const RowAccess &access, int64_t generated, int64_t total, bool amongWanted) {
  bool wanted = access.domain == RowDomain::Wanted;
  int64_t first = access.domain == RowDomain::Prompt ? generated : 0;
  int64_t last = access.domain == RowDomain::Generated ? generated : total;
  first = std::max(first, access.begin);
  last = std::min(last, access.end);
  std::set<int64_t> rows;
  if (first >= last)
    return rows;
  if (access.range == AccessRange::All || (wanted && !amongWanted))
    first = 0, last = total;
  else if (access.range == AccessRange::Before)
    first = 0, last = std::min(access.end, total);
  for (int64_t row = first; row < last; ++row)
    rows.insert(row);
  return rows;
}

/// Every pair of accesses of up to two boundaries, against every step of up to seven rows.
TEST(MayOverlap, IsWhatSomeStepTouches) {
  constexpr int64_t most = 7, last = PieceAttr::maxRows;
  std::vector<RowAccess> accesses;
  const std::pair<int64_t, int64_t> pieces[] = {{0, last}, {0, 1}, {1, last}, {1, 3}, {3, 4}, {4, last}};
  for (RowDomain domain : {RowDomain::All, RowDomain::Generated, RowDomain::Prompt, RowDomain::Wanted})
    for (AccessRange range : {own, earlier, all})
      for (auto [begin, end] : pieces)
        accesses.push_back({domain, range, begin, end});
  size_t overlapping = 0, disjoint = 0, wider = 0;
  for (const RowAccess &a : accesses)
    for (const RowAccess &b : accesses) {
      bool amongWanted = a.domain == RowDomain::Wanted && b.domain == RowDomain::Wanted, common = false;
      for (int64_t total = 1; total <= most; ++total)
        for (int64_t generated = 0; generated <= total; ++generated)
          for (int64_t row : rowsTouched(a, generated, total, amongWanted))
            common |= rowsTouched(b, generated, total, amongWanted).contains(row);
      bool found = mayOverlap(a, b);
      EXPECT_TRUE(found || !common) << int(a.domain) << " " << int(a.range) << " " << a.begin << " to "
                                    << a.end << " and " << int(b.domain) << " " << int(b.range) << " "
                                    << b.begin << " to " << b.end;
      EXPECT_EQ(found, mayOverlap(b, a));
      (common ? overlapping : disjoint) += 1;
      wider += found && !common;
      // Exact but where a piece of one role is empty whenever one of the other has rows.
      bool roles = (a.domain == RowDomain::Generated && b.domain == RowDomain::Prompt) ||
                   (a.domain == RowDomain::Prompt && b.domain == RowDomain::Generated);
      EXPECT_TRUE(roles || found == common);
    }
  EXPECT_GT(overlapping, 1000u);
  EXPECT_GT(disjoint, 300u);
  EXPECT_LT(wider, disjoint / 2);
}

} // namespace
