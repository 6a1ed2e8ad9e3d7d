// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/TestPackage.h"

#include "runtime/weights/Pack.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <unistd.h>

namespace sennit::testing {

namespace {

using schema::RowDomain;
using schema::Space;
using schema::StepField;

enum KernelIndex { Embed, CacheStore, AttentionGenerated, AttentionPrompt, Head, KernelCount };
constexpr uint32_t lastRow = 4294967295;
constexpr int64_t rowBlocks[KernelCount] = {8, 8, 4, 4, 8};

/// Kernels are compiled for one shape in a real package; here the shape stands beside them.
constexpr int64_t kvHeads = 2, headDim = 20, inner = kvHeads * headDim, width = 2 * inner;

float embeddingAt(int64_t token, int64_t c) {
  return float((token * 7 + c * 5) % 7);
}
float headAt(int64_t n, int64_t k) {
  return float((n * 5 + k * 3) % 7 - 3);
}
float inputAt(int64_t token, int64_t position, int64_t c) {
  return embeddingAt(token, c) + float(position % 3);
}

std::atomic<int64_t> prologueCalls, bodyCalls;
std::mutex faultLock;
std::string firstFault;

void fault(const std::string &what) {
  const std::lock_guard<std::mutex> held(faultLock);
  if (firstFault.empty())
    firstFault = what;
}

template <typename T>
T *operand(const KernelArgs *args, int index) {
  return static_cast<T *>(args->operands[index]);
}

void noteBody(const KernelArgs *args, KernelIndex kernel, int64_t tiles) {
  ++bodyCalls;
  if (args->rowEnd <= args->rowBegin || args->rowEnd - args->rowBegin > rowBlocks[kernel])
    fault("rows " + std::to_string(args->rowBegin) + " to " + std::to_string(args->rowEnd));
  if (args->tileEnd <= args->tileBegin || args->tileBegin < 0 || args->tileEnd > tiles)
    fault("tiles " + std::to_string(args->tileBegin) + " to " + std::to_string(args->tileEnd));
  if (reinterpret_cast<uintptr_t>(args->scratch) % 64)
    fault("scratch is not aligned");
}

/// tokens, positions, embedding, x
void embed(const KernelArgs *args) {
  noteBody(args, Embed, 1);
  const auto *tokens = operand<const int32_t>(args, 0), *positions = operand<const int32_t>(args, 1);
  const WeightSlice &table = operand<const WeightTable>(args, 2)->slices[0];
  float *x = operand<float>(args, 3);
  for (int64_t m = args->rowBegin; m < args->rowEnd; ++m)
    for (int64_t c = 0; c < width; ++c) {
      const auto *tile = reinterpret_cast<const float *>(table.data) + tokens[m] / 16 * 16 * width;
      x[m * width + c] = tile[c * 16 + tokens[m] % 16] + float(positions[m] % 3);
    }
}

int64_t keyOffset(int64_t slot, int64_t head, int64_t d) {
  const int64_t page = slot / 32, position = slot % 32;
  return (page * kvHeads + head) * 32 * headDim + (position / 16 * headDim + d) * 16 + position % 16;
}
int64_t valueOffset(int64_t slot, int64_t head, int64_t d) {
  const int64_t page = slot / 32, position = slot % 32, groups = (headDim + 15) / 16;
  return ((page * kvHeads + head) * groups + d / 16) * 32 * 16 + position * 16 + d % 16;
}

/// x, row slots, keys, values
void cacheStore(const KernelArgs *args) {
  noteBody(args, CacheStore, 1);
  const auto *x = operand<const float>(args, 0);
  const auto *slots = operand<const int32_t>(args, 1);
  float *keys = operand<float>(args, 2), *values = operand<float>(args, 3);
  for (int64_t m = args->rowBegin; m < args->rowEnd; ++m)
    for (int64_t head = 0; head < kvHeads; ++head)
      for (int64_t d = 0; d < headDim; ++d) {
        keys[keyOffset(slots[m], head, d)] = x[m * width + head * headDim + d];
        values[valueOffset(slots[m], head, d)] = x[m * width + inner + head * headDim + d];
      }
}

/// row sequences, positions, sequence segments, segment pages, lengths, firsts, pages, keys, values, o
void attention(const KernelArgs *args, KernelIndex kernel, float factor) {
  noteBody(args, kernel, kvHeads);
  const int32_t *step[7];
  for (int i = 0; i < 7; ++i)
    step[i] = operand<const int32_t>(args, i);
  const auto [rowSequence, positions, segments, segmentPages, lengths, firsts, pages] =
      std::tuple(step[0], step[1], step[2], step[3], step[4], step[5], step[6]);
  const auto *keys = operand<const float>(args, 7), *values = operand<const float>(args, 8);
  float *o = operand<float>(args, 9);
  for (int64_t m = args->rowBegin; m < args->rowEnd; ++m)
    for (int64_t head = args->tileBegin; head < args->tileEnd; ++head)
      for (int64_t d = 0; d < headDim; ++d) {
        float sum = 0;
        const int32_t sequence = rowSequence[m];
        for (int32_t g = segments[sequence]; g < segments[sequence + 1]; ++g)
          for (int32_t j = 0; j < lengths[g] && firsts[g] + j <= positions[m]; ++j) {
            const int64_t slot = int64_t(pages[segmentPages[g] + j / 32]) * 32 + j % 32;
            if (segmentPages[g] + j / 32 >= segmentPages[g + 1])
              fault("a key past its segment's pages");
            sum += keys[keyOffset(slot, head, d)] * float(1 + (firsts[g] + j) % 5) +
                   values[valueOffset(slot, head, d)];
          }
        o[m * inner + head * headDim + d] = factor * sum;
      }
}
void attentionGenerated(const KernelArgs *args) {
  attention(args, AttentionGenerated, 1.0f);
}
void attentionPrompt(const KernelArgs *args) {
  attention(args, AttentionPrompt, 2.0f);
}

/// What the head's prologue leaves in scratch: its rows, then [rows][inner] f32.
struct HeadScratch {
  int64_t rowBegin, rowEnd;
  float rows[8][inner];
};

/// o, wanted, head, logits
void headPrologue(const KernelArgs *args) {
  ++prologueCalls;
  auto *scratch = reinterpret_cast<HeadScratch *>(args->scratch);
  scratch->rowBegin = args->rowBegin;
  scratch->rowEnd = args->rowEnd;
  const auto *o = operand<const float>(args, 0);
  const auto *wanted = operand<const int32_t>(args, 1);
  for (int64_t m = args->rowBegin; m < args->rowEnd; ++m)
    std::memcpy(scratch->rows[m - args->rowBegin], o + wanted[m] * inner, inner * 4);
}

void head(const KernelArgs *args) {
  const WeightTable &table = *operand<const WeightTable>(args, 2);
  const int64_t tiles = table.slices[table.count - 1].tileEnd;
  noteBody(args, Head, tiles);
  const auto *scratch = reinterpret_cast<const HeadScratch *>(args->scratch);
  if (scratch->rowBegin != args->rowBegin || scratch->rowEnd != args->rowEnd)
    fault("a body without the prologue of its row block");
  float *logits = operand<float>(args, 3);
  const int64_t vocab = 43;
  for (int64_t m = args->rowBegin; m < args->rowEnd; ++m)
    for (int64_t n = args->tileBegin * 16; n < args->tileEnd * 16 && n < vocab; ++n) {
      float sum = 0;
      int64_t covered = 0;
      for (int64_t s = 0; s < table.count; ++s) {
        const WeightSlice &slice = table.slices[s];
        if (n / 16 < slice.tileBegin || n / 16 >= slice.tileEnd)
          continue;
        if (args->tileBegin < slice.tileBegin || args->tileEnd > slice.tileEnd)
          fault("a range of tiles across slices");
        const int64_t sliceK = slice.kEnd - slice.kBegin;
        const auto *tile =
            reinterpret_cast<const float *>(slice.data) + (n / 16 - slice.tileBegin) * 16 * sliceK;
        for (int64_t k = 0; k < sliceK; ++k)
          sum += scratch->rows[m - args->rowBegin][slice.kBegin + k] * tile[k * 16 + n % 16];
        covered += sliceK;
      }
      if (covered != inner)
        fault("slices that do not cover k");
      logits[m * vocab + n] = sum;
    }
}

std::unique_ptr<schema::WeightT> makeWeight(const char *name, uint64_t rows, uint64_t k) {
  auto weight = std::make_unique<schema::WeightT>();
  weight->name = name;
  weight->rows = rows;
  weight->k = k;
  weight->layout = schema::Layout::Packed;
  return weight;
}

/// Builds a program command by command; slots are made as operands name them.
class ProgramMaker {
public:
  ProgramMaker(const char *name, uint32_t signals) : program(std::make_unique<schema::ProgramT>()) {
    program->name = name;
    program->signals = signals;
  }

  uint32_t buffer(const char *name, uint64_t rowBytes, uint64_t rows) {
    auto made = std::make_unique<schema::BufferT>();
    made->name = name;
    made->offset = program->arena_bytes;
    made->row_bytes = rowBytes;
    made->rows = rows;
    program->arena_bytes += (rowBytes * rows + 63) / 64 * 64;
    program->arena_bytes_without_reuse = program->arena_bytes;
    program->buffers.push_back(std::move(made));
    return slot(Space::Arena, uint32_t(program->buffers.size() - 1));
  }
  uint32_t slot(Space space, uint32_t index) {
    auto made = std::make_unique<schema::SlotT>();
    made->space = space;
    made->index = index;
    program->slots.push_back(std::move(made));
    return uint32_t(program->slots.size() - 1);
  }
  uint32_t step(StepField field) { return slot(Space::Step, uint32_t(field)); }

  template <typename CommandT>
  void add(CommandT command) {
    auto entry = std::make_unique<schema::CommandEntryT>();
    entry->command.Set(std::move(command));
    program->commands.push_back(std::move(entry));
  }
  void launch(KernelIndex kernel, std::vector<uint32_t> slots, RowDomain domain, uint32_t written,
              schema::Lane lane = schema::Lane::Compute, std::pair<uint32_t, uint32_t> rows = {0, lastRow}) {
    schema::LaunchT made;
    made.lane = lane;
    made.row_begin = rows.first;
    made.row_end = rows.second;
    made.kernel = kernel;
    made.slots = std::move(slots);
    for (uint32_t slot : made.slots)
      if (const Space space = program->slots[slot]->space;
          (kernel == AttentionGenerated || kernel == AttentionPrompt) &&
          (space == Space::KeyCache || space == Space::ValueCache)) {
        auto read = std::make_unique<schema::AccessT>();
        read->slot = slot;
        read->range = schema::AccessRange::All;
        made.accesses.push_back(std::move(read));
      }
    made.domain = domain;
    made.flops_per_row = made.bytes_fixed = made.bytes_per_row = 1e6; // worth dividing among threads
    auto access = std::make_unique<schema::AccessT>();
    access->slot = written;
    access->mode = schema::AccessMode::Write;
    made.accesses.push_back(std::move(access));
    add(std::move(made));
  }

  std::unique_ptr<schema::ProgramT> program;
};

std::unique_ptr<schema::ProgramT> makeProgram(const TestModel &model, bool withCopy) {
  ProgramMaker maker(withCopy ? "with_copy" : "plain", withCopy ? 1 : 0);
  const uint32_t o = maker.buffer("o", inner * 4, model.maxRows),
                 x = maker.buffer("x", width * 4, model.maxRows);
  const uint32_t logits = maker.buffer("logits", model.vocab * 4, model.logitsRows);
  const uint32_t copied = withCopy ? maker.buffer("copied", inner * 4, model.maxRows) : o;
  const uint32_t keys = maker.slot(Space::KeyCache, 0), values = maker.slot(Space::ValueCache, 0);
  const uint32_t positions = maker.step(StepField::Positions);
  maker.launch(Embed, {maker.step(StepField::Tokens), positions, maker.slot(Space::Weight, 0), x},
               RowDomain::All, x);
  maker.launch(CacheStore, {x, maker.step(StepField::RowSlot), keys, values}, RowDomain::All, keys);
  std::vector<uint32_t> operands{maker.step(StepField::RowSequence),
                                 positions,
                                 maker.step(StepField::SequenceSegments),
                                 maker.step(StepField::SegmentPages),
                                 maker.step(StepField::SegmentLength),
                                 maker.step(StepField::SegmentFirst),
                                 maker.step(StepField::Pages),
                                 keys,
                                 values,
                                 o};
  schema::BranchT branch;
  branch.domain = RowDomain::Generated;
  branch.skip = 1;
  maker.add(branch);
  maker.launch(AttentionGenerated, operands, RowDomain::Generated, o);
  branch.domain = RowDomain::Prompt;
  maker.add(branch);
  maker.launch(AttentionPrompt, operands, RowDomain::Prompt, o);
  if (withCopy) {
    schema::CopyT copy;
    copy.source = o;
    copy.target = copied;
    maker.add(std::move(copy));
    maker.add(schema::SignalT());
    maker.add(schema::WaitT());
  }
  maker.launch(Head, {copied, maker.step(StepField::Wanted), maker.slot(Space::Weight, 1), logits},
               RowDomain::Wanted, logits);
  maker.program->logits = logits;
  return std::move(maker.program);
}

/// Two nano-batches, cut at row 3: the attention of generated rows of one runs on the memory lane beside what
/// the other does on the compute lane.
std::unique_ptr<schema::ProgramT> makeLanesProgram(const TestModel &model) {
  ProgramMaker maker("lanes", 3);
  maker.program->lane_shares = {0.75, 0.25, 0};
  const uint32_t o = maker.buffer("o", inner * 4, model.maxRows),
                 x = maker.buffer("x", width * 4, model.maxRows),
                 logits = maker.buffer("logits", model.vocab * 4, model.logitsRows);
  const uint32_t keys = maker.slot(Space::KeyCache, 0), values = maker.slot(Space::ValueCache, 0);
  const uint32_t positions = maker.step(StepField::Positions), tokens = maker.step(StepField::Tokens),
                 table = maker.slot(Space::Weight, 0), slots = maker.step(StepField::RowSlot);
  const std::vector<uint32_t> operands{maker.step(StepField::RowSequence),
                                       positions,
                                       maker.step(StepField::SequenceSegments),
                                       maker.step(StepField::SegmentPages),
                                       maker.step(StepField::SegmentLength),
                                       maker.step(StepField::SegmentFirst),
                                       maker.step(StepField::Pages),
                                       keys,
                                       values,
                                       o};
  const auto signal = [&](uint32_t number, schema::Lane lane, bool wait) {
    if (wait) {
      schema::WaitT made;
      made.signal = number;
      made.lane = lane;
      return maker.add(std::move(made));
    }
    schema::SignalT made;
    made.signal = number;
    made.lane = lane;
    maker.add(std::move(made));
  };
  using schema::Lane;
  const std::pair<uint32_t, uint32_t> parts[] = {{0, 3}, {3, lastRow}};
  for (uint32_t part : {0u, 1u}) {
    maker.launch(Embed, {tokens, positions, table, x}, RowDomain::All, x, Lane::Compute, parts[part]);
    maker.launch(CacheStore, {x, slots, keys, values}, RowDomain::All, keys, Lane::Compute, parts[part]);
    signal(part, Lane::Compute, false);
    signal(part, Lane::Memory, true);
    maker.launch(AttentionGenerated, operands, RowDomain::Generated, o, Lane::Memory, parts[part]);
  }
  signal(2, Lane::Memory, false);
  schema::BranchT branch;
  branch.domain = RowDomain::Prompt;
  branch.skip = 2;
  maker.add(branch);
  for (uint32_t part : {0u, 1u})
    maker.launch(AttentionPrompt, operands, RowDomain::Prompt, o, Lane::Compute, parts[part]);
  signal(2, Lane::Compute, true);
  maker.launch(Head, {o, maker.step(StepField::Wanted), maker.slot(Space::Weight, 1), logits},
               RowDomain::Wanted, logits);
  maker.program->logits = logits;
  return std::move(maker.program);
}

std::unique_ptr<schema::StepLayoutT> makeStepLayout(const TestModel &model) {
  auto step = std::make_unique<schema::StepLayoutT>();
  step->max_rows = model.maxRows;
  step->max_sequences = model.maxSequences;
  step->max_segments = model.maxSegments;
  step->max_pages = model.maxPages;
  const uint32_t counts[] = {8,
                             model.maxRows,
                             model.maxRows,
                             model.maxRows,
                             model.maxRows,
                             model.maxSequences + 1,
                             model.maxSegments + 1,
                             model.maxSegments,
                             model.maxSegments,
                             model.maxPages,
                             model.maxRows,
                             model.maxRows + 1};
  for (uint32_t field = 0; field <= uint32_t(StepField::MAX); ++field) {
    auto place = std::make_unique<schema::StepFieldPlaceT>();
    place->field = StepField(field);
    place->offset = step->bytes;
    place->count = counts[field];
    step->bytes += (counts[field] * 4 + 63) / 64 * 64;
    step->fields.push_back(std::move(place));
  }
  return step;
}

/// Code that returns at once, but for the head's body at offset 32, which makes 5 the likeliest token of the
/// first row: mov rax, [rdi]; mov rax, [rax + 24]; mov dword ptr [rax + 20], 1.0f; ret.
std::string nativeCode(size_t bytes) {
  std::string code(bytes, '\xc3');
  const std::string_view body("\x48\x8b\x07\x48\x8b\x40\x18\xc7\x40\x14\x00\x00\x80\x3f\xc3", 15);
  return code.replace(32, body.size(), body);
}

} // namespace

schema::PackageT describe(const TestModel &model) {
  schema::PackageT package;
  package.compiler = "test";
  package.model = std::make_unique<schema::ModelT>();
  package.model->family = "made-up";
  package.model->name = "tiny";
  package.model->vocab_size = model.vocab;
  package.model->context_length = model.context;
  package.model->layers = 1;
  package.model->hidden_size = uint32_t(width);
  package.model->bos_id = 1;
  package.model->eos_ids = {2};
  package.step = makeStepLayout(model);
  package.cache = std::make_unique<schema::CacheT>();
  package.cache->layers = 1;
  package.cache->kv_heads = model.kvHeads;
  package.cache->head_dim = model.headDim;
  package.cache->format = schema::Format::F32;
  package.weights.push_back(makeWeight("embedding", model.vocab, uint64_t(width)));
  package.weights.push_back(makeWeight("head", model.vocab, uint64_t(inner)));
  if (model.sliceHead)
    for (const weights::SliceRange &range : weights::cutSlices(model.vocab, inner, 16, 32)) {
      auto slice = std::make_unique<schema::SliceT>();
      slice->row_begin = uint64_t(range.rowBegin);
      slice->row_end = uint64_t(range.rowEnd);
      slice->k_begin = uint64_t(range.kBegin);
      slice->k_end = uint64_t(range.kEnd);
      package.weights[1]->slices.push_back(std::move(slice));
    }
  if (model.cpu)
    package.levels = {schema::CpuLevel::Avx2, schema::CpuLevel::Avx512};
  for (schema::CpuLevel level : package.levels) {
    auto rates = std::make_unique<schema::RatesT>();
    rates->level = level;
    rates->memory_gb_per_s_per_core = 10;
    rates->memory_gb_per_s = 15;
    rates->f32_gflops_per_core = 100;
    rates->i8_gops_per_core = 200;
    package.rates.push_back(std::move(rates));
  }
  const char *names[KernelCount] = {"embed", "cache_store", "attention_generated", "attention_prompt",
                                    "head"};
  const uint32_t operands[KernelCount] = {4, 4, 10, 10, 4};
  for (uint32_t i = 0; i < KernelCount; ++i) {
    auto kernel = std::make_unique<schema::KernelT>();
    kernel->name = names[i];
    for (schema::CpuLevel level : package.levels) {
      auto code = std::make_unique<schema::KernelCodeT>();
      code->level = level;
      code->body = i * 8;
      code->has_prologue = i == Head;
      code->prologue = i == Head ? 48 : 0;
      kernel->code.push_back(std::move(code));
    }
    kernel->operands = operands[i];
    kernel->row_block = uint32_t(rowBlocks[i]);
    kernel->column_tiles = i == Head ? uint32_t(weights::tileCount(model.vocab))
                           : i == AttentionGenerated || i == AttentionPrompt ? model.kvHeads
                                                                             : 1;
    kernel->scratch_bytes = i == Head ? sizeof(HeadScratch) : 0;
    // No CPU code, which these tests would run: only checked.
    kernel->part_bytes = !model.cpu && i == AttentionGenerated ? 64 : 0;
    package.kernels.push_back(std::move(kernel));
  }
  package.programs.push_back(makeProgram(model, false));
  package.programs.push_back(makeProgram(model, true));
  if (model.lanes)
    package.programs.push_back(makeLanesProgram(model));
  auto entry = std::make_unique<schema::EntryT>();
  entry->name = "step";
  for (uint32_t rows : {1u, 4u, model.maxRows})
    for (int role = 0; role < 3; ++role) {
      auto bucket = std::make_unique<schema::BucketT>();
      bucket->rows = rows;
      bucket->role = schema::StepRole(role);
      bucket->program = rows == 1 ? 0 : model.lanes ? 2 : 1;
      entry->buckets.push_back(std::move(bucket));
    }
  package.entries.push_back(std::move(entry));
  return package;
}

Status writeTestPackage(const TestModel &model, const std::string &path) {
  schema::PackageT package = describe(model);
  SENNIT_ASSIGN_OR_RETURN(auto writer, PackageWriter::create(path));
  if (model.cpu) {
    writer->addSection(SectionKind::NativeAvx2, nativeCode(64));
    writer->addSection(SectionKind::NativeAvx512, nativeCode(70));
  }
  if (model.deviceSection)
    writer->addSection(SectionKind::DeviceCode, model.deviceSection(package));
  else if (!model.devices.empty())
    writer->addSection(SectionKind::DeviceCode, addTestDevices(package, model.devices));
  writer->addSection(SectionKind::NnModule, "module {}\n");
  return writer->finish(package, [](size_t weight, int64_t row, uint8_t *out) {
    const int64_t k = weight == 0 ? width : inner;
    for (int64_t i = 0; i < k; ++i) {
      const float value = weight == 0 ? embeddingAt(row, i) : headAt(row, i);
      std::memcpy(out + 4 * i, &value, 4);
    }
    return Status();
  });
}

std::vector<KernelEntry> testKernels() {
  return {{embed, nullptr},
          {cacheStore, nullptr},
          {attentionGenerated, nullptr},
          {attentionPrompt, nullptr},
          {head, headPrologue}};
}

std::vector<float> referenceLogits(const TestModel &model, const std::vector<int32_t> &history,
                                   size_t promptLength) {
  std::vector<float> o(inner, 0.0f);
  for (int64_t c = 0; c < inner; ++c) {
    for (size_t p = 0; p < history.size(); ++p)
      o[size_t(c)] +=
          inputAt(history[p], int64_t(p), c) * float(1 + p % 5) + inputAt(history[p], int64_t(p), inner + c);
    o[size_t(c)] *= history.size() - 1 < promptLength ? 2.0f : 1.0f;
  }
  std::vector<float> logits(model.vocab, 0.0f);
  for (uint32_t n = 0; n < model.vocab; ++n)
    for (int64_t k = 0; k < inner; ++k)
      logits[n] += headAt(n, k) * o[size_t(k)];
  return logits;
}

KernelLog takeKernelLog() {
  KernelLog log{prologueCalls.exchange(0), bodyCalls.exchange(0), ""};
  const std::lock_guard<std::mutex> held(faultLock);
  std::swap(log.fault, firstFault);
  return log;
}

std::string temporaryPath(const std::string &name) {
  static const std::string folder = [] {
    const char *base = std::getenv("TMPDIR");
    std::string pattern = std::string(base && *base ? base : "/tmp") + "/sennit-test-XXXXXX";
    if (!::mkdtemp(pattern.data()))
      return std::string(".");
    static std::string kept;
    kept = pattern;
    std::atexit([] {
      std::error_code ignored;
      std::filesystem::remove_all(kept, ignored);
    });
    return pattern;
  }();
  return folder + "/" + name;
}

} // namespace sennit::testing
