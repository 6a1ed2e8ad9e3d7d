// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "passes/nn/Passes.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace sennit {
#define GEN_PASS_DEF_PRINTCOSTSPASS
#include "passes/nn/Passes.h.inc"

namespace {

using namespace mlir;
using namespace sennit::nn;

/// "name 128 + 64/row + 2/row/key", parts that are zero left out; nothing when all are.
void printNumber(raw_ostream &out, StringRef name, const StepNumber &number) {
  bool any = false;
  auto part = [&](double value, StringRef unit) {
    if (value == 0)
      return;
    out << (any ? " + " : (", " + name + " ").str()) << llvm::format("%.17g", value) << unit;
    any = true;
  };
  part(number.fixed, "");
  part(number.perRow, "/row");
  part(number.perRowContext, "/row/key");
}

class PrintCosts : public impl::PrintCostsPassBase<PrintCosts> {
public:
  using Base::Base;

  void runOnOperation() override {
    getOperation().walk([&](CostOpInterface op) {
      OpCost cost = op.getCost({.cacheElementBytes = cacheElementBytes, .activationBytes = activationBytes});
      std::string text;
      llvm::raw_string_ostream out(text);
      out << costClassName(cost.costClass);
      printNumber(out, "flops", cost.flops);
      printNumber(out, "weights", cost.weightBytes);
      printNumber(out, "read", cost.activationReadBytes);
      printNumber(out, "written", cost.activationWriteBytes);
      printNumber(out, "cache read", cost.cacheReadBytes);
      printNumber(out, "cache written", cost.cacheWriteBytes);
      printNumber(out, "wire", cost.wireBytes);
      op->emitRemark(text);
    });
    markAllAnalysesPreserved();
  }
};

} // namespace
} // namespace sennit
