// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"

#include "passes/plan/PlanProblem.h"

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

/// The validator finds dependences by other means; on random programs both must find the same pairs of nodes.
TEST_F(DependencesTest, AgreesWithTheValidatorOnRandomPrograms) {
  uint64_t state = 7;
  auto next = [&](unsigned bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return unsigned((state >> 33) % bound);
  };
  size_t pairs = 0;
  for (int round = 0; round < 200; ++round) {
    restart();
    SmallVector<Value> values = {argument()};
    for (unsigned i = 0; i < 8; ++i) {
      SmallVector<Value> operands;
      SmallVector<AccessRange> accesses;
      for (unsigned operand = 0, count = 1 + next(2); operand < count; ++operand) {
        operands.push_back(values[next(values.size())]);
        accesses.push_back(static_cast<AccessRange>(next(3)));
      }
      SmallVector<int64_t> ends;
      for (int64_t end = 1 + next(60); ends.size() < next(3); end += 1 + next(60))
        ends.push_back(end);
      int32_t inplace = next(3) == 0 ? 0 : -1;
      values.push_back(node(operands, accesses, static_cast<RowDomain>(next(4)), inplace, ends,
                            static_cast<AccessRange>(next(3))));
    }
    std::set<std::pair<unsigned, unsigned>> ours, theirs;
    for (const Dependence &d : computeDependences(program))
      ours.insert({d.from, d.to});
    planner::Problem problem = problemOf(program, planner::Rates(), 512);
    for (const planner::Violation &violation : planner::validate(problem, solutionOf(program)))
      if (violation.message.find("to start at") != std::string::npos)
        theirs.insert({unsigned(violation.other), violation.node});
    EXPECT_EQ(ours, theirs) << "round " << round;
    pairs += ours.size();
  }
  EXPECT_GT(pairs, 1000u);
}

} // namespace
