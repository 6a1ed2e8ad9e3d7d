// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Passes.h"

namespace sennit {
#define GEN_PASS_DEF_CHOOSESCHEDULESPASS
#include "passes/tile/Passes.h.inc"

namespace {

class ChooseSchedules : public impl::ChooseSchedulesPassBase<ChooseSchedules> {
public:
  using Base::Base;

  void runOnOperation() override {
    auto emitError = [&] { return getOperation().emitError("cannot choose schedules: "); };
    auto schedule = tile::CpuAttr::getChecked(emitError, &getContext(), rows.getValue(), streams.getValue(),
                                              ahead.getValue());
    if (!schedule)
      return signalPassFailure();
    for (tile::KernelOp kernel : getOperation().getOps<tile::KernelOp>()) {
      if (kernel.getScheduleAttr() || kernel.getSections().empty())
        continue;
      kernel.setScheduleAttr(schedule);
      ++chosen;
    }
  }
};

} // namespace
} // namespace sennit
