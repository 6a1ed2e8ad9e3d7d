// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "passes/nn/Passes.h"

namespace sennit {
#define GEN_PASS_DEF_STRIPCOLLECTIVESPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;
using namespace sennit::nn;

class StripCollectives : public impl::StripCollectivesPassBase<StripCollectives> {
public:
  using Base::Base;

  void runOnOperation() override {
    auto walk = getOperation().walk([&](CollectiveOpInterface op) {
      if (!op.getMeshAttr()) {
        op.emitError(
            "expected a collective over a mesh, found one among ranks, which stands for other columns");
        return WalkResult::interrupt();
      }
      op->getResult(0).replaceAllUsesWith(op.getX());
      op.erase();
      ++collectives;
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
} // namespace sennit
