// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Plan.h"
#include "passes/lower/OperandOrder.h"
#include "passes/lower/Passes.h"
#include "passes/lower/TileBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/SymbolTable.h"

namespace sennit {
#define GEN_PASS_DEF_PLANTOTILEPASS
#include "passes/lower/Passes.h.inc"

namespace {

using namespace mlir;
using tile::ViewLayout;
using tile::ViewType;

/// Most rows of one call. A contraction's activations of that many rows stay in the second-level cache while
/// every tile of weights passes; a row kernel has nothing to reuse.
constexpr int64_t contractionRows = 128, otherRows = 64;

class PlanToTile : public impl::PlanToTilePassBase<PlanToTile> {
public:
  using Base::Base;

  void runOnOperation() override {
    std::optional<Format> format = symbolizeFormat(cacheFormat);
    if (!format || (*format != Format::F16 && *format != Format::F32)) {
      getOperation().emitError("expected cache-format f16 or f32, found '") << cacheFormat << "'";
      return signalPassFailure();
    }
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> done;
    auto walk = getOperation().walk([&](plan::NodeOp node) {
      auto body = symbols.lookup<func::FuncOp>(node.getCallee());
      if (!body || llvm::is_contained(done, body))
        return WalkResult::advance();
      done.push_back(body);
      return failed(makeKernel(body, node, *format)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return signalPassFailure();
    for (func::FuncOp body : done)
      body.erase();
  }

private:
  LogicalResult makeKernel(func::FuncOp body, plan::NodeOp node, Format cacheElement) {
    SmallVector<KernelOperand> order =
        expandOperands(body.getArgumentTypes(), body.getResultTypes(), node.getInplace());
    SmallVector<Type> viewTypes;
    for (const KernelOperand &operand : order)
      viewTypes.push_back(viewType(operand.result ? body.getResultTypes()[operand.index]
                                                  : body.getArgumentTypes()[operand.index],
                                   operand.kind, cacheElement));

    // Ranks run their parts of a step apart so far; a plan with collectives is for predicting, not for
    // running.
    nn::CollectiveOpInterface collective;
    body.walk([&](nn::CollectiveOpInterface op) { collective = op; });
    if (collective)
      return node.emitError("expected a plan of one rank, which runs without collectives, found ")
             << collective->getName() << " among " << collective.getRankCount() << " ranks";

    bool linear = false, attention = false;
    body.walk([&](Operation *op) {
      linear |= isa<nn::LinearOp>(op);
      attention |= isa<nn::AttentionOp>(op);
    });
    OpBuilder builder(body);
    auto kernel = tile::KernelOp::create(builder, body.getLoc(), body.getName(), viewTypes, node.getDomain(),
                                         linear ? contractionRows : otherRows);
    lower::TileBody tiles(body, kernel);
    for (auto [operand, view] : llvm::zip_equal(order, kernel.getViews())) {
      if (operand.result) {
        tiles.results[operand.index] = view;
        continue;
      }
      lower::ValueViews &views = tiles.views[body.getArgument(operand.index)];
      if (operand.kind == OperandKind::StepField)
        views.step.push_back(view);
      else if (operand.kind == OperandKind::ValueCache)
        views.values = view;
      else
        views.view = view;
    }
    LogicalResult built = linear      ? lower::buildLinearKernel(tiles)
                          : attention ? lower::buildAttentionKernel(tiles)
                                      : lower::buildRowKernel(tiles);
    if (failed(built)) {
      kernel.erase();
      return failure();
    }
    ++kernels;
    return success();
  }

  ViewType viewType(Type type, OperandKind kind, Format cacheElement) {
    if (auto weight = dyn_cast<nn::WeightType>(type))
      return ViewType::get(&getContext(), weight.getShape(), weight.getFormat(),
                           weight.isMatrix() ? ViewLayout::Packed : ViewLayout::Rows);
    if (auto cache = dyn_cast<nn::CacheType>(type))
      return ViewType::get(&getContext(), {ShapedType::kDynamic, cache.getKvHeads(), cache.getHeadDim()},
                           cacheElement,
                           kind == OperandKind::KeyCache ? ViewLayout::Keys : ViewLayout::Values);
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && tensor.getRank() == 2)
      return ViewType::get(&getContext(), tensor.getShape(), Format::F32, ViewLayout::Rows);
    return ViewType::getStep(&getContext());
  }
};

} // namespace
} // namespace sennit
