// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Plan.h"
#include "passes/plan/Passes.h"

#include "mlir/IR/Builders.h"

#include <set>

namespace sennit {
#define GEN_PASS_DEF_SPECIALISEBUCKETSPASS
#include "passes/plan/Passes.h.inc"

namespace {

using namespace mlir;

class SpecialiseBuckets : public impl::SpecialiseBucketsPassBase<SpecialiseBuckets> {
public:
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (maxRows < 1) {
      module.emitError("expected max-rows of 1 or more, found ") << maxRows.getValue();
      return signalPassFailure();
    }
    SymbolTable symbols(module);
    std::set<std::tuple<StringRef, StringRef, int64_t>> taken;
    SmallVector<plan::ProgramOp> general;
    for (plan::ProgramOp program : module.getOps<plan::ProgramOp>()) {
      if (std::optional<uint64_t> rows = program.getBucketRows())
        taken.insert({program.getEntryName(), program.getRole().value_or(""), *rows});
      else
        general.push_back(program);
    }
    for (plan::ProgramOp program : general) {
      OpBuilder builder(program);
      for (int64_t rows = 1;; rows = std::min<int64_t>(2 * rows, maxRows)) {
        if (!taken.contains({program.getEntryName(), program.getRole().value_or(""), rows}))
          addCopy(builder, symbols, program, rows);
        if (rows == maxRows)
          break;
      }
      symbols.erase(program);
    }
  }

private:
  static void addCopy(OpBuilder &builder, SymbolTable &symbols, plan::ProgramOp program, int64_t rows) {
    plan::ProgramOp copy = program.clone();
    copy.setEntry(program.getEntryName());
    copy.setBucketRows(rows);
    copy.setSymName((program.getSymName() + "_" + Twine(rows)).str());
    symbols.insert(copy, Block::iterator(program));
  }
};

} // namespace
} // namespace sennit
