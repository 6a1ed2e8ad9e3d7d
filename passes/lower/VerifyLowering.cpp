// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "dialects/plan/Plan.h"
#include "dialects/tile/Tile.h"
#include "passes/lower/OperandOrder.h"
#include "passes/lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace sennit {
#define GEN_PASS_DEF_VERIFYLOWERINGPASS
#include "passes/lower/Passes.h.inc"

namespace {

using namespace mlir;

class VerifyLowering : public impl::VerifyLoweringPassBase<VerifyLowering> {
public:
  using Base::Base;

  void runOnOperation() override {
    bool valid = true;
    if (level == "plan")
      valid = checkPlan();
    else if (level == "tile")
      valid = checkTile();
    else if (level == "exec") {
      bool noPlan = absent<plan::PlanDialect>("exec"), noNn = absent<nn::NnDialect>("exec");
      valid = noPlan && noNn;
    } else {
      getOperation().emitError("expected level plan, tile or exec, found '") << level << "'";
      valid = false;
    }
    if (!valid)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  /// Reports every op of a dialect.
  template <typename D>
  bool absent(StringRef where) {
    bool none = true;
    getOperation().walk([&](Operation *op) {
      if (isa_and_present<D>(op->getDialect())) {
        op->emitError("expected no ")
            << D::getDialectNamespace() << " op at level " << where << ", found " << op->getName();
        none = false;
      }
    });
    return none;
  }

  /// At least one program, all of one entry point.
  bool oneEntry() {
    auto programs = getOperation().getOps<plan::ProgramOp>();
    if (programs.empty()) {
      getOperation().emitError("expected a plan.program, found none");
      return false;
    }
    plan::ProgramOp first = *programs.begin();
    for (plan::ProgramOp program : programs)
      if (program.getEntryName() != first.getEntryName()) {
        program.emitError("expected a program of entry '")
            << first.getEntryName() << "', found one of '" << program.getEntryName() << "'";
        return false;
      }
    return true;
  }

  bool checkPlan() {
    bool valid = oneEntry();
    DenseSet<StringRef> named;
    getOperation().walk([&](plan::NodeOp node) { named.insert(node.getCallee()); });
    getOperation().walk([&](nn::GroupOp group) {
      group.emitError("expected no group in a plan, found one of kind '") << group.getKind() << "'";
      valid = false;
    });
    for (auto body : getOperation().getOps<func::FuncOp>())
      if (!named.contains(body.getName())) {
        body.emitError("expected a node that runs this body, found none");
        valid = false;
      }
    return valid;
  }

  bool checkTile() {
    bool valid = absent<nn::NnDialect>("tile");
    valid = oneEntry() && valid;
    SymbolTable symbols(getOperation());
    getOperation().walk([&](plan::NodeOp node) {
      auto kernel = symbols.lookup<tile::KernelOp>(node.getCallee());
      if (!kernel) {
        node.emitError("expected a tile.kernel @") << node.getCallee() << ", found none";
        valid = false;
        return;
      }
      size_t operands =
          expandOperands(node->getOperandTypes(), node->getResultTypes(), node.getInplace()).size();
      if (kernel.getViews().size() != operands) {
        node.emitError("expected kernel @")
            << node.getCallee() << " to take " << operands << " operands, found " << kernel.getViews().size();
        valid = false;
      }
    });
    return valid;
  }
};

} // namespace
} // namespace sennit
