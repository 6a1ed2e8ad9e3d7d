// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Random plans with pieces on lanes, lowered: the verifier, which derives order and rows by itself, accepts
// every program, and none from which a wait was taken.
#include "dialects/exec/Exec.h"
#include "dialects/nn/Nn.h"
#include "dialects/plan/Dependences.h"
#include "passes/exec/Passes.h"
#include "passes/lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace sennit;

namespace {

constexpr int64_t maxRows = 9;
constexpr AccessRange own = AccessRange::Own, earlier = AccessRange::Before, all = AccessRange::All;

/// Text up to the program: kernels by their number of operands.
constexpr const char *frame = R"(
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8,
                               kv_heads = 1, head_dim = 4}} {
  func.func private @first(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @one(tensor<?x8xf32>) -> tensor<?x8xf32>
  func.func private @two(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  func.func private @into(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
}
)";

/// A random program of one entry. Reads are of rows that are written: what one role makes, the other
/// completes.
class RandomPlan {
public:
  RandomPlan(MLIRContext &context, uint64_t seed, bool lanes)
      : context(context), builder(&context), state(seed), lanes(lanes) {
    module = parseSourceString<ModuleOp>(frame, &context);
    tensor = RankedTensorType::get({ShapedType::kDynamic, 8}, builder.getF32Type());
    auto indices = RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
    builder.setInsertionPointToEnd(module->getBody());
    program = plan::ProgramOp::create(builder, builder.getUnknownLoc(), "step",
                                      builder.getFunctionType({indices}, {tensor}));
    builder.setInsertionPointToEnd(&program.getBody().front());
    SmallVector<Value> values = {
        node("first", {program.getBody().getArgument(0)}, RowDomain::All, {own}, -1)};
    for (unsigned i = 0, count = 1 + next(7); i < count; ++i)
      values.push_back(addNode(values));
    Value wanted = node("one", {values.back()}, RowDomain::Wanted, {all}, -1);
    if (next(2))
      wanted = node("two", {wanted, values[next(values.size())]}, RowDomain::Wanted, {own, all}, -1);
    plan::ReturnOp::create(builder, builder.getUnknownLoc(), wanted);
    placeInTime();
  }

  OwningOpRef<ModuleOp> module;

private:
  unsigned next(unsigned bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return unsigned((state >> 33) % bound);
  }

  AccessRange range() { return next(3) ? own : next(2) ? earlier : all; }

  Value addNode(SmallVectorImpl<Value> &values) {
    Value a = values[values.size() - 1 - next(std::min<unsigned>(values.size(), 2))],
          b = values[next(values.size())];
    if (next(3) == 0) {
      Value made = node("two", {a, b}, RowDomain::Generated, {own, range()}, -1);
      return node("into", {a, made}, RowDomain::Prompt, {next(2) ? own : earlier, own}, 1);
    }
    // What a node overwrites it must not read in other rows.
    plan::Storages storages(program);
    if (next(4) == 0 && storages.of(a) != storages.of(b))
      return node("into", {a, b}, RowDomain::All, {range(), own}, 1);
    return next(2) ? node("one", {a}, RowDomain::All, {range()}, -1)
                   : node("two", {a, b}, RowDomain::All, {range(), range()}, -1);
  }

  Value node(StringRef body, ArrayRef<Value> operands, RowDomain domain, ArrayRef<AccessRange> accesses,
             int32_t inplace) {
    auto cost = plan::CostAttr::get(&context, plan::CostClass::Other, 0, 0, 0, 0);
    auto made = plan::NodeOp::create(builder, builder.getUnknownLoc(), TypeRange{tensor}, body, operands,
                                     "n" + std::to_string(count++), domain, accesses, {own}, {inplace}, cost);
    SmallVector<Attribute> pieces;
    int64_t begin = 0;
    for (unsigned part = next(4); part > 0 && begin < maxRows + 2; --part) {
      int64_t end = begin + 1 + next(5);
      pieces.push_back(piece(begin, end, 0));
      begin = end;
    }
    pieces.push_back(piece(begin, plan::PieceAttr::maxRows, 0));
    made.setPiecesAttr(builder.getArrayAttr(pieces));
    return made.getOuts().front();
  }

  plan::PieceAttr piece(int64_t begin, int64_t end, double start) {
    Lane lane = lanes ? static_cast<Lane>(next(3)) : Lane::Compute;
    // Arithmetic may stand still; together lanes may ask for more than the machine, at different times.
    double share = lane == Lane::Compute ? 0.25 * next(5) : 0.25 * (1 + next(4));
    return plan::PieceAttr::get(&context, begin, end, lane, share, start);
  }

  /// Starts after everything that a piece depends on, at random distances.
  void placeInTime() {
    SmallVector<plan::NodeOp> nodes = plan::nodesOf(program);
    std::vector<std::vector<double>> starts;
    for (plan::NodeOp node : nodes)
      starts.emplace_back(node.getNumPieces(), 0.0);
    // Sorted by the later piece, so what comes before it is placed.
    for (const plan::Dependence &dependence : plan::computeDependences(program)) {
      double &start = starts[dependence.to][dependence.toPiece];
      start = std::max(start, starts[dependence.from][dependence.fromPiece] + 1 + next(3));
    }
    for (auto [node, list] : llvm::zip_equal(nodes, starts)) {
      SmallVector<Attribute> placed;
      for (auto [attr, start] : llvm::zip_equal(node.getPieces().getAsRange<plan::PieceAttr>(), list))
        placed.push_back(plan::PieceAttr::get(&context, attr.getBegin(), attr.getEnd(), attr.getLane(),
                                              attr.shareValue(), start));
      node.setPiecesAttr(builder.getArrayAttr(placed));
    }
  }

  MLIRContext &context;
  OpBuilder builder;
  uint64_t state;
  bool lanes;
  RankedTensorType tensor;
  plan::ProgramOp program;
  unsigned count = 0;
};

class PlanToExecTest : public testing::Test {
protected:
  PlanToExecTest() {
    context.loadDialect<plan::PlanDialect, func::FuncDialect, nn::NnDialect, exec::ExecDialect>();
    context.disableMultithreading();
    handler = std::make_unique<ScopedDiagnosticHandler>(&context, [this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        errors.push_back(diagnostic.str());
      return success();
    });
  }

  bool run(ModuleOp module, std::unique_ptr<Pass> pass) {
    errors.clear();
    PassManager manager(&context);
    manager.addPass(std::move(pass));
    return succeeded(manager.run(module));
  }

  bool lower(ModuleOp module) {
    PlanToExecPassOptions options;
    options.maxRows = maxRows;
    return run(module, createPlanToExecPass(options));
  }

  /// Whether some error says more than that a signal is not awaited any more.
  bool foundDisorder() const {
    return llvm::any_of(errors, [](const std::string &error) {
      return error.find("expected a wait for signal") == std::string::npos;
    });
  }

  MLIRContext context;
  std::unique_ptr<ScopedDiagnosticHandler> handler;
  std::vector<std::string> errors;
};

TEST_F(PlanToExecTest, EveryRandomPlanIsValidAndNeedsEveryWait) {
  size_t damaged = 0, shared = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    RandomPlan made(context, seed, /*lanes=*/seed % 3 != 0);
    ASSERT_TRUE(lower(*made.module)) << "seed " << seed << ": " << errors.front();
    ASSERT_TRUE(run(*made.module, createVerifyExecPass())) << "seed " << seed << ": " << errors.front();

    SmallVector<exec::WaitOp> waits;
    made.module->walk([&](exec::ProgramOp program) {
      shared += program.getArenaBytes() < program.getArenaBytesWithoutReuse();
      DenseMap<uint32_t, exec::SignalOp> signals;
      for (auto signal : program.getBody().getOps<exec::SignalOp>())
        signals[signal.getSignal()] = signal;
      for (auto wait : program.getBody().getOps<exec::WaitOp>()) {
        // A wait for the begin of a launch keeps no dependence.
        exec::SignalOp signal = signals[wait.getSignal()];
        auto launch = dyn_cast<exec::LaunchOp>(signal->getNextNode());
        if (!launch || launch.getLane() != signal.getLane())
          waits.push_back(wait);
      }
    });
    for (size_t i = 0; i < waits.size(); i += 1 + waits.size() / 8) {
      exec::WaitOp wait = waits[i];
      Operation *place = wait->getNextNode();
      wait->remove();
      EXPECT_FALSE(run(*made.module, createVerifyExecPass()));
      EXPECT_TRUE(foundDisorder()) << "seed " << seed << " wait " << i;
      place->getBlock()->getOperations().insert(Block::iterator(place), wait);
      ++damaged;
    }
  }
  EXPECT_GT(damaged, 200u);
  EXPECT_GT(shared, 50u);
}

TEST_F(PlanToExecTest, BuffersThatAreMovedOntoOthersAreFound) {
  size_t found = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomPlan made(context, seed, /*lanes=*/true);
    ASSERT_TRUE(lower(*made.module));
    // Everything at one place: no program has the logits and what they are made of there.
    made.module->walk([](exec::BufferOp buffer) { buffer.setOffset(0); });
    EXPECT_FALSE(run(*made.module, createVerifyExecPass())) << "seed " << seed;
    found += errors.size();
  }
  EXPECT_GT(found, 60u);
}

} // namespace
