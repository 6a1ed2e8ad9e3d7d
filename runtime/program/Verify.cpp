// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Verify.h"

#include "runtime/base/Hash.h"
#include "runtime/device/host/CpuLevel.h"
#include "runtime/program/File.h"
#include "runtime/weights/Pack.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace sennit {

using std::to_string;

namespace {

// Sizes above these are lies: no machine that runs this has them, and below them no computation here
// overflows.
constexpr uint64_t mostRows = 1 << 20, mostExtent = weights::largestExtent, mostScratch = uint64_t(1) << 32;
constexpr uint64_t mostPartBytes = uint64_t(1) << 24;

// Tables may be shared, so a small file could name a few of them very often; this bounds the work.
constexpr uint32_t mostTables = 4'000'000;

Status checkModel(const schema::Package &package) {
  const schema::Model &model = *package.model();
  if (model.vocab_size() < 1 || model.vocab_size() > 0x7fffffffu)
    return invalidInput("model vocab_size: expected 1 to 2147483647, found " + to_string(model.vocab_size()));
  if (model.context_length() < 1 || model.context_length() > 0x7fffffffu)
    return invalidInput("model context_length: expected 1 to 2147483647, found " +
                        to_string(model.context_length()));
  if (model.bos_id() < -1 || int64_t(model.bos_id()) >= int64_t(model.vocab_size()))
    return invalidInput("model bos_id: expected -1 to " + to_string(model.vocab_size() - 1) + ", found " +
                        to_string(model.bos_id()));
  if (model.eos_ids())
    for (uint32_t i = 0; i < model.eos_ids()->size(); ++i)
      if (const int32_t id = model.eos_ids()->Get(i); id < 0 || int64_t(id) >= int64_t(model.vocab_size()))
        return invalidInput("model eos_ids[" + to_string(i) + "]: expected 0 to " +
                            to_string(model.vocab_size() - 1) + ", found " + to_string(id));

  const schema::Cache &cache = *package.cache();
  if (cache.format() != schema::Format::F16 && cache.format() != schema::Format::F32)
    return invalidInput("cache format: expected 0 (f32) or 1 (f16), found " + to_string(int(cache.format())));
  if (cache.layers() > 65536)
    return invalidInput("cache layers: expected at most 65536, found " + to_string(cache.layers()));
  if (cache.layers() && (cache.kv_heads() < 1 || cache.kv_heads() > 65536))
    return invalidInput("cache kv_heads: expected 1 to 65536, found " + to_string(cache.kv_heads()));
  if (cache.layers() && (cache.head_dim() < 1 || cache.head_dim() > 65536))
    return invalidInput("cache head_dim: expected 1 to 65536, found " + to_string(cache.head_dim()));
  return {};
}

Status checkStepLayout(const schema::StepLayout &step) {
  const struct {
    const char *name;
    uint32_t value;
  } maxima[] = {{"max_rows", step.max_rows()},
                {"max_sequences", step.max_sequences()},
                {"max_segments", step.max_segments()},
                {"max_pages", step.max_pages()}};
  for (const auto &maximum : maxima) {
    const uint64_t most = std::string_view(maximum.name) == "max_pages" ? uint64_t(1) << 26 : mostRows;
    if (maximum.value < 1 || maximum.value > most)
      return invalidInput(std::string("step ") + maximum.name + ": expected 1 to " + to_string(most) +
                          ", found " + to_string(maximum.value));
  }
  if (step.max_segments() < step.max_sequences())
    return invalidInput("step max_segments: expected at least max_sequences = " +
                        to_string(step.max_sequences()) + ", found " + to_string(step.max_segments()));

  const auto countOf = [&](schema::StepField field) -> uint32_t {
    switch (field) {
    case schema::StepField::Counts:
      return 8;
    case schema::StepField::SequenceSegments:
      return step.max_sequences() + 1;
    case schema::StepField::SegmentPages:
      return step.max_segments() + 1;
    case schema::StepField::SegmentLength:
    case schema::StepField::SegmentFirst:
      return step.max_segments();
    case schema::StepField::Pages:
      return step.max_pages();
    case schema::StepField::RowBlocks:
      return step.max_rows() + 1;
    default:
      return step.max_rows();
    }
  };
  const uint32_t expected = uint32_t(schema::StepField::MAX) + 1;
  if (step.fields()->size() != expected)
    return invalidInput("step fields: expected " + to_string(expected) + ", found " +
                        to_string(step.fields()->size()));
  uint64_t end = 0;
  for (uint32_t i = 0; i < expected; ++i) {
    const schema::StepFieldPlace &place = *step.fields()->Get(i);
    const std::string where = "step fields[" + to_string(i) + "]";
    if (uint32_t(place.field()) != i)
      return invalidInput(where + ": expected field " + to_string(i) + ", found " +
                          to_string(int(place.field())));
    if (const uint32_t count = countOf(place.field()); place.count() != count)
      return invalidInput(where + ": expected count " + to_string(count) + ", found " +
                          to_string(place.count()));
    if (place.offset() % 4 != 0 || place.offset() < end)
      return invalidInput(where + ": expected an offset that is a multiple of 4 and at least " +
                          to_string(end) + ", found " + to_string(place.offset()));
    if (place.offset() > step.bytes() || uint64_t(place.count()) * 4 > step.bytes() - place.offset())
      return invalidInput(where + ": " + to_string(place.count()) + " values at offset " +
                          to_string(place.offset()) + " do not fit in the layout's " +
                          to_string(step.bytes()) + " bytes");
    end = place.offset() + uint64_t(place.count()) * 4;
  }
  if (step.bytes() > uint64_t(1) << 32)
    return invalidInput("step bytes: expected at most 4294967296, found " + to_string(step.bytes()));
  return {};
}

Status checkLevels(const schema::Package &package, const SectionFacts &facts) {
  const auto &levels = *package.levels();
  if (levels.size() == 0 && (!package.devices() || package.devices()->size() == 0))
    return invalidInput("levels: expected at least one code level or code for a device, found neither");
  bool listed[2] = {false, false};
  for (uint32_t i = 0; i < levels.size(); ++i) {
    const auto level = schema::CpuLevel(levels.Get(i));
    if (level > schema::CpuLevel::MAX)
      return invalidInput("levels[" + to_string(i) + "]: expected 0 or 1, found " + to_string(int(level)));
    if (i && level <= schema::CpuLevel(levels.Get(i - 1)))
      return invalidInput("levels[" + to_string(i) + "]: expected ascending levels, found " +
                          to_string(int(level)) + " after " + to_string(int(levels.Get(i - 1))));
    listed[int(level)] = true;
  }
  for (int level = 0; level < 2; ++level)
    if (listed[level] != (facts.nativeBytes[level] > 0))
      return invalidInput(std::string("levels: ") + cpuLevelName(schema::CpuLevel(level)) +
                          (listed[level] ? " is listed, but the file has no code for it"
                                         : " is not listed, but the file has code for it"));
  return {};
}

// In thousands of millions a second: whatever a machine may reach.
constexpr double leastRate = 1e-3, mostRate = 1e9;

Status checkRates(const schema::Package &package) {
  const auto *rates = package.rates();
  for (uint32_t i = 0; rates && i < rates->size(); ++i) {
    const schema::Rates &one = *rates->Get(i);
    const std::string where = "rates[" + to_string(i) + "]";
    const auto &levels = *package.levels();
    if (std::find(levels.begin(), levels.end(), one.level()) == levels.end())
      return invalidInput(where + " level: expected a level of the package, found " +
                          to_string(int(one.level())));
    if (i && one.level() <= rates->Get(i - 1)->level())
      return invalidInput(where + " level: expected ascending levels, found " + to_string(int(one.level())) +
                          " after " + to_string(int(rates->Get(i - 1)->level())));
    for (double rate : {one.memory_gb_per_s_per_core(), one.memory_gb_per_s(), one.f32_gflops_per_core(),
                        one.i8_gops_per_core()})
      if (!(rate >= leastRate && rate <= mostRate))
        return invalidInput(where + ": expected rates of 0.001 to 1e9, found " + to_string(rate));
  }
  return {};
}

Status checkKernels(const schema::Package &package, const SectionFacts &facts) {
  const auto &levels = *package.levels();
  for (uint32_t i = 0; i < package.kernels()->size(); ++i) {
    const schema::Kernel &kernel = *package.kernels()->Get(i);
    const std::string where = "kernels[" + to_string(i) + "]";
    if (kernel.code()->size() != levels.size())
      return invalidInput(where + ": expected code for " + to_string(levels.size()) + " levels, found " +
                          to_string(kernel.code()->size()));
    for (uint32_t j = 0; j < levels.size(); ++j) {
      const schema::KernelCode &code = *kernel.code()->Get(j);
      const std::string place = where + " code[" + to_string(j) + "]";
      if (code.level() != schema::CpuLevel(levels.Get(j)))
        return invalidInput(place + ": expected level " + to_string(int(levels.Get(j))) + ", found " +
                            to_string(int(code.level())));
      const uint64_t bytes = facts.nativeBytes[int(code.level())];
      if (code.body() >= bytes)
        return invalidInput(place + ": body at offset " + to_string(code.body()) + " of a code image of " +
                            to_string(bytes) + " bytes");
      if (code.has_prologue() && code.prologue() >= bytes)
        return invalidInput(place + ": prologue at offset " + to_string(code.prologue()) +
                            " of a code image of " + to_string(bytes) + " bytes");
      if (code.has_prologue() != kernel.code()->Get(0)->has_prologue())
        return invalidInput(place + ": expected a prologue at every level or at none");
    }
    if (kernel.row_block() < 1 || kernel.row_block() > mostRows)
      return invalidInput(where + " row_block: expected 1 to " + to_string(mostRows) + ", found " +
                          to_string(kernel.row_block()));
    if (kernel.column_tiles() < 1 || kernel.column_tiles() > 0x7fffffffu)
      return invalidInput(where + " column_tiles: expected 1 to 2147483647, found " +
                          to_string(kernel.column_tiles()));
    if (kernel.operands() > 1024)
      return invalidInput(where + " operands: expected at most 1024, found " + to_string(kernel.operands()));
    if (kernel.scratch_bytes() > mostScratch)
      return invalidInput(where + " scratch_bytes: expected at most " + to_string(mostScratch) + ", found " +
                          to_string(kernel.scratch_bytes()));
    if (kernel.part_bytes() > mostPartBytes || kernel.part_bytes() % 64 != 0)
      return invalidInput(where + " part_bytes: expected a multiple of 64 of at most " +
                          to_string(mostPartBytes) + ", found " + to_string(kernel.part_bytes()));
    if (kernel.part_bytes() > 0 && kernel.code()->size() > 0 && kernel.code()->Get(0)->has_prologue())
      return invalidInput(where + " part_bytes: expected 0 beside a prologue, found " +
                          to_string(kernel.part_bytes()));
  }
  return {};
}

/// Checks the buckets of an entry and raises rowsOfProgram to the rows that each program is used for.
Status checkEntry(const schema::Package &package, uint32_t index, std::vector<uint32_t> &rowsOfProgram) {
  const schema::Entry &entry = *package.entries()->Get(index);
  const uint32_t maxRows = package.step()->max_rows();
  uint32_t reached[3] = {0, 0, 0};
  for (uint32_t i = 0; i < entry.buckets()->size(); ++i) {
    const schema::Bucket &bucket = *entry.buckets()->Get(i);
    const std::string where = "entries[" + to_string(index) + "] buckets[" + to_string(i) + "]";
    if (bucket.rows() < 1 || bucket.rows() > maxRows)
      return invalidInput(where + " rows: expected 1 to max_rows = " + to_string(maxRows) + ", found " +
                          to_string(bucket.rows()));
    if (bucket.role() > schema::StepRole::MAX)
      return invalidInput(where + " role: expected 0 to 2, found " + to_string(int(bucket.role())));
    if (bucket.program() >= package.programs()->size())
      return invalidInput(where + " program: expected less than " + to_string(package.programs()->size()) +
                          ", found " + to_string(bucket.program()));
    if (i) {
      const schema::Bucket &previous = *entry.buckets()->Get(i - 1);
      if (previous.rows() > bucket.rows() ||
          (previous.rows() == bucket.rows() && previous.role() >= bucket.role()))
        return invalidInput(where + ": expected buckets sorted by rows, then role, found rows " +
                            to_string(bucket.rows()) + " role " + to_string(int(bucket.role())) +
                            " after rows " + to_string(previous.rows()) + " role " +
                            to_string(int(previous.role())));
    }
    reached[int(bucket.role())] = bucket.rows();
    rowsOfProgram[bucket.program()] = std::max(rowsOfProgram[bucket.program()], bucket.rows());
  }
  for (int role = 0; role < 3; ++role) {
    const bool canOccur = schema::StepRole(role) != schema::StepRole::Mixed || maxRows > 1;
    if (canOccur && reached[role] != maxRows)
      return invalidInput("entries[" + to_string(index) + "]: expected buckets of role " + to_string(role) +
                          " up to " + to_string(maxRows) + " rows, found up to " + to_string(reached[role]));
  }
  return {};
}

Status checkSlices(const schema::Weight &weight, const std::string &where, uint64_t sectionBytes,
                   uint64_t &chunks) {
  const auto &slices = *weight.slices();
  if (slices.size() == 0)
    return invalidInput(where + ": expected at least one slice, found none");
  if (weight.layout() == schema::Layout::Rows && slices.size() != 1)
    return invalidInput(where + ": expected one slice for a weight in rows layout, found " +
                        to_string(slices.size()));
  // Bands of rows, each cut along k: the band's first slice fixes its rows.
  uint64_t bandBegin = 0, bandEnd = 0, nextK = weight.k();
  chunks = 0;
  for (uint32_t i = 0; i < slices.size(); ++i) {
    const schema::Slice &slice = *slices.Get(i);
    const std::string place = where + " slices[" + to_string(i) + "]";
    if (nextK == weight.k()) {
      bandBegin = bandEnd;
      bandEnd = slice.row_end();
      nextK = 0;
    }
    if (slice.row_begin() != bandBegin || slice.row_end() != bandEnd ||
        slice.row_end() <= slice.row_begin() || slice.row_end() > weight.rows())
      return invalidInput(
          place + ": rows " + to_string(slice.row_begin()) + " to " + to_string(slice.row_end()) +
          " do not continue the slices before it in a weight of " + to_string(weight.rows()) + " rows");
    if (slice.k_begin() != nextK || slice.k_end() <= slice.k_begin() || slice.k_end() > weight.k())
      return invalidInput(place + ": columns " + to_string(slice.k_begin()) + " to " +
                          to_string(slice.k_end()) + " do not continue the slices before it, expected " +
                          to_string(nextK) + " to at most " + to_string(weight.k()));
    if (slice.row_begin() % weights::tileRows || slice.k_begin() % weights::quantBlock)
      return invalidInput(
          place + ": expected a first row that is a multiple of 16 and a first column that is a " +
          "multiple of 32, found " + to_string(slice.row_begin()) + " and " + to_string(slice.k_begin()));
    nextK = slice.k_end();
    const weights::SliceRange range{0, int64_t(slice.row_end() - slice.row_begin()), 0,
                                    int64_t(slice.k_end() - slice.k_begin())};
    // Within largestExtent a row's bytes fit 64 bits; the product with the rows may not.
    const uint64_t rowBytes = uint64_t(weights::rowBytes(weight.format(), range.k()));
    const uint64_t rows = weight.layout() == schema::Layout::Packed
                              ? uint64_t(weights::tileCount(range.rows()) * weights::tileRows)
                              : uint64_t(range.rows());
    uint64_t bytes;
    if (__builtin_mul_overflow(rowBytes, rows, &bytes) || bytes != slice.bytes())
      return invalidInput(place + " bytes: expected " + to_string(rows) + " rows of " + to_string(rowBytes) +
                          " bytes, found " + to_string(slice.bytes()));
    if (slice.offset() % packagePage)
      return invalidInput(place + " offset: expected a multiple of 4096, found " + to_string(slice.offset()));
    if (slice.offset() > sectionBytes || bytes > sectionBytes - slice.offset())
      return invalidInput(place + ": " + to_string(bytes) + " bytes at offset " + to_string(slice.offset()) +
                          " of a weights section of " + to_string(sectionBytes) + " bytes");
    chunks += (bytes + hashChunk - 1) / hashChunk;
  }
  if (bandEnd != weight.rows() || nextK != weight.k())
    return invalidInput(where + ": its slices end at row " + to_string(bandEnd) + ", column " +
                        to_string(nextK) + " of " + to_string(weight.rows()) + " x " + to_string(weight.k()));
  return {};
}

/// Slices may not share bytes: the work of checking a file stays proportional to its size.
Status checkDisjoint(const schema::Package &package) {
  std::vector<const schema::Slice *> slices;
  for (const schema::Weight *weight : *package.weights())
    slices.insert(slices.end(), weight->slices()->begin(), weight->slices()->end());
  std::sort(slices.begin(), slices.end(), [](const schema::Slice *a, const schema::Slice *b) {
    return a->offset() != b->offset() ? a->offset() < b->offset() : a->bytes() < b->bytes();
  });
  for (size_t i = 1; i < slices.size(); ++i)
    if (slices[i]->offset() < slices[i - 1]->offset() + slices[i - 1]->bytes())
      return invalidInput("weights: the slice at offset " + to_string(slices[i]->offset()) +
                          " overlaps the one at offset " + to_string(slices[i - 1]->offset()) + " of " +
                          to_string(slices[i - 1]->bytes()) + " bytes");
  return {};
}

} // namespace

Status verifyWeightTable(const schema::Package &package, uint64_t sectionBytes) {
  for (uint32_t i = 0; i < package.weights()->size(); ++i) {
    const schema::Weight &weight = *package.weights()->Get(i);
    const std::string where = "weights[" + to_string(i) + "]";
    if (weight.format() > schema::Format::MAX || weight.format() == schema::Format::I32)
      return invalidInput(where + " format: expected 0 to 5, found " + to_string(int(weight.format())));
    if (weight.layout() > schema::Layout::MAX)
      return invalidInput(where + " layout: expected 0 or 1, found " + to_string(int(weight.layout())));
    if (weight.rows() < 1 || weight.rows() > mostExtent || weight.k() < 1 || weight.k() > mostExtent)
      return invalidInput(where + ": expected 1 to " + to_string(mostExtent) + " rows and columns, found " +
                          to_string(weight.rows()) + " x " + to_string(weight.k()));
    if (weight.k() % uint64_t(weights::blockElements(weight.format())))
      return invalidInput(where + " k: expected a multiple of " +
                          to_string(weights::blockElements(weight.format())) + " for " +
                          weights::formatName(weight.format()) + ", found " + to_string(weight.k()));
    uint64_t chunks = 0;
    SENNIT_RETURN_IF_ERROR(checkSlices(weight, where, sectionBytes, chunks));
    if (weight.chunk_hashes()->size() != chunks)
      return invalidInput(where + " chunk_hashes: expected " + to_string(chunks) + ", found " +
                          to_string(weight.chunk_hashes()->size()));
  }
  SENNIT_RETURN_IF_ERROR(checkDisjoint(package));
  for (uint32_t i = 0; i < package.weights()->size(); ++i) {
    const schema::Weight &weight = *package.weights()->Get(i);
    const uint64_t chunks = weight.chunk_hashes()->size();
    if (hash64(weight.chunk_hashes()->data(), chunks * 8) != weight.root_hash())
      return invalidInput("weights[" + to_string(i) + "] root_hash: it is not the hash of the " +
                          to_string(chunks) + " chunk hashes");
  }
  return {};
}

Status verifyContents(const schema::Package &package, const SectionFacts &facts) {
  if (package.format_version() != packageVersion)
    return invalidInput("format_version: expected " + to_string(packageVersion) + ", found " +
                        to_string(package.format_version()));
  SENNIT_RETURN_IF_ERROR(checkModel(package));
  SENNIT_RETURN_IF_ERROR(checkStepLayout(*package.step()));
  SENNIT_RETURN_IF_ERROR(verifyWeightTable(package, facts.weightsBytes));
  SENNIT_RETURN_IF_ERROR(checkLevels(package, facts));
  SENNIT_RETURN_IF_ERROR(checkRates(package));
  SENNIT_RETURN_IF_ERROR(checkKernels(package, facts));
  SENNIT_RETURN_IF_ERROR(verifyDevices(package, facts.deviceBytes));
  std::vector<uint32_t> rowsOfProgram(package.programs()->size(), 0);
  bool hasStep = false;
  for (uint32_t i = 0; i < package.entries()->size(); ++i) {
    SENNIT_RETURN_IF_ERROR(checkEntry(package, i, rowsOfProgram));
    hasStep |= package.entries()->Get(i)->name()->string_view() == "step";
  }
  if (!hasStep)
    return invalidInput("entries: expected one named step, found none");
  for (uint32_t i = 0; i < package.programs()->size(); ++i)
    SENNIT_RETURN_IF_ERROR(verifyProgram(package, i, rowsOfProgram[i]));
  return {};
}

Status verifyProgramSection(std::span<const uint8_t> bytes, const SectionFacts &facts) {
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), /*max_depth=*/32, mostTables);
  if (bytes.size() < 8 || !schema::PackageBufferHasIdentifier(bytes.data()))
    return invalidInput("program section: expected a FlatBuffer of type SNNT");
  if (!schema::VerifyPackageBuffer(verifier))
    return invalidInput("program section: its FlatBuffer structure is broken");
  return verifyContents(*schema::GetPackage(bytes.data()), facts);
}

} // namespace sennit
