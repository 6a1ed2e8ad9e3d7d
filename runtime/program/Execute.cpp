// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Execute.h"

#include "runtime/base/ReserveMemory.h"
#include "runtime/program/StepEntry.h"
#include "runtime/weights/Pack.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace sennit {

using schema::RowDomain;
using std::to_string;

namespace {

// Below this the caller is done before a worker has joined.
constexpr double aloneNanoseconds = 3000;
// Divisions of the machine that get threads of their own.
constexpr size_t mostTeams = 8;
// What one core does in a nanosecond, roughly: only the order of magnitude matters here.
constexpr double bytesPerNanosecond = 12, flopsPerNanosecond = 50, nanosecondsPerTile = 200;

} // namespace

StatusOr<std::unique_ptr<Executor>> Executor::create(const Package &package, std::vector<KernelEntry> kernels,
                                                     const StepInput &input, CacheMemory &cache,
                                                     WorkerPool &pool) {
  std::unique_ptr<Executor> executor(new Executor(package, input, cache, pool));
  const schema::Package &root = package.root();
  executor->kernels = std::move(kernels);
  if (executor->kernels.empty())
    for (uint32_t i = 0; i < root.kernels()->size(); ++i)
      executor->kernels.push_back(package.kernel(i));
  if (executor->kernels.size() != root.kernels()->size())
    return internalError("expected entry points of " + to_string(root.kernels()->size()) +
                         " kernels, found " + to_string(executor->kernels.size()));
  executor->entry = &stepEntry(root);

  size_t sliceCount = 0;
  for (const schema::Weight *weight : *root.weights())
    sliceCount += weight->slices()->size();
  executor->slices.reserve(sliceCount); // tables point into it
  for (const schema::Weight *weight : *root.weights()) {
    WeightTable table{0, executor->slices.data() + executor->slices.size()};
    if (weight->layout() == schema::Layout::Packed)
      for (const schema::Slice *slice : *weight->slices()) {
        executor->slices.push_back({package.sliceData(*slice),
                                    int64_t(slice->row_begin()) / weights::tileRows,
                                    weights::tileCount(int64_t(slice->row_end())), int64_t(slice->k_begin()),
                                    int64_t(slice->k_end())});
        ++table.count;
      }
    executor->weights.push_back(table);
  }
  SENNIT_RETURN_IF_ERROR(executor->makeMemory());
  executor->programs.resize(root.programs()->size());
  for (uint32_t i = 0; i < root.programs()->size(); ++i)
    SENNIT_RETURN_IF_ERROR(executor->prepare(i));
  executor->signals = std::make_unique<StepSignal[]>(executor->signalCount);
  return executor;
}

Executor::~Executor() {
  if (arena)
    ::munmap(arena, arenaBytes);
}

Status Executor::makeMemory() {
  constexpr uint64_t page = 4096;
  uint64_t mostArena = 0;
  for (const schema::Program *program : *package.root().programs())
    mostArena = std::max(mostArena, program->arena_bytes());
  arenaBytes = mostArena / page * page + 2 * page;
  SENNIT_ASSIGN_OR_RETURN(arena, reserveMemory(arenaBytes, "the activations"));
  SENNIT_ASSIGN_OR_RETURN(runner, LaunchRunner::create(package.root(), pool));
  return {};
}

StatusOr<void *> Executor::address(const schema::Program &program, const schema::Slot &slot) const {
  switch (slot.space()) {
  case schema::Space::Arena:
    return static_cast<void *>(arena + program.buffers()->Get(slot.index())->offset());
  case schema::Space::Weight:
    if (const schema::Weight &weight = *package.root().weights()->Get(slot.index());
        weight.layout() == schema::Layout::Rows)
      return static_cast<void *>(const_cast<uint8_t *>(package.sliceData(*weight.slices()->Get(0))));
    return static_cast<void *>(const_cast<WeightTable *>(&weights[slot.index()]));
  case schema::Space::KeyCache:
    return static_cast<void *>(cache.keys(slot.index()));
  case schema::Space::ValueCache:
    return static_cast<void *>(cache.values(slot.index()));
  case schema::Space::Step:
    return static_cast<void *>(input.field(schema::StepField(slot.index())));
  }
  return internalError("a slot in no space");
}

/// A kernel's axis of output tiles runs over one weight, over several in step (equal tiles), or over several
/// one after another; ranges are cut where any of their slices ends.
Status Executor::findCuts(const schema::Program &program, const schema::Launch &launch, uint32_t command,
                          std::vector<int64_t> &cuts) const {
  const int64_t tiles = package.root().kernels()->Get(launch.kernel())->column_tiles();
  if (tiles == 1)
    return {};
  int64_t before = 0;
  bool someSliced = false, allEqual = true;
  std::vector<int64_t> inStep, inTurn;
  for (uint32_t slot : *launch.slots()) {
    const schema::Slot &place = *program.slots()->Get(slot);
    if (place.space() != schema::Space::Weight || weights[place.index()].count == 0)
      continue;
    const WeightTable &table = weights[place.index()];
    const int64_t weightTiles = table.slices[table.count - 1].tileEnd;
    allEqual &= weightTiles == tiles;
    for (int64_t i = 0; i < table.count; ++i)
      if (table.slices[i].tileBegin != 0) {
        someSliced = true;
        inStep.push_back(table.slices[i].tileBegin);
        inTurn.push_back(before + table.slices[i].tileBegin);
      }
    before += weightTiles;
  }
  if (!someSliced)
    return {};
  if (!allEqual && before != tiles)
    return unsupported("program " + program.name()->str() + ", command " + to_string(command) +
                       ": weights of " + to_string(before) + " tiles in slices do not map to the kernel's " +
                       to_string(tiles) + " output tiles");
  cuts = allEqual ? inStep : inTurn;
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return {};
}

Status Executor::prepare(uint32_t index) {
  const schema::Program &program = *package.root().programs()->Get(index);
  Prepared &prepared = programs[index];
  const uint32_t commands = program.commands()->size();
  prepared.firstOperand.resize(commands);
  prepared.cuts.resize(commands);
  prepared.readsCache.resize(commands);
  for (uint32_t i = 0; i < commands; ++i) {
    prepared.firstOperand[i] = uint32_t(prepared.operands.size());
    const schema::Launch *launch = program.commands()->Get(i)->command_as_Launch();
    if (!launch)
      continue;
    for (uint32_t slot : *launch->slots()) {
      SENNIT_ASSIGN_OR_RETURN(void *operand, address(program, *program.slots()->Get(slot)));
      prepared.operands.push_back(operand);
    }
    for (const schema::Access *access : *launch->accesses())
      if (const schema::Space space = program.slots()->Get(access->slot())->space();
          access->mode() == schema::AccessMode::Read &&
          (space == schema::Space::KeyCache || space == schema::Space::ValueCache))
        prepared.readsCache[i] = true;
    SENNIT_RETURN_IF_ERROR(findCuts(program, *launch, i, prepared.cuts[i]));
  }
  if (runsLanes(program, pool.threads())) {
    SENNIT_ASSIGN_OR_RETURN(prepared.team, teamFor(program));
    signalCount = std::max(signalCount, program.signals());
  }
  return {};
}

StatusOr<LaneTeam *> Executor::teamFor(const schema::Program &program) {
  std::array<double, laneCount> shares;
  std::copy(program.lane_shares()->begin(), program.lane_shares()->end(), shares.begin());
  const std::array<int, laneCount> threads = divideThreads(shares, pool.threads());
  LaneTeam *closest = nullptr;
  for (const auto &team : teams) {
    bool fits = true;
    for (size_t lane = 0; lane < laneCount; ++lane)
      fits &= threads[lane] == 0 || team->threads()[lane] > 0;
    if (team->threads() == threads)
      return team.get();
    if (fits && !closest)
      closest = team.get();
  }
  // A division only matters for speed, and threads take memory.
  if (closest && teams.size() >= mostTeams)
    return closest;
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<LaneTeam> made, LaneTeam::create(package.root(), threads));
  teams.push_back(std::move(made));
  return teams.back().get();
}

uint32_t Executor::programFor(const StepRows &rows) const {
  return entry->buckets()->Get(bucketFor(*entry, rows))->program();
}

StatusOr<std::span<const float>> Executor::logits(int32_t wanted) {
  const schema::Buffer &buffer = logitsBuffer(package.root(), lastProgram);
  const uint8_t *row = arena + buffer.offset() + buffer.row_bytes() * uint64_t(wanted);
  return std::span(reinterpret_cast<const float *>(row), package.root().model()->vocab_size());
}

Status Executor::run(const StepRows &rows) {
  lastProgram = programFor(rows);
  if (recorder)
    recorder->beginStep(lastProgram, rows, input);
  runProgram(*package.root().programs()->Get(lastProgram), programs[lastProgram], rows);
  if (recorder)
    recorder->endStep();
  return {};
}

void Executor::runProgram(const schema::Program &program, const Prepared &prepared, const StepRows &rows) {
  if (prepared.team) {
    ++laneStep;
    struct Step {
      Executor &executor;
      const schema::Program &program;
      const Prepared &prepared;
      const StepRows &rows;
    } step{*this, program, prepared, rows};
    prepared.team->run(
        [](void *context, LaneTeam::Lane &lane) {
          const Step &own = *static_cast<const Step *>(context);
          own.executor.runLane(own.program, own.prepared, own.rows, lane);
        },
        &step);
    return;
  }
  pool.wake();
  for (uint32_t i = 0; i < program.commands()->size(); ++i) {
    const schema::CommandEntry &command = *program.commands()->Get(i);
    if (recorder)
      recorder->beginCommand(i);
    switch (command.command_type()) {
    case schema::Command::Launch:
      launch(*command.command_as_Launch(), prepared, i, rows, *runner, pool.threads());
      break;
    case schema::Command::Copy:
      copy(program, *command.command_as_Copy(), rows);
      break;
    case schema::Command::Branch:
      i += skipped(*command.command_as_Branch(), rows);
      break;
    default: // Signal and Wait: in the order of the text everything before has finished. Collectives are
             // refused at load.
      break;
    }
    if (recorder)
      recorder->endCommand();
  }
}

uint32_t Executor::skipped(const schema::Branch &branch, const StepRows &rows) {
  const RowRange range = rowsOf(branch.domain(), rows);
  return range.begin == range.end ? branch.skip() : 0;
}

/// A lane's own commands. Every lane follows the branches, which depend on the step alone.
void Executor::runLane(const schema::Program &program, const Prepared &prepared, const StepRows &rows,
                       LaneTeam::Lane &lane) {
  lane.pool->wake();
  for (uint32_t i = 0; i < program.commands()->size(); ++i) {
    const schema::CommandEntry &command = *program.commands()->Get(i);
    if (const schema::Branch *branch = command.command_as_Branch()) {
      i += skipped(*branch, rows);
      continue;
    }
    if (laneOf(command) != lane.lane)
      continue;
    switch (command.command_type()) {
    case schema::Command::Signal:
      signals[command.command_as_Signal()->signal()].raise(laneStep);
      continue;
    case schema::Command::Wait:
      signals[command.command_as_Wait()->signal()].wait(laneStep);
      continue;
    default:
      break;
    }
    if (recorder)
      recorder->beginCommand(i, lane.lane);
    if (const schema::Launch *work = command.command_as_Launch())
      launch(*work, prepared, i, rows, *lane.runner, lane.pool->threads());
    else if (const schema::Copy *work = command.command_as_Copy())
      copy(program, *work, rows);
    if (recorder)
      recorder->endCommand(lane.lane);
  }
}

void Executor::copy(const schema::Program &program, const schema::Copy &copy, const StepRows &rows) const {
  const schema::Buffer &source = *program.buffers()->Get(program.slots()->Get(copy.source())->index());
  const schema::Buffer &target = *program.buffers()->Get(program.slots()->Get(copy.target())->index());
  const RowRange range = rowsOf(copy, rows);
  std::memmove(arena + target.offset() + target.row_bytes() * uint64_t(range.begin),
               arena + source.offset() + source.row_bytes() * uint64_t(range.begin),
               source.row_bytes() * uint64_t(range.end - range.begin));
}

/// How long one thread takes for a launch that reads `keys` keys, in nanoseconds, to the order of magnitude.
double Executor::estimate(const schema::Launch &launch, const LaunchWork &work, int64_t keys) const {
  const double rows = double(work.rowEnd - work.rowBegin);
  double flops = launch.flops_per_row() * rows;
  double bytes = launch.bytes_fixed() + launch.bytes_per_row() * rows;
  if (!(bytes > 0) && !(flops > 0))
    return nanosecondsPerTile * rows * double(work.facts->column_tiles());
  if (keys > 0) { // the compiler could only assume a context
    const CacheLayout layout = CacheLayout::of(*package.root().cache());
    bytes = double(keys) * double(layout.keyPageBytes() + layout.valuePageBytes()) / double(pagePositions);
    flops = 0;
  }
  return std::max(bytes / bytesPerNanosecond, flops / flopsPerNanosecond);
}

void Executor::launch(const schema::Launch &launch, const Prepared &prepared, uint32_t command,
                      const StepRows &rows, LaunchRunner &by, int threads) {
  const RowRange range = rowsOf(launch, rows);
  if (range.begin >= range.end)
    return;
  LaunchWork work{kernels[launch.kernel()],
                  package.root().kernels()->Get(launch.kernel()),
                  prepared.operands.data() + prepared.firstOperand[command],
                  range.begin,
                  range.end,
                  /*keyBlocks=*/1,
                  prepared.cuts[command]};
  int64_t keys = 0;
  if (prepared.readsCache[command] && launch.domain() != RowDomain::Wanted) {
    const int32_t *positions = input.field(schema::StepField::Positions);
    for (int64_t row = range.begin; row < range.end; ++row) {
      keys += positions[row] + 1;
      work.keyBlocks = std::max(work.keyBlocks, positions[row] / attentionBlock + 1);
    }
  }
  by.run(work, estimate(launch, work, keys) < aloneNanoseconds ? 1 : threads);
}

} // namespace sennit
