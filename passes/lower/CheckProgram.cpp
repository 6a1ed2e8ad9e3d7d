// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "dialects/plan/Dependences.h"
#include "passes/lower/PlanToExec.h"

namespace sennit::lower {

using namespace mlir;

static bool isIndices(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 1 && tensor.getElementType().isSignlessInteger(32);
}

uint64_t rowBytes(Type type) {
  if (isIndices(type))
    return 4;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() != 2 || tensor.isDynamicDim(1) || !tensor.getElementType().isF32())
    return 0;
  return 4 * tensor.getDimSize(1);
}

/// Whether the pieces of a node are ranges from 0 to the last row, one after the other.
static bool coverOnce(plan::NodeOp node) {
  SmallVector<std::pair<int64_t, int64_t>> ranges;
  for (auto piece : node.getPieces().getAsRange<plan::PieceAttr>())
    ranges.emplace_back(piece.getBegin(), piece.getEnd());
  llvm::sort(ranges);
  int64_t next = 0;
  for (auto [begin, end] : ranges) {
    if (begin != next)
      return false;
    next = end;
  }
  return next == plan::PieceAttr::maxRows;
}

LogicalResult checkProgram(plan::ProgramOp program) {
  bool valid = true;
  auto fail = [&](Operation *op) {
    valid = false;
    return op->emitError();
  };
  for (BlockArgument argument : program.getBody().getArguments()) {
    Type type = argument.getType();
    bool field = isIndices(type) && argument.getArgNumber() < std::size(stepArguments);
    if (!field && !isa<nn::BatchType, nn::CacheType>(type))
      fail(program)
          << "expected tokens, positions and wanted rows as the first arguments, then batches and caches, "
          << "found argument " << argument.getArgNumber() << " of type " << type;
  }
  for (plan::ParamOp param : program.getBody().getOps<plan::ParamOp>())
    if (!isa<nn::WeightType>(param.getType()))
      fail(param) << "expected a weight, found " << param.getType();
  for (plan::NodeOp node : plan::nodesOf(program)) {
    for (auto [index, result] : llvm::enumerate(node.getOuts())) {
      bool cache = isa<nn::CacheType>(result.getType());
      if (cache && node.getInplaceOperand(index) < 0)
        fail(node) << "expected cache result " << index << " to overwrite an operand, found none";
      if (!cache && rowBytes(result.getType()) == 0)
        fail(node) << "expected result " << index << " to be an activation, row indices or a cache, found "
                   << result.getType();
      int32_t overwritten = node.getInplaceOperand(index);
      if (!cache && overwritten >= 0 && !node.getArgs()[overwritten].getDefiningOp<plan::NodeOp>())
        fail(node) << "expected result " << index << " to overwrite what a node made, found operand "
                   << overwritten << " of the program";
    }
    if (!coverOnce(node))
      fail(node) << "expected pieces that cover every row once, found " << node.getPieces();
  }
  SmallVector<plan::NodeOp> nodes = plan::nodesOf(program);
  for (const plan::Dependence &dependence : plan::computeDependences(program)) {
    plan::NodeOp from = nodes[dependence.from], to = nodes[dependence.to];
    plan::PieceAttr first = from.getPiece(dependence.fromPiece), second = to.getPiece(dependence.toPiece);
    if (plan::mayRun(program, from, first) && plan::mayRun(program, to, second) &&
        second.startValue() < first.startValue())
      fail(to).append("expected ", second, " to start after ", first, " of '", from.getName(),
                      "', which it depends on, found it before");
  }
  auto results = cast<plan::ReturnOp>(program.getBody().front().getTerminator()).getValues();
  if (results.empty() || !results.front().getDefiningOp<plan::NodeOp>() ||
      rowBytes(results.front().getType()) == 0)
    fail(program) << "expected the program's first result to be the logits that a node makes, found "
                  << (results.empty() ? Type(NoneType::get(program.getContext()))
                                      : results.front().getType());
  return success(valid);
}

} // namespace sennit::lower
