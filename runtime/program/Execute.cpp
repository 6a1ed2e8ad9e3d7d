// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Execute.h"

#include "runtime/weights/Pack.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/mman.h>

namespace sennit {

using schema::RowDomain;
using std::to_string;

namespace {

// Below this the caller is done before a worker has joined.
constexpr double aloneNanoseconds = 3000;
// What one core does in a nanosecond, roughly: only the order of magnitude matters here.
constexpr double bytesPerNanosecond = 12, flopsPerNanosecond = 50, nanosecondsPerTile = 200;

int64_t ceilDivide(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}
int64_t roundUp(int64_t value, int64_t unit) {
  return ceilDivide(value, unit) * unit;
}

struct Range {
  int64_t begin, end;
};

Range rowsOf(RowDomain domain, const StepRows &rows) {
  switch (domain) {
  case RowDomain::All:
    return {0, rows.total};
  case RowDomain::Generated:
    return {0, rows.generated};
  case RowDomain::Prompt:
    return {rows.generated, rows.total};
  case RowDomain::Wanted:
    return {0, rows.wanted};
  }
  return {0, 0};
}

StatusOr<uint8_t *> mapMemory(uint64_t bytes, const char *what) {
  void *address =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED)
    return resourceExhausted("cannot reserve " + to_string(bytes) + " bytes for the " + what + ": " +
                             std::strerror(errno));
  return static_cast<uint8_t *>(address);
}

int64_t nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

} // namespace

LaunchSplit splitLaunch(int64_t rows, int64_t tiles, int64_t rowBlock, bool hasPrologue, int threads) {
  LaunchSplit split;
  const int64_t wantedPieces = threads > 1 ? 4 * threads : 1;
  int64_t blocks = ceilDivide(rows, rowBlock);
  // Without a prologue nothing is repeated by more blocks; with output tiles to divide, larger blocks read
  // weights less often.
  if (tiles == 1 && !hasPrologue)
    blocks = std::max(blocks, std::min(rows, wantedPieces));
  split.rowsPerBlock = ceilDivide(rows, blocks);
  // Whole register tiles of 4 rows, where the block allows.
  if (split.rowsPerBlock > 4)
    split.rowsPerBlock = std::min(roundUp(split.rowsPerBlock, 4), rowBlock);
  split.blocks = ceilDivide(rows, split.rowsPerBlock);

  // Few blocks are divided among all workers; of many, each worker takes its own, and chunks only let others
  // help with the last ones.
  const int64_t pieces = threads > 1 ? std::max<int64_t>(2, ceilDivide(wantedPieces, split.blocks)) : 1;
  split.chunksPerBlock = std::min(pieces, tiles);
  return split;
}

StatusOr<std::unique_ptr<Executor>> Executor::create(const Package &package, std::vector<KernelEntry> kernels,
                                                     const StepInput &input, const CacheMemory &cache,
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
  for (const schema::Entry *entry : *root.entries())
    if (entry->name()->string_view() == "step")
      executor->entry = entry;

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
  return executor;
}

Executor::~Executor() {
  if (arena)
    ::munmap(arena, arenaBytes);
  if (scratch)
    ::munmap(scratch, scratchBytes);
}

Status Executor::makeMemory() {
  const schema::Package &root = package.root();
  constexpr uint64_t page = 4096;
  uint64_t mostArena = 0, mostScratch = 64;
  for (const schema::Program *program : *root.programs())
    mostArena = std::max(mostArena, program->arena_bytes());
  for (const schema::Kernel *kernel : *root.kernels())
    mostScratch = std::max(mostScratch, kernel->scratch_bytes());
  arenaBytes = mostArena / page * page + 2 * page;
  SENNIT_ASSIGN_OR_RETURN(arena, mapMemory(arenaBytes, "activations"));
  // Scratch of different workers is apart by an odd number of cache lines, so that equal offsets do not meet
  // in one cache set.
  const uint64_t stride = (mostScratch + 63) / 64 * 64 + page / 2 + 64;
  scratchBytes = (stride * uint64_t(pool.threads()) + page - 1) / page * page;
  SENNIT_ASSIGN_OR_RETURN(scratch, mapMemory(scratchBytes, "workers' scratch"));
  workers = std::make_unique<WorkerState[]>(size_t(pool.threads()));
  for (int i = 0; i < pool.threads(); ++i)
    workers[size_t(i)].scratch = scratch + stride * uint64_t(i);
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
  return {};
}

uint32_t Executor::programFor(const StepRows &rows) const {
  for (const schema::Bucket *bucket : *entry->buckets())
    if (bucket->role() == rows.role() && int64_t(bucket->rows()) >= rows.total)
      return bucket->program();
  return entry->buckets()->Get(entry->buckets()->size() - 1)->program(); // verified: buckets reach max_rows
}

std::span<const float> Executor::logits(uint32_t index, int32_t wanted) const {
  const schema::Program &program = *package.root().programs()->Get(index);
  const schema::Buffer &buffer = *program.buffers()->Get(program.slots()->Get(program.logits())->index());
  const uint8_t *row = arena + buffer.offset() + buffer.row_bytes() * uint64_t(wanted);
  return {reinterpret_cast<const float *>(row), package.root().model()->vocab_size()};
}

void Executor::startProfile() {
  times.clear();
  for (const schema::Program *program : *package.root().programs())
    times.emplace_back(program->commands()->size());
}

void Executor::run(uint32_t index, const StepRows &rows) {
  const schema::Program &program = *package.root().programs()->Get(index);
  const Prepared &prepared = programs[index];
  pool.wake();
  for (uint32_t i = 0; i < program.commands()->size(); ++i) {
    const schema::CommandEntry &command = *program.commands()->Get(i);
    const int64_t begin = times.empty() ? 0 : nanoseconds();
    const uint32_t at = i;
    switch (command.command_type()) {
    case schema::Command::Launch:
      launch(*command.command_as_Launch(), prepared, i, rows);
      break;
    case schema::Command::Copy:
      copy(program, *command.command_as_Copy(), rows);
      break;
    case schema::Command::Branch: {
      const schema::Branch &branch = *command.command_as_Branch();
      const Range range = rowsOf(branch.domain(), rows);
      if (range.begin == range.end)
        i += branch.skip();
      break;
    }
    default: // Signal and Wait: on one lane everything before has finished. Collectives are refused at load.
      break;
    }
    if (!times.empty()) {
      times[index][at].nanoseconds += nanoseconds() - begin;
      ++times[index][at].runs;
    }
  }
}

void Executor::copy(const schema::Program &program, const schema::Copy &copy, const StepRows &rows) const {
  const schema::Buffer &source = *program.buffers()->Get(program.slots()->Get(copy.source())->index());
  const schema::Buffer &target = *program.buffers()->Get(program.slots()->Get(copy.target())->index());
  const Range range = rowsOf(copy.domain(), rows);
  std::memmove(arena + target.offset() + target.row_bytes() * uint64_t(range.begin),
               arena + source.offset() + source.row_bytes() * uint64_t(range.begin),
               source.row_bytes() * uint64_t(range.end - range.begin));
}

/// How long one thread takes for a launch, in nanoseconds, to the order of magnitude.
double Executor::estimate(const schema::Launch &launch, bool readsCache, int64_t rowBegin, int64_t rowEnd,
                          int64_t tiles) const {
  const double rows = double(rowEnd - rowBegin);
  const double flops = launch.flops_per_row() * rows;
  double bytes = launch.bytes_fixed() + launch.bytes_per_row() * rows;
  if (!(bytes > 0) && !(flops > 0))
    return nanosecondsPerTile * rows * double(tiles);
  // What attention reads grows with the context, which the compiler could not know.
  if (readsCache && launch.domain() != RowDomain::Wanted) {
    const CacheLayout layout = CacheLayout::of(*package.root().cache());
    const int32_t *positions = input.field(schema::StepField::Positions);
    int64_t keys = 0;
    for (int64_t row = rowBegin; row < rowEnd; ++row)
      keys += positions[row] + 1;
    bytes += double(keys) * double(layout.keyPageBytes() + layout.valuePageBytes()) / double(pagePositions);
  }
  return std::max(bytes / bytesPerNanosecond, flops / flopsPerNanosecond);
}

void Executor::launch(const schema::Launch &launch, const Prepared &prepared, uint32_t command,
                      const StepRows &rows) {
  const Range range = rowsOf(launch.domain(), rows);
  const int64_t count = range.end - range.begin;
  if (count <= 0)
    return;
  const schema::Kernel &kernel = *package.root().kernels()->Get(launch.kernel());
  current.kernel = kernels[launch.kernel()];
  current.operands = prepared.operands.data() + prepared.firstOperand[command];
  current.rowBegin = range.begin;
  current.rowEnd = range.end;
  current.tiles = kernel.column_tiles();
  current.cuts = &prepared.cuts[command];

  const double alone = estimate(launch, prepared.readsCache[command], range.begin, range.end, current.tiles);
  const int threads = alone < aloneNanoseconds ? 1 : pool.threads();
  const LaunchSplit &split = current.split =
      splitLaunch(count, current.tiles, kernel.row_block(), current.kernel.prologue != nullptr, threads);
  current.serial = nextSerial;
  nextSerial += split.blocks;
  pool.run(
      [](void *self, int worker, int64_t chunk) { static_cast<Executor *>(self)->runChunk(worker, chunk); },
      this, split.chunks(), threads);
}

void Executor::runChunk(int worker, int64_t chunk) {
  const int64_t parts = current.split.chunksPerBlock, block = chunk / parts, part = chunk % parts;
  int64_t begin = current.tiles * part / parts;
  const int64_t end = current.tiles * (part + 1) / parts;
  for (int64_t cut : *current.cuts)
    if (cut > begin && cut < end) {
      runTiles(worker, block, begin, cut);
      begin = cut;
    }
  runTiles(worker, block, begin, end);
}

void Executor::runTiles(int worker, int64_t block, int64_t tileBegin, int64_t tileEnd) {
  WorkerState &state = workers[size_t(worker)];
  KernelArgs args;
  args.operands = current.operands;
  args.rowBegin = current.rowBegin + block * current.split.rowsPerBlock;
  args.rowEnd = std::min(args.rowBegin + current.split.rowsPerBlock, current.rowEnd);
  args.tileBegin = tileBegin;
  args.tileEnd = tileEnd;
  args.scratch = state.scratch;
  if (current.kernel.prologue && state.prologueOf != current.serial + block) {
    current.kernel.prologue(&args);
    state.prologueOf = current.serial + block;
  }
  current.kernel.body(&args);
}

} // namespace sennit
