// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/DeviceBench.h"

#include "runtime/program/StepRecorder.h"
#include "tools/cli/BenchDriver.h"
#include "tools/cli/Interrupt.h"

#include <algorithm>
#include <chrono>

using namespace sennit;
using namespace sennit::cli;
using Clock = std::chrono::steady_clock;

namespace {

StatusOr<std::unique_ptr<Session>> makeSession(const std::shared_ptr<const Package> &package,
                                               const std::string &device, int64_t positions, int batch,
                                               Overlap overlap) {
  SessionOptions options;
  options.device = device;
  options.interrupt = &interruptFlag();
  options.pages = std::max<int32_t>(SequenceTable::pagesFor(positions) * batch, 1);
  options.overlap = overlap;
  return Session::create(package, options);
}

/// The sums of all launches of one kernel.
CommandSum sumOf(const schema::Package &root, const StepRecorder &recorder, uint32_t kernel) {
  CommandSum all;
  for (schema::StepRole role : {schema::StepRole::Generated, schema::StepRole::Prompt})
    for (uint32_t i = 0; i < root.programs()->size(); ++i) {
      const std::vector<CommandSum> &commands = recorder.commandSums(role, i);
      for (uint32_t j = 0; j < commands.size(); ++j) {
        const schema::Launch *launch = root.programs()->Get(i)->commands()->Get(j)->command_as_Launch();
        if (!launch || launch->kernel() != kernel)
          continue;
        all.runs += commands[j].runs;
        all.nanoseconds += commands[j].nanoseconds;
        all.bytes += commands[j].bytes;
        all.flops += commands[j].flops;
      }
    }
  return all;
}

} // namespace

StatusOr<KernelTime> cli::benchDeviceKernel(const std::shared_ptr<const Package> &package,
                                            const std::string &device, const KernelCase &kernelCase) {
  const schema::Package &root = package->root();
  SENNIT_ASSIGN_OR_RETURN(const uint32_t kernel, findKernel(root, kernelCase.kernel));
  const int64_t positions = int64_t(kernelCase.context) + kernelCase.rows;
  SENNIT_ASSIGN_OR_RETURN(auto session, makeSession(package, device, positions, 1, Overlap::Planned));
  SENNIT_ASSIGN_OR_RETURN(const SequenceId sequence, session->createSequence());
  const std::vector<int32_t> before(size_t(kernelCase.context), 1), tokens(size_t(kernelCase.rows), 1);
  const StepItem first{sequence, before, schema::StepRole::Prompt, Wanted::None};
  SENNIT_RETURN_IF_ERROR(session->step({&first, 1}, {}));

  const schema::StepRole role = kernelCase.rows == 1 ? schema::StepRole::Generated : schema::StepRole::Prompt;
  const StepItem item{sequence, tokens, role, Wanted::Last};
  StepRecorder recorder(*package, session->threads());
  session->runner().setRecorder(&recorder);
  KernelTime time;
  time.best = 1e30;
  CommandSum all, warm;
  const Clock::time_point begin = Clock::now();
  for (int step = 0;
       step < 4 || std::chrono::duration<double>(Clock::now() - begin).count() < kernelCase.seconds; ++step) {
    SENNIT_RETURN_IF_ERROR(session->step({&item, 1}, {}));
    SENNIT_RETURN_IF_ERROR(session->truncateSequence(sequence, kernelCase.context));
    const CommandSum now = sumOf(root, recorder, kernel);
    if (now.runs == all.runs)
      return invalidInput("kernel " + kernelCase.kernel + " has no work in a step of " +
                          std::to_string(kernelCase.rows) +
                          (role == schema::StepRole::Generated ? " generated row" : " prompt rows"));
    if (step < 2) // the first two make the graph and warm up
      warm = now;
    else
      time.best =
          std::min(time.best, double(now.nanoseconds - all.nanoseconds) / 1e9 / double(now.runs - all.runs));
    time.launches = int(now.runs - all.runs);
    all = now;
  }
  time.mean = double(all.nanoseconds - warm.nanoseconds) / 1e9 / double(all.runs - warm.runs);
  time.bytes = all.bytes / double(all.runs);
  time.flops = all.flops / double(all.runs);
  return time;
}

StatusOr<std::vector<PlanTimes>> cli::comparePlans(const std::shared_ptr<const Package> &package,
                                                   const std::string &device, const PlanCase &planCase) {
  const int64_t positions = std::max(planCase.prefill, planCase.context + planCase.decode);
  std::vector<PlanTimes> result;
  for (Overlap overlap : {Overlap::Sequential, Overlap::SplitOnly, Overlap::Planned}) {
    SENNIT_ASSIGN_OR_RETURN(auto session, makeSession(package, device, positions, planCase.batch, overlap));
    PlanTimes times{1e30, 1e30};
    BenchDriver driver(*session, planCase.batch);
    for (int round = -1; round < planCase.repeat; ++round) { // round -1 makes the graphs
      if (planCase.prefill > 0) {
        SENNIT_ASSIGN_OR_RETURN(const double seconds, driver.prompt(planCase.prefill));
        SENNIT_RETURN_IF_ERROR(driver.free());
        if (round >= 0)
          times.prefill = std::min(times.prefill, seconds);
      }
      if (planCase.decode > 0) {
        SENNIT_RETURN_IF_ERROR(driver.prompt(planCase.context).status());
        SENNIT_ASSIGN_OR_RETURN(const double seconds, driver.decode(planCase.decode));
        SENNIT_RETURN_IF_ERROR(driver.free());
        if (round >= 0)
          times.decodeStep = std::min(times.decodeStep, seconds / planCase.decode);
      }
    }
    result.push_back(times);
  }
  return result;
}
