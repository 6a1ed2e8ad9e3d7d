// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"
#include "passes/plan/Passes.h"

#include "mlir/IR/Builders.h"

namespace sennit {
#define GEN_PASS_DEF_SPLITNANOBATCHESPASS
#include "passes/plan/Passes.h.inc"

namespace {

using namespace mlir;

/// Whether the rows of a node may run one after another in any division: it writes its own rows only, and
/// reads no other rows of what it overwrites, by whatever operand.
bool mayDivide(plan::NodeOp node, const plan::Storages &storages) {
  if (node.getDomain() == RowDomain::Wanted)
    return false;
  for (unsigned result = 0; result < node.getOuts().size(); ++result) {
    if (node.getWrite(result) != AccessRange::Own)
      return false;
    for (auto [index, operand] : llvm::enumerate(node.getArgs()))
      if (storages.of(operand) == storages.of(node.getOuts()[result]) &&
          node.getAccess(index) != AccessRange::Own)
        return false;
  }
  return true;
}

class SplitNanoBatches : public impl::SplitNanoBatchesPassBase<SplitNanoBatches> {
public:
  using Base::Base;

  void runOnOperation() override {
    if (parts < 1 || maxRows < 1) {
      getOperation().emitError("expected parts and max-rows of 1 or more, found ")
          << parts.getValue() << " and " << maxRows.getValue();
      return signalPassFailure();
    }
    for (plan::ProgramOp program : getOperation().getOps<plan::ProgramOp>()) {
      plan::Storages storages(program);
      int64_t rows = program.getBucketRows().value_or(maxRows);
      for (plan::NodeOp node : plan::nodesOf(program))
        if (mayDivide(node, storages))
          divide(node, rows, std::min<int64_t>(parts, rows));
    }
  }

private:
  void divide(plan::NodeOp node, int64_t rows, int64_t count) {
    plan::PieceAttr whole = node.getPiece(0);
    // Quotient and remainder apart: rows * count could overflow.
    auto cut = [&](int64_t part) { return rows / count * part + rows % count * part / count; };
    SmallVector<Attribute> pieces;
    for (int64_t part = 0; part < count; ++part)
      pieces.push_back(plan::PieceAttr::get(&getContext(), cut(part),
                                            part + 1 == count ? plan::PieceAttr::maxRows : cut(part + 1),
                                            whole.getLane(), whole.shareValue(), whole.startValue()));
    node.setPiecesAttr(ArrayAttr::get(&getContext(), pieces));
    split += count > 1;
  }
};

} // namespace
} // namespace sennit
