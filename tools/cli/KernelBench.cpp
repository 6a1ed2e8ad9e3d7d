// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/KernelBench.h"

#include "tools/cli/Interrupt.h"
#include "tools/cli/KernelRig.h"

#include <algorithm>
#include <chrono>
#include <vector>

using namespace sennit;
using namespace sennit::cli;
using Clock = std::chrono::steady_clock;

StatusOr<uint32_t> cli::findKernel(const schema::Package &root, const std::string &wanted) {
  std::string names;
  for (uint32_t i = 0; i < root.kernels()->size(); ++i) {
    std::string name = root.kernels()->Get(i)->name()->str();
    if (name == wanted)
      return i;
    names += (names.empty() ? "" : ", ") + name;
  }
  return invalidInput("--kernel: expected one of " + names + ", found " + wanted);
}

namespace {

StatusOr<KernelTime> measure(KernelRig &rig, const std::vector<const RigLaunch *> &launches, double seconds) {
  KernelTime time{.launches = static_cast<int>(launches.size()),
                  .best = 1e30,
                  .mean = 0,
                  .bytes = launches.back()->cost.bytes,
                  .flops = launches.back()->cost.flops};
  Clock::time_point begin = Clock::now();
  double elapsed = 0;
  int64_t runs = 0;
  for (int warm = 2; elapsed < seconds || runs < 2; --warm) {
    if (interrupted())
      return interruptedStatus();
    for (const RigLaunch *launch : launches) {
      double one = rig.time(*launch);
      if (warm <= 0) {
        time.best = std::min(time.best, one);
        time.mean += one;
        ++runs;
      }
    }
    elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  time.mean /= static_cast<double>(runs);
  return time;
}

} // namespace

StatusOr<KernelTime> cli::benchKernel(const Package &package, const KernelCase &kernelCase) {
  SENNIT_ASSIGN_OR_RETURN(uint32_t kernel, findKernel(package.root(), kernelCase.kernel));
  WorkerPool pool(kernelCase.threads);
  KernelRig rig(package, pool);
  SENNIT_RETURN_IF_ERROR(rig.prepare({.sequences = 1,
                                      .rowsEach = kernelCase.rows,
                                      .context = kernelCase.context,
                                      .generated = kernelCase.rows == 1}));
  std::vector<const RigLaunch *> launches;
  for (const RigLaunch &launch : rig.launches())
    if (launch.kernel == kernel)
      launches.push_back(&launch);
  if (launches.empty())
    return invalidInput("kernel " + kernelCase.kernel + " has no work in a step of " +
                        std::to_string(kernelCase.rows) +
                        (kernelCase.rows == 1 ? " generated row" : " prompt rows"));
  return measure(rig, launches, kernelCase.seconds);
}
