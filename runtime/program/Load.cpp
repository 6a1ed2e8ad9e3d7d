// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Load.h"

#include "runtime/base/Hash.h"
#include "runtime/device/host/CpuLevel.h"
#include "runtime/program/Verify.h"
#include "runtime/weights/Pack.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace sennit {

using std::to_string;

namespace {

uint64_t roundToPage(uint64_t bytes) {
  return (bytes + packagePage - 1) / packagePage * packagePage;
}

/// The first byte of [begin, end) that is not zero; end where all are.
uint64_t firstNonZero(const uint8_t *data, uint64_t begin, uint64_t end) {
  return uint64_t(std::find_if(data + begin, data + end, [](uint8_t byte) { return byte != 0; }) - data);
}

Status checkZero(const uint8_t *data, uint64_t begin, uint64_t end, const std::string &what) {
  if (const uint64_t at = firstNonZero(data, begin, end); at != end)
    return invalidInput("byte " + to_string(at) + " in the padding " + what + ": expected 0, found " +
                        to_string(int(data[at])));
  return {};
}

Status checkHeader(const uint8_t *data, uint64_t bytes, FileHeader &header) {
  if (bytes < sizeof packageMagic || std::memcmp(data, packageMagic, sizeof packageMagic) != 0)
    return invalidInput("expected a Sennit package, found a file that does not start with its magic bytes");
  if (bytes < packagePage)
    return invalidInput("expected a header of 4096 bytes, found a file of " + to_string(bytes));
  std::memcpy(&header, data, sizeof header);
  if (header.version > packageVersion)
    return unsupported("package version " + to_string(header.version) +
                       " is newer than this build of Sennit, which reads version " +
                       to_string(packageVersion));
  if (header.version != packageVersion)
    return unsupported("package version " + to_string(header.version) +
                       " is older than this build of Sennit, which reads version " +
                       to_string(packageVersion));
  uint64_t stored;
  std::memcpy(&stored, data + packagePage - 8, 8);
  if (hash64(data, packagePage - 8) != stored)
    return invalidInput("header: its bytes do not have the hash stored in it");
  if (header.fileBytes != bytes)
    return invalidInput("file size: expected " + to_string(header.fileBytes) + " bytes, found " +
                        to_string(bytes));
  if (bytes % packagePage)
    return invalidInput("file size: expected a multiple of 4096, found " + to_string(bytes));
  if (header.sectionCount > maxSections)
    return invalidInput("section count: expected at most " + to_string(maxSections) + ", found " +
                        to_string(header.sectionCount));
  const uint64_t tableEnd = offsetof(FileHeader, sections) + header.sectionCount * sizeof(SectionEntry);
  return checkZero(data, tableEnd, packagePage - 8, "of the header");
}

/// Sections ascend in kind and place, are hashed right, and have only zeros between them.
Status checkSections(const uint8_t *data, const FileHeader &header) {
  uint64_t end = packagePage;
  for (uint32_t i = 0; i < header.sectionCount; ++i) {
    const SectionEntry &entry = header.sections[i];
    const std::string where = "sections[" + to_string(i) + "]";
    if (entry.kind < uint32_t(SectionKind::Program) || entry.kind > uint32_t(SectionKind::DeviceCode))
      return invalidInput(where + " kind: expected 1 to 8, found " + to_string(entry.kind));
    if (entry.kind == uint32_t(SectionKind::Weights) && i + 1 != header.sectionCount)
      return invalidInput(where + " kind: expected weights last, found them before sections[" +
                          to_string(i + 1) + "]");
    if (i && entry.kind != uint32_t(SectionKind::Weights) && entry.kind <= header.sections[i - 1].kind)
      return invalidInput(where + " kind: expected more than " + to_string(header.sections[i - 1].kind) +
                          ", found " + to_string(entry.kind));
    if (entry.flags != 0)
      return invalidInput(where + " flags: expected 0, found " + to_string(entry.flags));
    if (entry.offset % packagePage || entry.offset < end || entry.offset > header.fileBytes ||
        entry.bytes > header.fileBytes - entry.offset)
      return invalidInput(where + ": " + to_string(entry.bytes) + " bytes at offset " +
                          to_string(entry.offset) + " do not lie between offset " + to_string(end) +
                          " and the file's end at " + to_string(header.fileBytes));
    SENNIT_RETURN_IF_ERROR(checkZero(data, end, entry.offset, "before " + where));
    end = entry.offset + entry.bytes;
    const auto kind = SectionKind(entry.kind);
    const uint64_t hash = kind == SectionKind::Weights ? 0 : hash64(data + entry.offset, entry.bytes);
    if (hash != entry.hash)
      return invalidInput(where + " (" + sectionName(kind) +
                          "): its bytes do not have the hash in the header");
  }
  if (!header.sectionCount || header.sections[0].kind != uint32_t(SectionKind::Program) ||
      header.sections[header.sectionCount - 1].kind != uint32_t(SectionKind::Weights))
    return invalidInput("section table: expected a program first and weights last");
  return checkZero(data, end, header.fileBytes, "after the last section");
}

/// The bytes between slices are outside every hash tree, so they are checked here.
Status checkWeightPadding(const uint8_t *section, uint64_t bytes, const schema::Package &package) {
  std::vector<std::pair<uint64_t, uint64_t>> ranges; // offset, end
  for (const schema::Weight *weight : *package.weights())
    for (const schema::Slice *slice : *weight->slices())
      ranges.emplace_back(slice->offset(), slice->offset() + slice->bytes());
  std::sort(ranges.begin(), ranges.end());
  uint64_t end = 0;
  for (const auto &[begin, next] : ranges) {
    SENNIT_RETURN_IF_ERROR(checkZero(section, end, begin, "between weights"));
    end = next;
  }
  return checkZero(section, end, bytes, "after the weights");
}

} // namespace

StatusOr<std::shared_ptr<const Package>> Package::open(const std::string &path, const OpenOptions &options) {
  std::shared_ptr<Package> package(new Package());
  package->filePath = path;
  SENNIT_RETURN_IF_ERROR(package->map(path));
  package->opening.end("map the file");
  Status status = package->checkFile();
  package->opening.end("verify");
  if (status.ok() && options.executable)
    status = package->chooseLevel(options);
  if (status.ok() && options.executable)
    status = package->mapNative();
  package->opening.end("map native code");
  if (!status.ok())
    return Status(status.code(), path + ": " + status.message());
  return std::shared_ptr<const Package>(std::move(package));
}

Package::~Package() {
  if (native)
    ::munmap(const_cast<uint8_t *>(native), nativeMappedBytes);
  if (mapping)
    ::munmap(const_cast<uint8_t *>(mapping), mappedBytes);
  if (descriptor >= 0)
    ::close(descriptor);
}

Status Package::map(const std::string &path) {
  descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return invalidInput(path + ": cannot open it: " + std::strerror(errno));
  struct stat info;
  if (::fstat(descriptor, &info) != 0)
    return invalidInput(path + ": cannot read its size: " + std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    return invalidInput(path + ": expected a package file, found " +
                        (S_ISDIR(info.st_mode) ? "a folder" : "something that is not a plain file"));
  if (info.st_size == 0)
    return invalidInput(path + ": expected a Sennit package, found an empty file");
  mappedBytes = uint64_t(info.st_size);
  void *address = ::mmap(nullptr, mappedBytes, PROT_READ, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED)
    return resourceExhausted(path + ": cannot map its " + to_string(mappedBytes) +
                             " bytes: " + std::strerror(errno));
  mapping = static_cast<const uint8_t *>(address);
  return {};
}

Status Package::checkFile() {
  SENNIT_RETURN_IF_ERROR(checkHeader(mapping, mappedBytes, header));
  SENNIT_RETURN_IF_ERROR(checkSections(mapping, header));
  SectionFacts facts;
  facts.nativeBytes[0] = section(SectionKind::NativeAvx2).size();
  facts.nativeBytes[1] = section(SectionKind::NativeAvx512).size();
  facts.weightsBytes = section(SectionKind::Weights).size();
  facts.deviceBytes = section(SectionKind::DeviceCode).size();
  SENNIT_RETURN_IF_ERROR(verifyProgramSection(section(SectionKind::Program), facts));
  contents = schema::GetPackage(section(SectionKind::Program).data());
  const std::span<const uint8_t> weights = section(SectionKind::Weights);
  return checkWeightPadding(weights.data(), weights.size(), *contents);
}

Status Package::chooseLevel(const OpenOptions &options) {
  if (contents->levels()->size() == 0)
    return unsupported("the package has no code for CPUs, only for " + deviceTargetList(*contents) +
                       "; a GPU runs it (--device cuda)");
  std::string lacking;
  for (uint32_t i = contents->levels()->size(); i-- > 0;) {
    const auto level = schema::CpuLevel(contents->levels()->Get(i));
    if (options.level && *options.level != level)
      continue;
    const std::string missing = missingCpuFeatures(level);
    if (missing.empty()) {
      nativeLevel = level;
      return {};
    }
    lacking += (lacking.empty() ? "" : "; ") + std::string(cpuLevelName(level)) +
               ", for which this CPU lacks " + missing;
  }
  if (lacking.empty() && options.level)
    return unsupported(std::string("the package has no code for level ") + cpuLevelName(*options.level));
  return unsupported("the package has code for " + lacking);
}

Status Package::mapNative() {
  const std::span<const uint8_t> image = section(nativeSection(nativeLevel));
  nativeMappedBytes = roundToPage(image.size());
  void *address = ::mmap(nullptr, nativeMappedBytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor,
                         off_t(image.data() - mapping));
  if (address == MAP_FAILED) {
    // A mount without exec permission refuses; a memory file does not depend on mounts.
    const int memory = ::memfd_create("sennit-native", MFD_CLOEXEC);
    if (memory >= 0 && ::pwrite(memory, image.data(), image.size(), 0) == ssize_t(image.size()))
      address = ::mmap(nullptr, nativeMappedBytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, memory, 0);
    const int error = errno;
    if (memory >= 0)
      ::close(memory);
    if (address == MAP_FAILED)
      return Status(Code::Unavailable,
                    std::string("cannot map the native code as executable: ") + std::strerror(error));
  }
  native = static_cast<const uint8_t *>(address);
  return {};
}

std::span<const uint8_t> Package::section(SectionKind kind) const {
  for (uint32_t i = 0; i < header.sectionCount; ++i)
    if (header.sections[i].kind == uint32_t(kind))
      return {mapping + header.sections[i].offset, size_t(header.sections[i].bytes)};
  return {};
}

std::string_view Package::text(SectionKind kind) const {
  const std::span<const uint8_t> bytes = section(kind);
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

KernelEntry Package::kernel(uint32_t index) const {
  assert(native && "only an executable package has kernels");
  for (const schema::KernelCode *code : *contents->kernels()->Get(index)->code()) {
    if (code->level() != nativeLevel)
      continue;
    KernelEntry entry;
    entry.body = reinterpret_cast<KernelFunction>(reinterpret_cast<uintptr_t>(native + code->body()));
    if (code->has_prologue())
      entry.prologue =
          reinterpret_cast<KernelFunction>(reinterpret_cast<uintptr_t>(native + code->prologue()));
    return entry;
  }
  return {};
}

std::span<const uint8_t> Package::deviceModule(const schema::DeviceModule &module) const {
  return section(SectionKind::DeviceCode).subspan(module.offset(), module.bytes());
}

std::string_view Package::deviceText(const schema::DeviceKernel &kernel) const {
  return text(SectionKind::DeviceCode).substr(kernel.text_offset(), kernel.text_bytes());
}

std::string_view Package::deviceText(const schema::DeviceCode &code) const {
  return text(SectionKind::DeviceCode).substr(code.text_offset(), code.text_bytes());
}

const uint8_t *Package::sliceData(const schema::Slice &slice) const {
  return section(SectionKind::Weights).data() + slice.offset();
}

std::optional<uint32_t> Package::findWeight(std::string_view name) const {
  for (uint32_t i = 0; i < contents->weights()->size(); ++i)
    if (contents->weights()->Get(i)->name()->string_view() == name)
      return i;
  return std::nullopt;
}

void Package::readWeightRow(uint32_t index, int64_t row, uint8_t *out) const {
  const schema::Weight &weight = *contents->weights()->Get(index);
  assert(row >= 0 && uint64_t(row) < weight.rows() && "row of the weight");
  for (const schema::Slice *slice : *weight.slices()) {
    if (uint64_t(row) < slice->row_begin() || uint64_t(row) >= slice->row_end())
      continue;
    const int64_t k = int64_t(slice->k_end() - slice->k_begin());
    const int64_t rowInSlice = row - int64_t(slice->row_begin());
    const uint8_t *data = sliceData(*slice);
    uint8_t *to = out + weights::rowBytes(weight.format(), int64_t(slice->k_begin()));
    if (weight.layout() == schema::Layout::Rows)
      std::memcpy(to, data + rowInSlice * weights::rowBytes(weight.format(), k),
                  size_t(weights::rowBytes(weight.format(), k)));
    else
      weights::unpackRow(weight.format(), k,
                         data + rowInSlice / weights::tileRows * weights::tileBytes(weight.format(), k),
                         rowInSlice % weights::tileRows, to);
  }
}

Status Package::verifyWeights(const std::function<void(uint64_t, uint64_t)> &progress) const {
  uint64_t total = 0, done = 0;
  for (const schema::Weight *weight : *contents->weights())
    for (const schema::Slice *slice : *weight->slices())
      total += slice->bytes();
  for (const schema::Weight *weight : *contents->weights()) {
    uint32_t chunk = 0;
    for (const schema::Slice *slice : *weight->slices()) {
      for (uint64_t begin = 0; begin < slice->bytes(); begin += hashChunk, ++chunk) {
        const uint64_t bytes = std::min(hashChunk, slice->bytes() - begin);
        if (hash64(sliceData(*slice) + begin, bytes) != weight->chunk_hashes()->Get(chunk))
          return invalidInput(filePath + ": weight " + weight->name()->str() + ", chunk " + to_string(chunk) +
                              ": " + to_string(bytes) + " bytes at file offset " +
                              to_string(uint64_t(sliceData(*slice) - mapping) + begin) +
                              " do not have the hash stored for them");
        done += bytes;
        if (progress)
          progress(done, total);
      }
    }
  }
  return {};
}

} // namespace sennit
