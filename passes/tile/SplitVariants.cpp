// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Passes.h"
#include "passes/tile/Variants.h"

namespace sennit {
#define GEN_PASS_DEF_SPLITVARIANTSPASS
#include "passes/tile/Passes.h.inc"

namespace {

using namespace mlir;

class SplitVariants : public impl::SplitVariantsPassBase<SplitVariants> {
public:
  using Base::Base;

  void runOnOperation() override {
    FailureOr<int64_t> number = architectureNumber(arch);
    if (failed(number)) {
      getOperation().emitError("expected an architecture such as sm_90a, found '") << arch << "'";
      return signalPassFailure();
    }
    for (tile::KernelOp kernel : llvm::to_vector(getOperation().getOps<tile::KernelOp>())) {
      if (kernel.getCudaSchedule())
        continue;
      FailureOr<SmallVector<tile::KernelOp>> made = splitVariants(kernel, *number);
      if (failed(made))
        return signalPassFailure();
      functions += made->size();
    }
  }
};

} // namespace

FailureOr<int64_t> architectureNumber(StringRef arch) {
  int64_t number = 0;
  StringRef rest = arch;
  if (!rest.consume_front("sm_") || rest.consumeInteger(10, number) || (!rest.empty() && rest != "a") ||
      number < 80)
    return failure();
  return number;
}

} // namespace sennit
