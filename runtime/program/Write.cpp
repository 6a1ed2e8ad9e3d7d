// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/Hash.h"
#include "runtime/program/File.h"
#include "runtime/program/Verify.h"
#include "runtime/weights/Pack.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace sennit {

using std::to_string;

namespace {

uint64_t roundToPage(uint64_t bytes) {
  return (bytes + packagePage - 1) / packagePage * packagePage;
}

std::string serialize(const schema::PackageT &package) {
  flatbuffers::FlatBufferBuilder builder(1 << 16);
  schema::FinishPackageBuffer(builder, schema::CreatePackage(builder, &package));
  return {reinterpret_cast<const char *>(builder.GetBufferPointer()), builder.GetSize()};
}

} // namespace

StatusOr<std::unique_ptr<PackageWriter>> PackageWriter::create(const std::string &path) {
  std::unique_ptr<PackageWriter> writer(new PackageWriter());
  SENNIT_ASSIGN_OR_RETURN(writer->file, NewFile::create(path, "a package"));
  return writer;
}

void PackageWriter::addSection(SectionKind kind, std::string_view bytes) {
  assert(kind != SectionKind::Program && kind != SectionKind::Weights && "finish makes these");
  sections[kind] = std::string(bytes);
}

Status PackageWriter::placeWeights(schema::PackageT &package, uint64_t &bytes) {
  bytes = 0;
  for (size_t i = 0; i < package.weights.size(); ++i) {
    schema::WeightT &weight = *package.weights[i];
    if (weight.rows < 1 || weight.k < 1 || weight.rows > uint64_t(weights::largestExtent) ||
        weight.k > uint64_t(weights::largestExtent) ||
        weight.k % uint64_t(weights::blockElements(weight.format)))
      return invalidInput("weight " + weight.name + ": cannot store " + to_string(weight.rows) + " x " +
                          to_string(weight.k) + " elements as " + weights::formatName(weight.format));
    if (weight.slices.empty()) {
      auto whole = std::make_unique<schema::SliceT>();
      whole->row_end = weight.rows;
      whole->k_end = weight.k;
      weight.slices.push_back(std::move(whole));
    }
    uint64_t chunks = 0;
    for (auto &slice : weight.slices) {
      const weights::SliceRange range{int64_t(slice->row_begin), int64_t(slice->row_end),
                                      int64_t(slice->k_begin), int64_t(slice->k_end)};
      slice->offset = bytes;
      slice->bytes = uint64_t(range.bytes(weight.format, weight.layout));
      bytes += roundToPage(slice->bytes);
      chunks += (slice->bytes + hashChunk - 1) / hashChunk;
    }
    // Placeholders of the final size: the program section's place has to be known before the weights are
    // written.
    weight.chunk_hashes.assign(chunks, ~uint64_t(0));
    weight.root_hash = ~uint64_t(0);
  }
  return {};
}

Status PackageWriter::writeSlice(const schema::WeightT &weight, size_t index, const schema::SliceT &slice,
                                 uint64_t base, const WeightRowReader &rows, std::vector<uint64_t> &hashes) {
  const size_t fullRow = size_t(weights::rowBytes(weight.format, int64_t(weight.k)));
  const int64_t sliceK = int64_t(slice.k_end - slice.k_begin);
  const size_t kOffset = size_t(weights::rowBytes(weight.format, int64_t(slice.k_begin)));
  const size_t sliceRow = size_t(weights::rowBytes(weight.format, sliceK));
  const bool packed = weight.layout == schema::Layout::Packed;
  const int64_t rowsAtOnce = weights::tileRows;
  std::vector<uint8_t> source(fullRow * size_t(rowsAtOnce)), packedTile(sliceRow * size_t(rowsAtOnce));

  Hasher hasher;
  uint64_t inChunk = 0;
  const auto hash = [&](const uint8_t *data, uint64_t bytes) {
    while (bytes > 0) {
      const uint64_t part = std::min(bytes, hashChunk - inChunk);
      hasher.update(data, part);
      data += part;
      bytes -= part;
      if ((inChunk += part) == hashChunk) {
        hashes.push_back(hasher.finish());
        inChunk = 0;
      }
    }
  };

  uint64_t offset = base + slice.offset;
  for (int64_t row = int64_t(slice.row_begin); row < int64_t(slice.row_end); row += rowsAtOnce) {
    if (interrupt && interrupt->load(std::memory_order_relaxed))
      return {Code::Interrupted, "interrupted while writing " + file->path()};
    const int64_t count = std::min(rowsAtOnce, int64_t(slice.row_end) - row);
    std::array<const uint8_t *, weights::tileRows> pointers{};
    for (int64_t i = 0; i < count; ++i) {
      uint8_t *to = source.data() + size_t(i) * fullRow;
      SENNIT_RETURN_IF_ERROR(rows(index, row + i, to));
      pointers[size_t(i)] = to + kOffset;
    }
    size_t bytes = sliceRow * size_t(packed ? rowsAtOnce : count);
    if (packed)
      weights::packTile(weight.format, sliceK, pointers, packedTile.data());
    else
      for (int64_t i = 0; i < count; ++i)
        std::memcpy(packedTile.data() + size_t(i) * sliceRow, pointers[size_t(i)], sliceRow);
    hash(packedTile.data(), bytes);
    SENNIT_RETURN_IF_ERROR(file->writeAt(offset, packedTile.data(), bytes));
    offset += bytes;
    weightBytesDone += bytes;
    if (progress)
      progress(weightBytesDone, weightBytesTotal);
  }
  if (inChunk)
    hashes.push_back(hasher.finish());
  return {};
}

Status PackageWriter::finish(schema::PackageT &package, const WeightRowReader &rows) {
  package.format_version = packageVersion;
  uint64_t weightBytes = 0;
  SENNIT_RETURN_IF_ERROR(placeWeights(package, weightBytes));
  weightBytesTotal = 0;
  for (const auto &weight : package.weights)
    for (const auto &slice : weight->slices)
      weightBytesTotal += slice->bytes;

  FileHeader header{};
  std::memcpy(header.magic, packageMagic, sizeof packageMagic);
  header.version = packageVersion;
  const uint64_t programRoom = serialize(package).size();
  uint64_t offset = packagePage;
  const auto place = [&](SectionKind kind, uint64_t bytes) {
    header.sections[header.sectionCount++] = {uint32_t(kind), 0, offset, bytes, 0};
    offset += roundToPage(bytes);
  };
  place(SectionKind::Program, programRoom);
  for (const auto &[kind, bytes] : sections)
    place(kind, bytes.size());
  place(SectionKind::Weights, weightBytes);
  header.fileBytes = offset;
  SENNIT_RETURN_IF_ERROR(file->resize(offset));

  const uint64_t base = header.sections[header.sectionCount - 1].offset;
  for (size_t i = 0; i < package.weights.size(); ++i) {
    schema::WeightT &weight = *package.weights[i];
    std::vector<uint64_t> hashes;
    hashes.reserve(weight.chunk_hashes.size());
    for (const auto &slice : weight.slices)
      SENNIT_RETURN_IF_ERROR(writeSlice(weight, i, *slice, base, rows, hashes));
    weight.root_hash = hash64(hashes.data(), hashes.size() * 8);
    weight.chunk_hashes = std::move(hashes);
  }

  // A root hash of zero would leave its field out and make the section a little shorter, never longer.
  const std::string program = serialize(package);
  if (program.size() > programRoom)
    return internalError("the program section grew from " + to_string(programRoom) + " to " +
                         to_string(program.size()) + " bytes while weights were written");
  SectionFacts facts;
  facts.weightsBytes = weightBytes;
  for (int level = 0; level < 2; ++level)
    if (const auto found = sections.find(nativeSection(schema::CpuLevel(level))); found != sections.end())
      facts.nativeBytes[level] = found->second.size();
  if (const auto found = sections.find(SectionKind::DeviceCode); found != sections.end())
    facts.deviceBytes = found->second.size();
  if (const Status verified =
          verifyProgramSection({reinterpret_cast<const uint8_t *>(program.data()), program.size()}, facts);
      !verified.ok())
    return internalError("the package to be written does not verify: " + verified.message());

  for (uint32_t i = 0; i + 1 < header.sectionCount; ++i) {
    SectionEntry &entry = header.sections[i];
    const auto kind = SectionKind(entry.kind);
    const std::string &bytes = kind == SectionKind::Program ? program : sections[kind];
    entry.bytes = bytes.size();
    entry.hash = hash64(bytes.data(), bytes.size());
    SENNIT_RETURN_IF_ERROR(file->writeAt(entry.offset, bytes.data(), bytes.size()));
  }
  std::vector<uint8_t> page(packagePage, 0);
  std::memcpy(page.data(), &header, sizeof header);
  const uint64_t headerHash = hash64(page.data(), packagePage - 8);
  std::memcpy(page.data() + packagePage - 8, &headerHash, 8);
  SENNIT_RETURN_IF_ERROR(file->writeAt(0, page.data(), page.size()));
  if (interrupt && interrupt->load(std::memory_order_relaxed))
    return {Code::Interrupted, "interrupted while writing " + file->path()};
  return file->publish();
}

} // namespace sennit
