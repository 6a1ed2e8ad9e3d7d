// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Writing, loading and damaging package files.
#include "runtime/base/Hash.h"
#include "runtime/device/host/CpuLevel.h"
#include "runtime/program/Load.h"
#include "runtime/program/TestPackage.h"
#include "runtime/program/Verify.h"
#include "runtime/weights/Pack.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <sys/resource.h>

namespace sennit {
namespace {

using testing::describe;
using testing::temporaryPath;
using testing::TestModel;
using testing::writeTestPackage;

constexpr OpenOptions lookOnly{std::nullopt, /*executable=*/false};

std::vector<uint8_t> readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void writeFile(const std::string &path, const std::vector<uint8_t> &bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
}

FileHeader headerOf(const std::vector<uint8_t> &bytes) {
  FileHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

/// Makes the hashes of header and sections right again after a change.
void rehash(std::vector<uint8_t> &bytes, FileHeader header) {
  for (uint32_t i = 0; i < std::min(header.sectionCount, maxSections); ++i)
    if (SectionEntry &entry = header.sections[i]; entry.kind != uint32_t(SectionKind::Weights))
      entry.hash = hash64(bytes.data() + entry.offset, entry.bytes);
  std::memcpy(bytes.data(), &header, sizeof header);
  const uint64_t hash = hash64(bytes.data(), packagePage - 8);
  std::memcpy(bytes.data() + packagePage - 8, &hash, 8);
}

std::string openError(const std::vector<uint8_t> &bytes, const OpenOptions &options = lookOnly) {
  const std::string path = temporaryPath("damaged.sennit");
  writeFile(path, bytes);
  auto opened = Package::open(path, options);
  return opened.ok() ? "" : opened.status().message();
}

TEST(Package, RoundTrip) {
  TestModel model;
  model.sliceHead = true;
  const std::string path = temporaryPath("round.sennit");
  ASSERT_TRUE(writeTestPackage(model, path).ok());
  auto opened = Package::open(path);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const Package &package = **opened;
  EXPECT_EQ(package.root().model()->family()->str(), "made-up");
  EXPECT_EQ(package.text(SectionKind::NnModule), "module {}\n");
  EXPECT_TRUE(package.section(SectionKind::Tokenizer).empty());
  EXPECT_TRUE(package.verifyWeights().ok());
  ASSERT_EQ(package.findWeight("head"), 1u);
  EXPECT_FALSE(package.findWeight("tail"));
  EXPECT_EQ(package.root().weights()->Get(1)->slices()->size(), 6u);
  float row[40];
  for (int64_t n = 0; n < 43; ++n) {
    package.readWeightRow(1, n, reinterpret_cast<uint8_t *>(row));
    for (int64_t k = 0; k < 40; ++k)
      ASSERT_EQ(row[k], float((n * 5 + k * 3) % 7 - 3)) << n << " " << k;
  }
  // The code section is mapped executable.
  const KernelEntry head = package.kernel(4);
  ASSERT_NE(head.body, nullptr);
  ASSERT_NE(head.prologue, nullptr);
  float logits[43] = {};
  void *const operands[] = {nullptr, nullptr, nullptr, logits};
  const KernelArgs args{operands, 0, 1, 0, 3, nullptr};
  head.prologue(&args);
  head.body(&args);
  EXPECT_EQ(logits[5], 1.0f);
  EXPECT_EQ(package.kernel(0).prologue, nullptr);
}

TEST(Package, SameInputsGiveTheSameBytes) {
  const std::string first = temporaryPath("first.sennit"), second = temporaryPath("second.sennit");
  ASSERT_TRUE(writeTestPackage({}, first).ok());
  ASSERT_TRUE(writeTestPackage({}, second).ok());
  EXPECT_EQ(readFile(first), readFile(second));
}

TEST(Package, ObjectFormGivesTheSameBytesBack) {
  const std::string path = temporaryPath("again.sennit");
  ASSERT_TRUE(writeTestPackage({}, path).ok());
  auto opened = Package::open(path, lookOnly);
  ASSERT_TRUE(opened.ok());
  std::unique_ptr<schema::PackageT> object((*opened)->root().UnPack());
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishPackageBuffer(builder, schema::CreatePackage(builder, object.get()));
  const std::span<const uint8_t> section = (*opened)->section(SectionKind::Program);
  ASSERT_EQ(builder.GetSize(), section.size());
  EXPECT_EQ(std::memcmp(builder.GetBufferPointer(), section.data(), section.size()), 0);
}

// Every byte outside the weights, padding included, is guarded.
TEST(Package, FlippedBytesAreRefused) {
  TestModel model;
  model.sliceHead = true;
  const std::string path = temporaryPath("flip.sennit");
  ASSERT_TRUE(writeTestPackage(model, path).ok());
  std::vector<uint8_t> bytes = readFile(path);
  std::vector<std::pair<uint64_t, uint64_t>> stored; // slices: file offset, end
  {
    auto opened = Package::open(path, lookOnly);
    ASSERT_TRUE(opened.ok());
    const uint64_t base = headerOf(bytes).sections[headerOf(bytes).sectionCount - 1].offset;
    for (const schema::Weight *weight : *(*opened)->root().weights())
      for (const schema::Slice *slice : *weight->slices())
        stored.emplace_back(base + slice->offset(), base + slice->offset() + slice->bytes());
  }
  const std::string damaged = temporaryPath("flipped.sennit");
  writeFile(damaged, bytes);
  std::fstream file(damaged, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](uint64_t at, uint8_t value) {
    file.seekp(std::streamoff(at));
    file.put(char(value));
    file.flush();
  };
  uint64_t tried = 0;
  for (uint64_t at = 0; at < bytes.size(); at += at < 256 || at % 4096 > 4080 ? 1 : 7) {
    bool isWeight = false;
    for (const auto &[begin, end] : stored)
      isWeight |= at >= begin && at < end;
    put(at, bytes[at] ^ uint8_t(1 << (at % 8)));
    auto opened = Package::open(damaged, lookOnly);
    ASSERT_EQ(opened.ok(), isWeight) << "byte " << at;
    if (isWeight)
      ASSERT_FALSE((*opened)->verifyWeights().ok()) << "byte " << at;
    put(at, bytes[at]);
    ++tried;
  }
  EXPECT_GT(tried, 5000u);
  EXPECT_TRUE(Package::open(damaged, lookOnly).ok());
}

TEST(Package, TruncatedAndExtendedFilesAreRefused) {
  const std::string path = temporaryPath("cut.sennit");
  ASSERT_TRUE(writeTestPackage({}, path).ok());
  const std::vector<uint8_t> bytes = readFile(path);
  for (size_t size = 0; size < bytes.size(); size += size < 64 ? 1 : 509)
    ASSERT_NE(openError({bytes.begin(), bytes.begin() + std::ptrdiff_t(size)}), "") << size;
  std::vector<uint8_t> longer = bytes;
  longer.resize(bytes.size() + 4096);
  EXPECT_NE(openError(longer).find("file size: expected " + std::to_string(bytes.size())), std::string::npos);
}

TEST(Package, MessagesNameWhatIsWrong) {
  const std::string path = temporaryPath("messages.sennit");
  ASSERT_TRUE(writeTestPackage({}, path).ok());
  const std::vector<uint8_t> bytes = readFile(path);
  const auto with = [&](auto change) {
    std::vector<uint8_t> changed = bytes;
    FileHeader header = headerOf(bytes);
    change(changed, header);
    rehash(changed, header);
    return openError(changed);
  };
  EXPECT_NE(with([](auto &, FileHeader &header) {
              header.version = 5;
            }).find("package version 5 is newer than this build of Sennit, which reads version 4"),
            std::string::npos);
  EXPECT_NE(with([](auto &, FileHeader &header) { header.version = 0; }).find("older"), std::string::npos);
  EXPECT_NE(with([](auto &, FileHeader &header) {
              header.sections[1].flags = 4;
            }).find("sections[1] flags: expected 0, found 4"),
            std::string::npos);
  EXPECT_NE(with([](auto &, FileHeader &header) { header.sections[1].kind = 9; }).find("kind"),
            std::string::npos);
  EXPECT_NE(with([](auto &, FileHeader &header) { header.sectionCount = 17; }).find("section count"),
            std::string::npos);
  EXPECT_NE(openError({'n', 'o'}).find("magic"), std::string::npos);
  EXPECT_NE(openError({}).find("empty"), std::string::npos);
  EXPECT_NE(Package::open("no-such-file").status().message().find("No such file"), std::string::npos);
  EXPECT_NE(Package::open(".").status().message().find("found a folder"), std::string::npos);
  // Section offsets that would overflow.
  for (uint64_t value : {uint64_t(0), ~uint64_t(0), ~uint64_t(4095), uint64_t(1) << 63, uint64_t(4096)})
    for (uint32_t section = 0; section < headerOf(bytes).sectionCount; ++section) {
      std::vector<uint8_t> changed = bytes;
      FileHeader header = headerOf(bytes);
      header.sections[section].bytes = value;
      std::memcpy(changed.data(), &header, sizeof header);
      uint64_t hash = hash64(changed.data(), packagePage - 8);
      std::memcpy(changed.data() + packagePage - 8, &hash, 8);
      openError(changed); // refused or not, it must not crash
      header = headerOf(bytes);
      header.sections[section].offset = value;
      std::memcpy(changed.data(), &header, sizeof header);
      hash = hash64(changed.data(), packagePage - 8);
      std::memcpy(changed.data() + packagePage - 8, &hash, 8);
      if (value != headerOf(bytes).sections[section].offset)
        EXPECT_NE(openError(changed), "");
    }
}

/// The message for a package whose description was changed before it is serialized.
std::string verifyError(const std::function<void(schema::PackageT &)> &change) {
  TestModel model;
  schema::PackageT package = describe(model);
  package.format_version = packageVersion;
  uint64_t offset = 0;
  for (auto &weight : package.weights) {
    auto slice = std::make_unique<schema::SliceT>();
    slice->row_end = weight->rows;
    slice->k_end = weight->k;
    slice->offset = offset;
    slice->bytes = uint64_t(weights::packedBytes(weight->format, int64_t(weight->rows), int64_t(weight->k)));
    offset += (slice->bytes + 4095) / 4096 * 4096;
    weight->slices.push_back(std::move(slice));
    weight->chunk_hashes = {7};
    weight->root_hash = hash64(weight->chunk_hashes.data(), 8);
  }
  change(package);
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishPackageBuffer(builder, schema::CreatePackage(builder, &package));
  SectionFacts facts;
  facts.nativeBytes[0] = facts.nativeBytes[1] = 64;
  facts.weightsBytes = offset;
  return verifyProgramSection({builder.GetBufferPointer(), builder.GetSize()}, facts).message();
}

struct LyingCase {
  const char *expected; ///< part of the message
  std::function<void(schema::PackageT &)> change;
};

schema::LaunchT &firstLaunch(schema::PackageT &package) {
  return *package.programs[0]->commands[0]->command.AsLaunch();
}

TEST(Verify, AcceptsTheTestPackage) {
  EXPECT_EQ(verifyError([](schema::PackageT &) {}), "");
}

TEST(Verify, RefusesEveryKindOfLie) {
  using P = schema::PackageT;
  const LyingCase cases[] = {
      {"vocab_size", [](P &p) { p.model->vocab_size = 0; }},
      {"context_length", [](P &p) { p.model->context_length = 0; }},
      {"bos_id: expected -1 to 42, found 43", [](P &p) { p.model->bos_id = 43; }},
      {"eos_ids[0]", [](P &p) { p.model->eos_ids = {-1}; }},
      {"cache format", [](P &p) { p.cache->format = schema::Format::Q8_0; }},
      {"cache layers", [](P &p) { p.cache->layers = 1u << 31; }},
      {"kv_heads", [](P &p) { p.cache->kv_heads = 0; }},
      {"head_dim", [](P &p) { p.cache->head_dim = 70000; }},
      {"max_rows", [](P &p) { p.step->max_rows = 0; }},
      {"max_segments", [](P &p) { p.step->max_segments = 2; }},
      {"step fields: expected 12, found 11", [](P &p) { p.step->fields.pop_back(); }},
      {"step fields[1]: expected field 1, found 2",
       [](P &p) { std::swap(p.step->fields[1], p.step->fields[2]); }},
      {"count 24, found 23", [](P &p) { p.step->fields[2]->count = 23; }},
      {"step fields[3]: expected an offset",
       [](P &p) { p.step->fields[3]->offset = p.step->fields[2]->offset; }},
      {"step fields[3]: expected an offset", [](P &p) { p.step->fields[3]->offset += 2; }},
      {"do not fit", [](P &p) { p.step->fields[10]->offset = p.step->bytes; }},
      {"do not fit", [](P &p) { p.step->fields[10]->offset = ~uint64_t(3); }},
      {"weights[0] format", [](P &p) { p.weights[0]->format = schema::Format::I32; }},
      {"weights[0] format", [](P &p) { p.weights[0]->format = schema::Format(99); }},
      {"weights[1] layout", [](P &p) { p.weights[1]->layout = schema::Layout(2); }},
      {"rows and columns", [](P &p) { p.weights[1]->rows = ~uint64_t(0); }},
      {"multiple of 32 for q4_0", [](P &p) { p.weights[1]->format = schema::Format::Q4_0; }},
      {"at least one slice", [](P &p) { p.weights[0]->slices.clear(); }},
      {"weights[0] slices[0]: rows 0 to 44", [](P &p) { p.weights[0]->slices[0]->row_end = 44; }},
      {"its slices end at row 16",
       [](P &p) { p.weights[0]->slices[0]->row_end = 16, p.weights[0]->slices[0]->bytes = 16 * 80 * 4; }},
      {"columns 0 to 81", [](P &p) { p.weights[0]->slices[0]->k_end = 81; }},
      {"slices[0] bytes", [](P &p) { p.weights[0]->slices[0]->bytes -= 4; }},
      {"multiple of 4096", [](P &p) { p.weights[1]->slices[0]->offset += 64; }},
      {"weights section of", [](P &p) { p.weights[1]->slices[0]->offset = uint64_t(1) << 40; }},
      {"overlaps", [](P &p) { p.weights[1]->slices[0]->offset = 0; }},
      {"one slice for a weight in rows layout",
       [](P &p) {
         p.weights[1]->layout = schema::Layout::Rows;
         p.weights[1]->slices.push_back(std::make_unique<schema::SliceT>(*p.weights[1]->slices[0]));
       }},
      {"chunk_hashes: expected 1, found 2", [](P &p) { p.weights[0]->chunk_hashes.push_back(1); }},
      {"root_hash", [](P &p) { p.weights[0]->root_hash ^= 1; }},
      {"levels", [](P &p) { p.levels.clear(); }},
      {"ascending", [](P &p) { std::swap(p.levels[0], p.levels[1]); }},
      {"levels[1]: expected 0 or 1, found 9", [](P &p) { p.levels[1] = schema::CpuLevel(9); }},
      {"avx512 is not listed", [](P &p) { p.levels.pop_back(); }},
      {"rates[1] level: expected ascending levels, found 0 after 0",
       [](P &p) { p.rates[1]->level = schema::CpuLevel::Avx2; }},
      {"rates[0] level: expected a level of the package, found 9",
       [](P &p) { p.rates[0]->level = schema::CpuLevel(9); }},
      {"rates[1]: expected rates of 0.001 to 1e9, found 0", [](P &p) { p.rates[1]->memory_gb_per_s = 0; }},
      {"rates[0]: expected rates of 0.001 to 1e9, found inf",
       [](P &p) { p.rates[0]->i8_gops_per_core = std::numeric_limits<double>::infinity(); }},
      {"expected code for 2 levels, found 1", [](P &p) { p.kernels[1]->code.pop_back(); }},
      {"code[0]: expected level 0, found 1",
       [](P &p) { std::swap(p.kernels[1]->code[0], p.kernels[1]->code[1]); }},
      {"body at offset 64", [](P &p) { p.kernels[1]->code[0]->body = 64; }},
      {"prologue at offset", [](P &p) { p.kernels[4]->code[1]->prologue = ~uint64_t(0); }},
      {"at every level or at none", [](P &p) { p.kernels[4]->code[1]->has_prologue = false; }},
      {"row_block", [](P &p) { p.kernels[0]->row_block = 0; }},
      {"column_tiles", [](P &p) { p.kernels[0]->column_tiles = 0; }},
      {"operands", [](P &p) { p.kernels[0]->operands = 1025; }},
      {"scratch_bytes", [](P &p) { p.kernels[0]->scratch_bytes = ~uint64_t(0); }},
      {"part_bytes: expected a multiple of 64", [](P &p) { p.kernels[0]->part_bytes = uint64_t(1) << 32; }},
      {"part_bytes: expected a multiple of 64", [](P &p) { p.kernels[0]->part_bytes = 96; }},
      {"part_bytes: expected 0 beside a prologue", [](P &p) { p.kernels[4]->part_bytes = 64; }},
      {"flops_per_row",
       [](P &p) { p.programs[0]->commands[0]->command.AsLaunch()->flops_per_row = std::nan(""); }},
      {"bytes_fixed", [](P &p) { p.programs[0]->commands[0]->command.AsLaunch()->bytes_fixed = -1; }},
      {"do not fit in an arena", [](P &p) { p.programs[0]->buffers[0]->rows = uint64_t(1) << 60; }},
      {"do not fit in an arena",
       [](P &p) { p.programs[0]->buffers[0]->offset = p.programs[0]->arena_bytes; }},
      {"arena_bytes", [](P &p) { p.programs[0]->arena_bytes = uint64_t(1) << 50; }},
      {"buffers[0] offset",
       [](P &p) { p.programs[0]->buffers[0]->offset = 32, p.programs[0]->buffers[0]->rows = 1; }},
      {"space", [](P &p) { p.programs[0]->slots[0]->space = schema::Space(7); }},
      {"slots[0] index: expected less than 3, found 3", [](P &p) { p.programs[0]->slots[0]->index = 3; }},
      {"slots[3] index: expected less than 1, found 1", [](P &p) { p.programs[0]->slots[3]->index = 1; }},
      {"logits: expected a slot less than", [](P &p) { p.programs[0]->logits = 99; }},
      {"logits: expected an arena slot", [](P &p) { p.programs[0]->logits = 3; }},
      {"logits: expected rows of at least 172 bytes", [](P &p) { p.programs[0]->logits = 0; }},
      {"kernel: expected less than 5, found 5", [](P &p) { firstLaunch(p).kernel = 5; }},
      {"expected the kernel's 4 operands, found 3", [](P &p) { firstLaunch(p).slots.pop_back(); }},
      {"launch slots[2]: expected a slot", [](P &p) { firstLaunch(p).slots[2] = 1000; }},
      {"domain: expected 0 to 3, found 4", [](P &p) { firstLaunch(p).domain = schema::RowDomain(4); }},
      {"lane", [](P &p) { firstLaunch(p).lane = schema::Lane(3); }},
      {"accesses[0]: expected a slot", [](P &p) { firstLaunch(p).accesses[0]->slot = 1000; }},
      {"mode", [](P &p) { firstLaunch(p).accesses[0]->mode = schema::AccessMode(2); }},
      {"range", [](P &p) { firstLaunch(p).accesses[0]->range = schema::AccessRange(3); }},
      {"expected a buffer of at least 24 rows, found 23", [](P &p) { p.programs[1]->buffers[1]->rows = 23; }},
      {"copy: expected source and target in the arena",
       [](P &p) { p.programs[1]->commands[6]->command.AsCopy()->source = 4; }},
      {"copy: expected rows of equal size",
       [](P &p) { p.programs[1]->commands[6]->command.AsCopy()->source = 1; }},
      {"signals", [](P &p) { p.programs[1]->signals = 100000; }},
      {"expected a signal less than 0, found 0", [](P &p) { p.programs[1]->signals = 0; }},
      {"is not raised before it",
       [](P &p) { std::swap(p.programs[1]->commands[7], p.programs[1]->commands[8]); }},
      {"branch skip: expected at most 4, found 5",
       [](P &p) { p.programs[0]->commands[2]->command.AsBranch()->skip = 5; }},
      {"row_begin: expected less than row_end, found 2 and 2",
       [](P &p) {
         auto &launch = *p.programs[0]->commands[0]->command.AsLaunch();
         launch.row_begin = launch.row_end = 2;
       }},
      {"copy row_begin: expected less than row_end, found 5 and 4",
       [](P &p) {
         auto &copy = *p.programs[1]->commands[6]->command.AsCopy();
         copy.row_begin = 5;
         copy.row_end = 4;
       }},
      {"lane_shares: expected one for each of 3 lanes, found 1",
       [](P &p) { p.programs[0]->lane_shares = {1}; }},
      {"lane_shares: expected 0 to 1", [](P &p) { p.programs[0]->lane_shares = {1, std::nan(""), 0}; }},
      {"lane_shares: expected a sum of at most 1", [](P &p) { p.programs[0]->lane_shares = {1, 0.5, 0}; }},
      {"lane: expected one with a share of the machine, found Compute",
       [](P &p) { p.programs[0]->lane_shares = {0, 0.5, 0}; }},
      {"signal 0 is raised before it", [](P &p) { p.programs[1]->commands[8]->command.Set(schema::SignalT()); }},
      {"branch: skips signal 0 but not the wait in commands[8]",
       [](P &p) { p.programs[1]->commands[4]->command.AsBranch()->skip = 3; }},
      {"expected command type 1 to 6, found 0", [](P &p) { p.programs[0]->commands[0]->command.Reset(); }},
      {"one rank", [](P &p) { p.programs[0]->commands[0]->command.Set(schema::CollectiveT()); }},
      {"expected one named step", [](P &p) { p.entries[0]->name = "other"; }},
      {"buckets[0] rows", [](P &p) { p.entries[0]->buckets[0]->rows = 0; }},
      {"buckets[0] rows", [](P &p) { p.entries[0]->buckets[0]->rows = 25; }},
      {"role", [](P &p) { p.entries[0]->buckets[0]->role = schema::StepRole(3); }},
      {"program: expected less than 2, found 2", [](P &p) { p.entries[0]->buckets[0]->program = 2; }},
      {"sorted by rows", [](P &p) { std::swap(p.entries[0]->buckets[0], p.entries[0]->buckets[1]); }},
      {"buckets of role 2 up to 24 rows, found up to 4", [](P &p) { p.entries[0]->buckets.pop_back(); }},
  };
  for (const LyingCase &lie : cases)
    EXPECT_NE(verifyError(lie.change).find(lie.expected), std::string::npos)
        << "expected '" << lie.expected << "', found '" << verifyError(lie.change) << "'";
}

TEST(Verify, WantedRowsAreLimitedByTheLogitsBuffer) {
  TestModel model;
  model.logitsRows = 5;
  const std::string path = temporaryPath("wanted.sennit");
  ASSERT_TRUE(writeTestPackage(model, path).ok());
  auto opened = Package::open(path, lookOnly);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ(wantedLimit((*opened)->root()), 5u);
}

TEST(Package, LevelsThatThisCpuLacks) {
  const std::string path = temporaryPath("level.sennit");
  ASSERT_TRUE(writeTestPackage({}, path).ok());
  for (auto level : {schema::CpuLevel::Avx2, schema::CpuLevel::Avx512}) {
    auto opened = Package::open(path, {level, true});
    EXPECT_EQ(opened.ok(), cpuHasLevel(level));
    if (opened.ok())
      EXPECT_EQ((*opened)->level(), level);
    else
      EXPECT_NE(opened.status().message().find(std::string("the package has code for ") +
                                               cpuLevelName(level) + ", for which this CPU lacks " +
                                               missingCpuFeatures(level)),
                std::string::npos);
  }
}

TEST(PackageWriter, FailuresLeaveNothing) {
  const std::string folder = temporaryPath("empty-folder");
  std::filesystem::create_directory(folder);
  const std::string path = folder + "/out.sennit";
  const auto filesLeft = [&] {
    return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
  };
  const auto attempt = [&](const WeightRowReader &reader, const std::atomic<bool> *interrupt) {
    schema::PackageT package = describe({});
    auto writer = PackageWriter::create(path);
    EXPECT_TRUE(writer.ok());
    (*writer)->addSection(SectionKind::NativeAvx2, std::string(64, '\xc3'));
    (*writer)->addSection(SectionKind::NativeAvx512, std::string(64, '\xc3'));
    (*writer)->setInterrupt(interrupt);
    return (*writer)->finish(package, reader);
  };
  const auto zeros = [](size_t weight, int64_t, uint8_t *out) {
    std::memset(out, 0, weight ? 160 : 320);
    return Status();
  };
  EXPECT_EQ(attempt([](size_t, int64_t, uint8_t *) { return invalidInput("no row"); }, nullptr).message(),
            "no row");
  EXPECT_EQ(filesLeft(), 0);
  const std::atomic<bool> interrupted{true};
  EXPECT_EQ(attempt(zeros, &interrupted).code(), Code::Interrupted);
  EXPECT_EQ(filesLeft(), 0);

  // A disk that is full after 16 KiB.
  rlimit old;
  getrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, SIG_IGN);
  rlimit small = old;
  small.rlim_cur = 16384;
  setrlimit(RLIMIT_FSIZE, &small);
  const Status full = attempt(zeros, nullptr);
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(full.code(), Code::ResourceExhausted) << full.message();
  EXPECT_EQ(filesLeft(), 0);

  writeFile(path, {1, 2, 3});
  ASSERT_FALSE(attempt(zeros, &interrupted).ok());
  EXPECT_EQ(readFile(path), (std::vector<uint8_t>{1, 2, 3}));
  EXPECT_TRUE(attempt(zeros, nullptr).ok());
  EXPECT_EQ(filesLeft(), 1);
  EXPECT_TRUE(Package::open(path, lookOnly).ok());
  EXPECT_FALSE(PackageWriter::create(folder).ok());
  EXPECT_FALSE(PackageWriter::create(folder + "/missing/out.sennit").ok());
}

} // namespace
} // namespace sennit
