// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/KernelRig.h"

#include "runtime/weights/Pack.h"

#include <chrono>

using namespace sennit;
using namespace sennit::cli;

/// Bytes at a 64-byte boundary, zero at first. Owns them.
class KernelRig::Bytes {
public:
  explicit Bytes(size_t bytes) : storage(bytes + 128) {}
  uint8_t *data() { return storage.data() + (64 - reinterpret_cast<uintptr_t>(storage.data()) % 64) % 64; }

private:
  std::vector<uint8_t> storage;
};

namespace {

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

void fillPool(Noise &noise, schema::Format format, uint8_t *data, int64_t size) {
  if (format == schema::Format::F32)
    noise.fill(reinterpret_cast<float *>(data), static_cast<size_t>(size) / sizeof(float));
  else
    noise.fill(reinterpret_cast<uint16_t *>(data), static_cast<size_t>(size) / sizeof(uint16_t));
}

} // namespace

KernelRig::KernelRig(const Package &package, WorkerPool &pool)
    : package(package), root(package.root()), pool(pool) {}

KernelRig::~KernelRig() = default;

Status KernelRig::prepare(const RigStep &step) {
  ready.clear();
  if (!runner) {
    SENNIT_RETURN_IF_ERROR(makeWeights());
    SENNIT_ASSIGN_OR_RETURN(runner, LaunchRunner::create(root, pool));
  }
  SENNIT_RETURN_IF_ERROR(makeStep(step));
  uint32_t index = findProgram();
  const schema::Program &program = *root.programs()->Get(index);
  arena = std::make_unique<Bytes>(program.arena_bytes());
  Noise{3}.fill(reinterpret_cast<float *>(arena->data()), program.arena_bytes() / sizeof(float));
  CostModel costs(package, pool.threads());
  costs.beginStep(rows, *input);
  for (uint32_t i = 0; i < program.commands()->size(); ++i)
    if (const schema::Launch *launch = program.commands()->Get(i)->command_as_Launch()) {
      RigLaunch made;
      made.kernel = launch->kernel();
      made.rows = rowsOf(*launch, rows);
      made.cost = costs.cost(index, i);
      if (made.rows.count() > 0)
        addLaunch(program, *launch, std::move(made));
    }
  return Status::okay();
}

Status KernelRig::makeStep(const RigStep &step) {
  const schema::StepLayout &layout = *root.step();
  const int64_t all = int64_t(step.sequences) * step.rowsEach;
  const int64_t positions = int64_t(step.context) + step.rowsEach;
  if (all > int64_t(layout.max_rows()) || positions > int64_t(root.model()->context_length()) ||
      step.sequences > int64_t(layout.max_sequences()))
    return invalidInput("expected at most " + std::to_string(layout.max_rows()) + " rows, " +
                        std::to_string(layout.max_sequences()) + " sequences and " +
                        std::to_string(root.model()->context_length()) + " positions, found " +
                        std::to_string(all) + ", " + std::to_string(step.sequences) + " and " +
                        std::to_string(positions));
  keyBlocks = (positions - 1) / attentionBlock + 1;
  const int32_t pages = SequenceTable::pagesFor(positions) * step.sequences;
  CacheLayout cacheLayout = CacheLayout::of(*root.cache());
  SENNIT_ASSIGN_OR_RETURN(cache, CacheMemory::create(cacheLayout, pages));
  Noise noise;
  for (int64_t layer = 0; layer < cacheLayout.layers; ++layer) {
    fillPool(noise, root.cache()->format(), cache->keys(layer), cacheLayout.keyPageBytes() * pages);
    fillPool(noise, root.cache()->format(), cache->values(layer), cacheLayout.valuePageBytes() * pages);
  }
  table = std::make_unique<SequenceTable>(step.sequences, pages, root.model()->context_length(), cache.get());
  SENNIT_ASSIGN_OR_RETURN(input, StepInput::create(layout));
  input->begin();
  auto role = step.generated ? schema::StepRole::Generated : schema::StepRole::Prompt;
  for (int s = 0; s < step.sequences; ++s) {
    SENNIT_ASSIGN_OR_RETURN(SequenceId id, table->create());
    table->extend(id, static_cast<int32_t>(positions));
    SENNIT_ASSIGN_OR_RETURN(const Sequence *sequence, table->find(id));
    input->addSequence(*sequence);
    for (int i = 0; i < step.rowsEach; ++i)
      input->addRow(static_cast<int32_t>(noise.next() % root.model()->vocab_size()), step.context + i, role,
                    i + 1 == step.rowsEach);
  }
  rows = input->finish();
  return Status::okay();
}

Status KernelRig::makeWeights() {
  size_t count = 0;
  for (const schema::Weight *weight : *root.weights())
    count += weight->slices()->size();
  slices.reserve(count); // the tables point into it
  for (const schema::Weight *weight : *root.weights()) {
    tables.push_back({static_cast<int64_t>(weight->slices()->size()), slices.data() + slices.size()});
    for (const schema::Slice *slice : *weight->slices()) {
      if (slice->row_begin() != 0)
        return unsupported("expected weights in one piece, found them cut by rows");
      slices.push_back({package.sliceData(*slice), int64_t(slice->row_begin()) / weights::tileRows,
                        weights::tileCount(int64_t(slice->row_end())), int64_t(slice->k_begin()),
                        int64_t(slice->k_end())});
    }
  }
  return Status::okay();
}

uint32_t KernelRig::findProgram() const {
  const auto &buckets = *root.entries()->Get(0)->buckets();
  for (const schema::Bucket *bucket : buckets)
    if (bucket->role() == rows.role() && static_cast<int64_t>(bucket->rows()) >= rows.total)
      return bucket->program();
  return buckets.Get(buckets.size() - 1)->program();
}

void *KernelRig::operand(const schema::Program &program, const schema::Slot &slot) {
  switch (slot.space()) {
  case schema::Space::Arena:
    return arena->data() + program.buffers()->Get(slot.index())->offset();
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

void KernelRig::addLaunch(const schema::Program &program, const schema::Launch &launch, RigLaunch made) {
  bool writesCache = false;
  for (const schema::Access *access : *launch.accesses())
    if (program.slots()->Get(access->slot())->space() == schema::Space::KeyCache)
      (access->mode() == schema::AccessMode::Write ? writesCache : made.readsCache) = true;
  made.readsCache &= !writesCache;
  for (uint32_t index : *launch.slots()) {
    const schema::Slot &slot = *program.slots()->Get(index);
    made.operands.push_back(operand(program, slot));
    if (slot.space() == schema::Space::Weight &&
        root.weights()->Get(slot.index())->layout() == schema::Layout::Packed)
      made.packed = root.weights()->Get(slot.index());
  }
  ready.push_back(std::move(made));
}

void KernelRig::run(const RigLaunch &launch) {
  runner->run({package.kernel(launch.kernel), root.kernels()->Get(launch.kernel), launch.operands.data(),
               launch.rows.begin, launch.rows.end, keyBlocks},
              pool.threads());
}

double KernelRig::time(const RigLaunch &launch) {
  auto start = std::chrono::steady_clock::now();
  run(launch);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
