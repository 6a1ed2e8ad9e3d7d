// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Passes.h"

#include "planner/Target.h"

namespace sennit {
#define GEN_PASS_DEF_CHOOSESCHEDULESPASS
#include "passes/tile/Passes.h.inc"

namespace {

class ChooseSchedules : public impl::ChooseSchedulesPassBase<ChooseSchedules> {
public:
  using Base::Base;

  void runOnOperation() override {
    mlir::Attribute schedule = makeSchedule();
    if (!schedule)
      return signalPassFailure();
    for (tile::KernelOp kernel : getOperation().getOps<tile::KernelOp>()) {
      if (kernel.getScheduleAttr() || kernel.getSections().empty())
        continue;
      kernel.setScheduleAttr(schedule);
      ++chosen;
    }
  }

private:
  /// One schedule where all targets agree, else a dictionary; null after an error.
  mlir::Attribute makeSchedule() {
    std::vector<std::string> names(targets.begin(), targets.end());
    if (names.empty())
      names = {"cpu-avx2", "cpu-avx512"};
    auto emitError = [&] { return getOperation().emitError("cannot choose schedules: "); };
    llvm::SmallVector<mlir::NamedAttribute> byLevel;
    for (const std::string &name : names) {
      StatusOr<planner::Target> target = planner::loadTarget(name);
      if (!target.ok()) {
        emitError() << target.status().message();
        return {};
      }
      if (target->kind != "cpu") {
        emitError() << "expected a target of kind cpu, found " << target->name << " of kind " << target->kind;
        return {};
      }
      const planner::Schedule &known = target->schedule;
      auto schedule =
          tile::CpuAttr::getChecked(emitError, &getContext(), rows > 0 ? rows : known.rows,
                                    streams > 0 ? streams : known.streams, ahead >= 0 ? ahead : known.ahead);
      if (!schedule)
        return {};
      byLevel.emplace_back(mlir::StringAttr::get(&getContext(), target->cpuLevel), schedule);
    }
    if (llvm::all_of(byLevel, [&](auto &entry) { return entry.getValue() == byLevel.front().getValue(); }))
      return byLevel.front().getValue();
    if (auto twice = mlir::DictionaryAttr::findDuplicate(byLevel, /*isSorted=*/false)) {
      emitError() << "expected one target for each code level, found two for " << twice->getName();
      return {};
    }
    return mlir::DictionaryAttr::get(&getContext(), byLevel);
  }
};

} // namespace
} // namespace sennit
