// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What is measured on a GPU alone: one kernel as it runs in a step, and a plan with and without its overlap.
#pragma once

#include "runtime/program/Session.h"
#include "tools/cli/KernelBench.h"

#include <memory>
#include <string>
#include <vector>

namespace sennit::cli {

/// Times a kernel by events of the device around each of its launches, within whole steps, so that its
/// weights come from where they come from in use: steps of `kernelCase.rows` rows after `kernelCase.context`
/// positions. best and mean are of the steps' mean launches. An unknown name is refused with the names there
/// are.
StatusOr<KernelTime> benchDeviceKernel(const std::shared_ptr<const Package> &package,
                                       const std::string &device, const KernelCase &kernelCase);

/// Seconds of a prefill and of decode steps, the best of several rounds.
struct PlanTimes {
  double prefill = 0, decodeStep = 0;
};
struct PlanCase {
  int prefill = 512, decode = 128, batch = 1, context = 4, repeat = 3;
};
/// A plan carried out one node after another, in its pieces one after another, and as planned; in this order.
StatusOr<std::vector<PlanTimes>> comparePlans(const std::shared_ptr<const Package> &package,
                                              const std::string &device, const PlanCase &planCase);

} // namespace sennit::cli
