// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// libFuzzer target of package loading. The first byte of an input picks what the rest is: raw bytes of a
// program section or of a file, or edits (u32 offset, u8 value) of a sound program section or file, whose
// hashes are then made right so that the checks behind them are reached.
#include "runtime/base/Hash.h"
#include "runtime/program/Load.h"
#include "runtime/program/TestPackage.h"
#include "runtime/program/Verify.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sys/mman.h>
#include <unistd.h>

using namespace sennit;

namespace {

std::vector<uint8_t> soundFile() {
  testing::TestModel model;
  model.sliceHead = true;
  model.devices = {{schema::DeviceCodeKind::Cubin, 90, true}, {schema::DeviceCodeKind::Ptx, 80, false}};
  const std::string path = testing::temporaryPath("fuzz-base.sennit");
  if (!testing::writeTestPackage(model, path).ok())
    std::abort();
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void edit(std::vector<uint8_t> &bytes, const uint8_t *data, size_t size) {
  for (; size >= 5; data += 5, size -= 5) {
    uint32_t offset;
    std::memcpy(&offset, data, 4);
    bytes[offset % bytes.size()] = data[4];
  }
}

void openBytes(const std::vector<uint8_t> &bytes) {
  const int memory = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (memory < 0 || ::write(memory, bytes.data(), bytes.size()) != ssize_t(bytes.size()))
    std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(memory);
  if (auto opened = Package::open(path, {std::nullopt, /*executable=*/false}); opened.ok())
    (void)(*opened)->verifyWeights();
  ::close(memory);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::vector<uint8_t> sound = soundFile();
  if (size < 1)
    return 0;
  const uint8_t mode = data[0] % 4;
  ++data, --size;
  FileHeader header;
  std::memcpy(&header, sound.data(), sizeof header);
  SectionFacts facts;
  facts.nativeBytes[0] = header.sections[1].bytes;
  facts.nativeBytes[1] = header.sections[2].bytes;
  facts.deviceBytes = header.sections[header.sectionCount - 2].bytes;
  facts.weightsBytes = header.sections[header.sectionCount - 1].bytes;
  if (mode == 0) {
    (void)verifyProgramSection({data, size}, facts);
  } else if (mode == 1) {
    const uint8_t *program = sound.data() + header.sections[0].offset;
    std::vector<uint8_t> bytes(program, program + header.sections[0].bytes);
    edit(bytes, data, size);
    (void)verifyProgramSection(bytes, facts);
  } else if (mode == 2) {
    std::vector<uint8_t> bytes(data, data + size);
    if (bytes.size() >= sizeof packageMagic)
      std::memcpy(bytes.data(), packageMagic, sizeof packageMagic);
    openBytes(bytes);
  } else {
    std::vector<uint8_t> bytes = sound;
    edit(bytes, data, size);
    std::memcpy(&header, bytes.data(), sizeof header);
    for (uint32_t i = 0; i < std::min(header.sectionCount, maxSections); ++i) {
      SectionEntry &entry = header.sections[i];
      if (entry.offset <= bytes.size() && entry.bytes <= bytes.size() - entry.offset &&
          entry.kind != uint32_t(SectionKind::Weights))
        entry.hash = hash64(bytes.data() + entry.offset, entry.bytes);
    }
    std::memcpy(bytes.data(), &header, sizeof header);
    const uint64_t hash = hash64(bytes.data(), packagePage - 8);
    std::memcpy(bytes.data() + packagePage - 8, &hash, 8);
    openBytes(bytes);
  }
  return 0;
}
