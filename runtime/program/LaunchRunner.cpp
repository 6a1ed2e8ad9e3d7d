// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/LaunchRunner.h"

#include "runtime/base/ReserveMemory.h"

#include <algorithm>
#include <sys/mman.h>

namespace sennit {

namespace {

constexpr int64_t counterBytes = 64; ///< see KernelArgs

int64_t ceilDivide(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}
int64_t roundUp(int64_t value, int64_t unit) {
  return ceilDivide(value, unit) * unit;
}

/// Pieces of work that keep all threads busy to the end.
int64_t wantedPieces(int threads) {
  return threads > 1 ? 4 * threads : 1;
}

} // namespace

LaunchSplit splitLaunch(int64_t rows, int64_t tiles, int64_t rowBlock, bool hasPrologue, int threads,
                        int64_t keyBlocks) {
  LaunchSplit split;
  const int64_t wanted = wantedPieces(threads);
  // Few rows of a long context: their keys are divided.
  if (keyBlocks > 1 && rows * tiles < wanted) {
    split.parts = std::min(keyBlocks, ceilDivide(2 * wanted, rows * tiles));
    split.blocks = rows;
    split.chunksPerBlock = tiles * split.parts;
    return split;
  }
  int64_t blocks = ceilDivide(rows, rowBlock);
  // Without a prologue nothing is repeated by more blocks; with many output tiles to divide, larger blocks
  // read weights less often.
  if (tiles < wanted && !hasPrologue)
    blocks = std::max(blocks, std::min(rows, ceilDivide(wanted, tiles)));
  split.rowsPerBlock = ceilDivide(rows, blocks);
  // Whole register tiles of 4 rows, where the block allows.
  if (split.rowsPerBlock > 4 && hasPrologue)
    split.rowsPerBlock = std::min(roundUp(split.rowsPerBlock, 4), rowBlock);
  split.blocks = ceilDivide(rows, split.rowsPerBlock);

  // Few blocks are divided among all workers; of many, each worker takes its own, and chunks only let others
  // help with the last ones.
  const int64_t pieces = threads > 1 ? std::max<int64_t>(2, ceilDivide(wanted, split.blocks)) : 1;
  split.chunksPerBlock = std::min(pieces, tiles);
  return split;
}

StatusOr<std::unique_ptr<LaunchRunner>> LaunchRunner::create(const schema::Package &package, WorkerPool &pool,
                                                             schema::Lane lane, int firstWorker) {
  std::unique_ptr<LaunchRunner> runner(new LaunchRunner(pool, lane, firstWorker));
  SENNIT_RETURN_IF_ERROR(runner->makeMemory(package));
  return runner;
}

LaunchRunner::~LaunchRunner() {
  if (memory)
    ::munmap(memory, memoryBytes);
}

Status LaunchRunner::makeMemory(const schema::Package &package) {
  uint64_t mostScratch = 64, mostPart = 0;
  for (const schema::Kernel *kernel : *package.kernels()) {
    mostScratch = std::max(mostScratch, kernel->scratch_bytes());
    mostPart = std::max(mostPart, kernel->part_bytes());
  }
  // Each segment may have one block more than its length fills.
  mostBlocks =
      ceilDivide(package.model()->context_length(), attentionBlock) + int64_t(package.step()->max_segments());
  // Scratch of different workers is apart by an odd number of cache lines, so that equal offsets do not meet
  // in one cache set.
  constexpr uint64_t page = 4096;
  const uint64_t stride = (mostScratch + 63) / 64 * 64 + page / 2 + 64;
  const uint64_t scratchBytes = (stride * uint64_t(pool.threads()) + page - 1) / page * page;
  const uint64_t sharedBytes =
      mostPart ? (counterBytes + mostPart * uint64_t(mostBlocks)) * uint64_t(wantedPieces(pool.threads()))
               : 0;
  memoryBytes = scratchBytes + sharedBytes;
  SENNIT_ASSIGN_OR_RETURN(memory, reserveMemory(memoryBytes, "the workers' scratch"));
  shared = memory + scratchBytes;
  workers = std::make_unique<WorkerState[]>(size_t(pool.threads()));
  for (int i = 0; i < pool.threads(); ++i)
    workers[size_t(i)].scratch = memory + stride * uint64_t(i);
  return {};
}

void LaunchRunner::run(const LaunchWork &work, int threads) {
  current = work;
  serial += split.blocks; // those of the launch before
  const schema::Kernel &facts = *work.facts;
  const bool byParts = facts.part_bytes() > 0 && threads > 1 && work.keyBlocks <= mostBlocks;
  split = splitLaunch(work.rowEnd - work.rowBegin, facts.column_tiles(), facts.row_block(),
                      work.kernel.prologue != nullptr, threads, byParts ? work.keyBlocks : 1);
  pool.run([](void *self, int worker,
              int64_t chunk) { static_cast<LaunchRunner *>(self)->runChunk(worker, chunk); },
           this, split.chunks(), threads);
}

void LaunchRunner::runChunk(int worker, int64_t chunk) {
  const int64_t count = split.chunksPerBlock, block = chunk / count, place = chunk % count;
  const int64_t tiles = current.facts->column_tiles() * split.parts;
  int64_t begin = tiles * place / count;
  const int64_t end = tiles * (place + 1) / count;
  for (int64_t cut : current.cuts)
    if (cut > begin && cut < end) {
      runTiles(worker, block, begin, cut);
      begin = cut;
    }
  runTiles(worker, block, begin, end);
}

void LaunchRunner::runTiles(int worker, int64_t block, int64_t tileBegin, int64_t tileEnd) {
  WorkerState &state = workers[size_t(worker)];
  KernelArgs args;
  args.operands = current.operands;
  args.rowBegin = current.rowBegin + block * split.rowsPerBlock;
  args.rowEnd = std::min(args.rowBegin + split.rowsPerBlock, current.rowEnd);
  args.tileBegin = tileBegin;
  args.tileEnd = tileEnd;
  args.scratch = state.scratch;
  args.parts = split.parts;
  args.sharedStride = counterBytes + int64_t(current.facts->part_bytes()) * mostBlocks;
  args.shared =
      shared + block * split.rowsPerBlock * int64_t(current.facts->column_tiles()) * args.sharedStride;
  StepRecorder::ChunkTimer timer(recorder, lane, firstWorker + worker, args);
  if (current.kernel.prologue && state.prologueOf != serial + block) {
    current.kernel.prologue(&args);
    state.prologueOf = serial + block;
    timer.endPrologue();
  }
  current.kernel.body(&args);
}

} // namespace sennit
