// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/StepRecorder.h"

#include <algorithm>

namespace sennit {

StepRecorder::StepRecorder(const Package &package, int workers, const RecorderLimits &limits)
    : limits(limits), workerCount(workers), costs(package, workers),
      // Zeroed, so that no page is touched first within a step.
      stepEvents(std::make_unique<StepEvent[]>(limits.steps)),
      commandEvents(std::make_unique<CommandEvent[]>(limits.commands)),
      workerEvents(std::make_unique<WorkerEvents[]>(size_t(workers))) {
  for (int worker = 0; worker < workers; ++worker)
    workerEvents[size_t(worker)].events = std::make_unique<ChunkEvent[]>(limits.chunksPerWorker);
  for (auto &byProgram : commandSumsOf)
    for (const schema::Program *program : *package.root().programs())
      byProgram.emplace_back(program->commands()->size());
}

std::span<const ChunkEvent> StepRecorder::chunks(int worker) const {
  const WorkerEvents &own = workerEvents[size_t(worker)];
  return {own.events.get(), own.count};
}

void StepRecorder::beginStep(uint32_t program, const StepRows &rows, const StepInput &input) {
  costs.beginStep(rows, input);
  full |= stepCount == limits.steps;
  keeping = !full;
  if (full)
    ++dropped;
  for (int worker = 0; worker < workerCount; ++worker) {
    WorkerEvents &own = workerEvents[size_t(worker)];
    own.countBefore = own.count;
    own.overflowed = false;
  }
  step = {};
  step.program = program;
  step.rows = rows;
  step.firstCommand = commandCount.load(std::memory_order_relaxed);
  step.begin = now();
}

void StepRecorder::beginCommand(uint32_t command, schema::Lane lane) {
  running[size_t(lane)] = {command, now()};
}

void StepRecorder::endCommand(schema::Lane lane) {
  const int64_t end = now();
  keep(running[size_t(lane)].command, lane, running[size_t(lane)].begin, end);
}

void StepRecorder::addCommand(uint32_t command, schema::Lane lane, int64_t begin, int64_t end) {
  keep(command, lane, step.begin + begin, step.begin + end);
}

void StepRecorder::keep(uint32_t command, schema::Lane lane, int64_t begin, int64_t end) {
  const CommandCost cost = costs.cost(step.program, command);
  if (cost.rows == 0)
    return; // no rows, or a command that does no work of its own
  CommandSum &sum = commandSumsOf[size_t(step.rows.role())][step.program][command];
  ++sum.runs;
  sum.nanoseconds += end - begin;
  sum.bytes += cost.bytes;
  sum.flops += cost.flops;
  sum.predictedSeconds += cost.predictedSeconds;
  if (!keeping)
    return;
  if (const size_t place = commandCount.fetch_add(1, std::memory_order_relaxed); place < limits.commands)
    commandEvents[place] = {begin, end, uint32_t(stepCount), command, cost, lane};
}

void StepRecorder::endStep() {
  step.end = now();
  step.commands = commandCount.load(std::memory_order_relaxed) - step.firstCommand;
  StepSum &sum = stepSums[size_t(step.rows.role())];
  ++sum.steps;
  sum.nanoseconds += step.end - step.begin;
  if (!keeping)
    return;
  bool overflowed = step.firstCommand + step.commands > limits.commands;
  for (int worker = 0; worker < workerCount; ++worker)
    overflowed |= workerEvents[size_t(worker)].overflowed;
  if (!overflowed) {
    CommandEvent *const first = commandEvents.get() + step.firstCommand;
    std::sort(first, first + step.commands,
              [](const CommandEvent &a, const CommandEvent &b) { return a.command < b.command; });
    stepEvents[stepCount++] = step;
    return;
  }
  full = true;
  keeping = false;
  ++dropped;
  commandCount = step.firstCommand;
  for (int worker = 0; worker < workerCount; ++worker)
    workerEvents[size_t(worker)].count = workerEvents[size_t(worker)].countBefore;
}

void StepRecorder::addChunk(schema::Lane lane, int worker, const KernelArgs &args, int64_t begin,
                            int64_t prologueEnd) {
  WorkerEvents &own = workerEvents[size_t(worker)];
  if (own.count == limits.chunksPerWorker) {
    own.overflowed = true;
    return;
  }
  own.events[own.count++] = {begin,
                             prologueEnd,
                             now(),
                             uint32_t(stepCount),
                             running[size_t(lane)].command,
                             int32_t(args.rowBegin),
                             int32_t(args.rowEnd),
                             int32_t(args.tileBegin),
                             int32_t(args.tileEnd),
                             int32_t(args.parts)};
}

} // namespace sennit
