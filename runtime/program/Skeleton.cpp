// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Skeleton.h"

#include "runtime/program/CheckFile.h"

#include <fstream>
#include <iterator>

namespace sennit {
namespace {

StatusOr<std::string> readWhole(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return invalidInput("cannot open it");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Checks the file and gives its sections to `writer`, which may be null, but for the program, which it
/// reads.
Status readSkeleton(const std::string &bytes, PackageWriter *writer, schema::PackageT &package) {
  const auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
  FileHeader header{};
  SENNIT_RETURN_IF_ERROR(checkHeader(data, bytes.size(), header));
  SENNIT_RETURN_IF_ERROR(checkSections(data, header, FileKind::Skeleton));
  for (uint32_t i = 0; i < header.sectionCount; ++i) {
    const SectionEntry &entry = header.sections[i];
    if (SectionKind(entry.kind) != SectionKind::Program) {
      if (writer)
        writer->addSection(SectionKind(entry.kind), {bytes.data() + entry.offset, size_t(entry.bytes)});
      continue;
    }
    flatbuffers::Verifier verifier(data + entry.offset, entry.bytes);
    if (!schema::VerifyPackageBuffer(verifier))
      return invalidInput("expected a program section, found bytes that are no FlatBuffer of a package");
    schema::GetPackage(data + entry.offset)->UnPackTo(&package);
  }
  return Status::okay();
}

} // namespace

Status fillSkeleton(const std::string &skeleton, const std::string &path, const RowsOfPackage &rows,
                    const std::atomic<bool> *interrupt) {
  const auto inSkeleton = [&](const Status &status) {
    return Status(status.code(), skeleton + ": " + status.message());
  };
  StatusOr<std::string> bytes = readWhole(skeleton);
  if (!bytes.ok())
    return inSkeleton(bytes.status());
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<PackageWriter> writer, PackageWriter::create(path));
  writer->setInterrupt(interrupt);
  schema::PackageT package;
  if (const Status read = readSkeleton(*bytes, writer.get(), package); !read.ok())
    return inSkeleton(read);
  bytes->clear();
  bytes->shrink_to_fit();
  return writer->finish(
      package, [&](size_t weight, int64_t row, uint8_t *out) { return rows(package, weight, row, out); });
}

StatusOr<uint64_t> skeletonWeightBytes(const std::string &skeleton) {
  StatusOr<std::string> bytes = readWhole(skeleton);
  schema::PackageT package;
  const Status read = bytes.ok() ? readSkeleton(*bytes, nullptr, package) : bytes.status();
  if (!read.ok())
    return Status(read.code(), skeleton + ": " + read.message());
  uint64_t sum = 0;
  for (const auto &weight : package.weights)
    for (const auto &slice : weight->slices)
      sum += slice->bytes;
  return sum;
}

} // namespace sennit
