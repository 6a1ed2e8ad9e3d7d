// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Barriers.h"
#include "passes/tile/Passes.h"

namespace sennit {
#define GEN_PASS_DEF_INSERTBARRIERSPASS
#include "passes/tile/Passes.h.inc"

namespace {

class InsertBarriers : public impl::InsertBarriersPassBase<InsertBarriers> {
public:
  using Base::Base;

  void runOnOperation() override {
    for (tile::KernelOp kernel : getOperation().getOps<tile::KernelOp>()) {
      if (!kernel.getCudaSchedule())
        continue;
      for (const MissingBarrier &missing : findMissingBarriers(kernel)) {
        mlir::OpBuilder builder(&getContext());
        if (missing.before)
          builder.setInsertionPoint(missing.before);
        else
          builder.setInsertionPointToEnd(missing.block);
        tile::BarrierOp::create(builder, missing.other->getLoc());
        ++inserted;
      }
    }
  }
};

} // namespace
} // namespace sennit
