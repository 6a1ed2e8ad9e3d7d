// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/CheckFile.h"

#include "runtime/base/Hash.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace sennit {

using std::to_string;

/// The first byte of [begin, end) that is not zero; end where all are.
static uint64_t firstNonZero(const uint8_t *data, uint64_t begin, uint64_t end) {
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

Status checkSections(const uint8_t *data, const FileHeader &header, FileKind file) {
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
  const bool program = header.sectionCount && header.sections[0].kind == uint32_t(SectionKind::Program);
  const bool weights =
      header.sectionCount && header.sections[header.sectionCount - 1].kind == uint32_t(SectionKind::Weights);
  if (file == FileKind::Whole && program && !weights)
    return invalidInput("section table: expected weights last, found none, as in what sennit compile "
                        "--weights none writes");
  if (!program || weights != (file == FileKind::Whole))
    return invalidInput(std::string("section table: expected a program first and ") +
                        (file == FileKind::Whole ? "weights last" : "no weights"));
  return checkZero(data, end, header.fileBytes, "after the last section");
}

} // namespace sennit
