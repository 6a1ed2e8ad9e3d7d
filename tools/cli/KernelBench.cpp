// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/KernelBench.h"

#include "runtime/device/host/WorkerPool.h"
#include "runtime/program/CostModel.h"
#include "runtime/program/LaunchRunner.h"
#include "runtime/program/StepInput.h"
#include "runtime/sequence/CacheMemory.h"
#include "runtime/sequence/SequenceTable.h"
#include "runtime/weights/Pack.h"
#include "tools/cli/Interrupt.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

using namespace sennit;
using namespace sennit::cli;
using Clock = std::chrono::steady_clock;

namespace {

/// Bytes at a 64-byte boundary, zero at first. Owns them.
class AlignedBytes {
public:
  explicit AlignedBytes(size_t bytes) : storage(bytes + 128) {}
  uint8_t *data() { return storage.data() + (64 - reinterpret_cast<uintptr_t>(storage.data()) % 64) % 64; }

private:
  std::vector<uint8_t> storage;
};

/// A small generator: the values only have to be different and harmless.
struct Noise {
  uint32_t state = 1;
  uint32_t next() { return state = state * 1664525u + 1013904223u; }
  /// Floats in (-1, 1).
  void fill(float *data, size_t count) {
    for (size_t i = 0; i < count; ++i)
      data[i] = static_cast<float>(static_cast<int32_t>(next())) * 0x1p-31f;
  }
  /// f16 values of either sign, 0.5 to 1 in size.
  void fill(uint16_t *data, size_t count) {
    for (size_t i = 0; i < count; ++i)
      data[i] = static_cast<uint16_t>((next() >> 16 & 0x83ff) | 0x3800);
  }
};

/// One launch of the kernel, ready to run, and how its work is divided.
struct Prepared {
  std::vector<void *> operands;
  RowRange rows;
};

/// Everything that a launch of this kernel reads and writes.
class Bench {
public:
  Bench(const Package &package, const KernelCase &kernelCase)
      : package(package), root(package.root()), wanted(kernelCase), pool(kernelCase.threads) {}

  Status prepare() {
    SENNIT_RETURN_IF_ERROR(findKernel());
    SENNIT_RETURN_IF_ERROR(makeStep());
    makeWeights();
    programIndex = findProgram();
    program = root.programs()->Get(programIndex);
    arena = std::make_unique<AlignedBytes>(program->arena_bytes());
    noise.fill(reinterpret_cast<float *>(arena->data()), program->arena_bytes() / sizeof(float));
    SENNIT_ASSIGN_OR_RETURN(runner, LaunchRunner::create(root, pool));
    CostModel costs(package, pool.threads());
    costs.beginStep(rows, *input);
    for (uint32_t i = 0; i < program->commands()->size(); ++i)
      if (const schema::Launch *launch = program->commands()->Get(i)->command_as_Launch();
          launch && launch->kernel() == kernel) {
        addLaunch(*launch);
        if (CommandCost one = costs.cost(programIndex, i); one.rows > 0)
          cost = one;
      }
    for (const WeightTable &weight : tables)
      for (int64_t i = 0; i < weight.count; ++i)
        if (weight.slices[i].tileBegin != 0)
          return unsupported("--kernel: the weights of this package are cut by rows, which it cannot time");
    if (launches.empty())
      return invalidInput("kernel " + wanted.kernel + " has no work in a step of " +
                          std::to_string(wanted.rows) +
                          (wanted.rows == 1 ? " generated row" : " prompt rows"));
    return Status::okay();
  }

  StatusOr<KernelTime> measure() {
    KernelTime time{.launches = static_cast<int>(launches.size()),
                    .best = 1e30,
                    .mean = 0,
                    .bytes = cost.bytes,
                    .flops = cost.flops};
    Clock::time_point begin = Clock::now();
    double elapsed = 0;
    int64_t runs = 0;
    for (int warm = 2; elapsed < wanted.seconds || runs < 2; --warm) {
      if (interrupted())
        return interruptedStatus();
      for (const Prepared &launch : launches) {
        Clock::time_point start = Clock::now();
        runOnce(launch);
        double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        if (warm <= 0) {
          time.best = std::min(time.best, seconds);
          time.mean += seconds;
          ++runs;
        }
      }
      elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    time.mean /= static_cast<double>(runs);
    return time;
  }

private:
  Status findKernel() {
    std::string names;
    for (uint32_t i = 0; i < root.kernels()->size(); ++i) {
      std::string name = root.kernels()->Get(i)->name()->str();
      if (name == wanted.kernel) {
        kernel = i;
        entry = package.kernel(i);
        return Status::okay();
      }
      names += (names.empty() ? "" : ", ") + name;
    }
    return invalidInput("--kernel: expected one of " + names + ", found " + wanted.kernel);
  }

  Status makeStep() {
    const schema::StepLayout &layout = *root.step();
    int64_t positions = int64_t(wanted.context) + wanted.rows;
    if (wanted.rows > int64_t(layout.max_rows()) || positions > int64_t(root.model()->context_length()))
      return invalidInput("expected at most " + std::to_string(layout.max_rows()) + " rows and " +
                          std::to_string(root.model()->context_length()) + " positions, found " +
                          std::to_string(wanted.rows) + " and " + std::to_string(positions));
    int32_t pages = SequenceTable::pagesFor(positions);
    CacheLayout cacheLayout = CacheLayout::of(*root.cache());
    SENNIT_ASSIGN_OR_RETURN(cache, CacheMemory::create(cacheLayout, pages));
    for (int64_t layer = 0; layer < cacheLayout.layers; ++layer) {
      fillPool(cache->keys(layer), cacheLayout.keyPageBytes() * pages);
      fillPool(cache->values(layer), cacheLayout.valuePageBytes() * pages);
    }
    table = std::make_unique<SequenceTable>(1, pages, root.model()->context_length(), cache.get());
    SENNIT_ASSIGN_OR_RETURN(SequenceId id, table->create());
    table->extend(id, static_cast<int32_t>(positions));
    SENNIT_ASSIGN_OR_RETURN(input, StepInput::create(layout));
    SENNIT_ASSIGN_OR_RETURN(const Sequence *sequence, table->find(id));
    input->begin();
    input->addSequence(*sequence);
    auto role = wanted.rows == 1 ? schema::StepRole::Generated : schema::StepRole::Prompt;
    for (int i = 0; i < wanted.rows; ++i)
      input->addRow(static_cast<int32_t>(noise.next() % root.model()->vocab_size()), wanted.context + i, role,
                    i + 1 == wanted.rows);
    rows = input->finish();
    return Status::okay();
  }

  void fillPool(uint8_t *data, int64_t size) {
    if (root.cache()->format() == schema::Format::F32)
      noise.fill(reinterpret_cast<float *>(data), static_cast<size_t>(size) / sizeof(float));
    else
      noise.fill(reinterpret_cast<uint16_t *>(data), static_cast<size_t>(size) / sizeof(uint16_t));
  }

  void makeWeights() {
    size_t count = 0;
    for (const schema::Weight *weight : *root.weights())
      count += weight->slices()->size();
    slices.reserve(count); // the tables point into it
    for (const schema::Weight *weight : *root.weights()) {
      tables.push_back({static_cast<int64_t>(weight->slices()->size()), slices.data() + slices.size()});
      for (const schema::Slice *slice : *weight->slices())
        slices.push_back({package.sliceData(*slice), int64_t(slice->row_begin()) / weights::tileRows,
                          weights::tileCount(int64_t(slice->row_end())), int64_t(slice->k_begin()),
                          int64_t(slice->k_end())});
    }
  }

  uint32_t findProgram() const {
    const auto &buckets = *root.entries()->Get(0)->buckets();
    for (const schema::Bucket *bucket : buckets)
      if (bucket->role() == rows.role() && static_cast<int64_t>(bucket->rows()) >= rows.total)
        return bucket->program();
    return buckets.Get(buckets.size() - 1)->program();
  }

  void *operand(const schema::Slot &slot) {
    switch (slot.space()) {
    case schema::Space::Arena:
      return arena->data() + program->buffers()->Get(slot.index())->offset();
    case schema::Space::Weight:
      if (root.weights()->Get(slot.index())->layout() == schema::Layout::Rows)
        return const_cast<uint8_t *>(tables[slot.index()].slices[0].data);
      return &tables[slot.index()];
    case schema::Space::KeyCache:
      return cache->keys(slot.index());
    case schema::Space::ValueCache:
      return cache->values(slot.index());
    case schema::Space::Step:
      return input->field(static_cast<schema::StepField>(slot.index()));
    }
    return nullptr;
  }

  void addLaunch(const schema::Launch &launch) {
    Prepared prepared;
    prepared.rows = rowsOf(launch, rows);
    if (prepared.rows.count() <= 0)
      return;
    for (uint32_t slot : *launch.slots())
      prepared.operands.push_back(operand(*program->slots()->Get(slot)));
    launches.push_back(std::move(prepared));
  }

  void runOnce(const Prepared &launch) {
    int64_t keyBlocks = (wanted.context + wanted.rows - 1) / attentionBlock + 1;
    runner->run({entry, root.kernels()->Get(kernel), launch.operands.data(), launch.rows.begin,
                 launch.rows.end, keyBlocks},
                pool.threads());
  }

  const Package &package;
  const schema::Package &root;
  const KernelCase &wanted;
  WorkerPool pool;
  Noise noise;
  uint32_t kernel = 0;
  KernelEntry entry;
  uint32_t programIndex = 0;
  const schema::Program *program = nullptr;
  std::unique_ptr<CacheMemory> cache;
  std::unique_ptr<SequenceTable> table;
  std::unique_ptr<StepInput> input;
  StepRows rows;
  std::vector<WeightSlice> slices;
  std::vector<WeightTable> tables;
  std::unique_ptr<AlignedBytes> arena;
  std::unique_ptr<LaunchRunner> runner;
  std::vector<Prepared> launches;
  CommandCost cost; ///< of one launch
};

} // namespace

StatusOr<KernelTime> cli::benchKernel(const Package &package, const KernelCase &kernelCase) {
  Bench bench(package, kernelCase);
  SENNIT_RETURN_IF_ERROR(bench.prepare());
  return bench.measure();
}
