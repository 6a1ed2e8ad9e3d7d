// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cpu/CompileKernelLink.h"

#include "lld/Common/Driver.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace llvm;
using namespace llvm::object;

namespace sennit {
namespace {

/// A file descriptor, closed at the end.
class Descriptor {
public:
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor &) = delete;
  ~Descriptor() { reset(); }

  bool valid() const { return number >= 0; }
  int get() const { return number; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(number); }
  void reset() {
    if (valid())
      close(number);
    number = -1;
  }

private:
  int number;
};

bool writeAll(const Descriptor &file, StringRef bytes) {
  while (!bytes.empty()) {
    ssize_t done = write(file.get(), bytes.data(), bytes.size());
    if (done <= 0)
      return false;
    bytes = bytes.drop_front(done);
  }
  return true;
}

std::string readAll(const Descriptor &file) {
  std::string bytes;
  char buffer[65536];
  for (ssize_t done; (done = read(file.get(), buffer, sizeof(buffer))) > 0;)
    bytes.append(buffer, done);
  return bytes;
}

Status elfError(Error error) {
  return internalError("cannot read linked kernels: " + toString(std::move(error)));
}

/// Kernels are freestanding: whatever the object does not define is a bug of the lowering.
Status checkDefined(StringRef object) {
  auto file = ELFObjectFile<ELF64LE>::create(MemoryBufferRef(object, "kernels"));
  if (!file)
    return elfError(file.takeError());
  std::vector<std::string> missing;
  for (const SymbolRef &symbol : file->symbols()) {
    auto flags = symbol.getFlags();
    if (!flags)
      return elfError(flags.takeError());
    if (!(*flags & SymbolRef::SF_Undefined) || (*flags & SymbolRef::SF_FormatSpecific))
      continue;
    auto name = symbol.getName();
    if (!name)
      return elfError(name.takeError());
    missing.push_back(name->str());
  }
  if (missing.empty())
    return Status::okay();
  std::sort(missing.begin(), missing.end());
  std::string list;
  for (const std::string &name : missing)
    list += (list.empty() ? "" : ", ") + name;
  return internalError("expected freestanding kernels, found calls of " + list);
}

/// Runs the linker on an anonymous file, its output going into a pipe: it insists on paths, and this way no
/// interrupt leaves a file behind.
Status link(StringRef object, std::string &shared) {
  Descriptor input(memfd_create("sennit-object", MFD_CLOEXEC));
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0 || !input.valid() || !writeAll(input, object))
    return resourceExhausted("cannot create an anonymous file for linking kernels");
  Descriptor reading(ends[0]), writing(ends[1]);
  std::thread reader([&] { shared = readAll(reading); });

  std::string inputPath = input.path(), outputPath = writing.path(), log;
  // Symbols bind inside the image; one segment suffices since nothing is loaded from this file as it is.
  const char *arguments[] = {"ld.lld",
                             "-shared",
                             "-Bsymbolic",
                             "--build-id=none",
                             "--hash-style=gnu",
                             "-z",
                             "norelro",
                             "-z",
                             "noseparate-code",
                             "--no-rosegment",
                             "--no-undefined",
                             "--threads=1",
                             "--no-mmap-output-file",
                             "-o",
                             outputPath.c_str(),
                             inputPath.c_str()};
  raw_string_ostream stream(log);
  lld::Result result;
  {
    // The linker keeps its state in globals.
    static std::mutex mutex;
    std::lock_guard<std::mutex> lock(mutex);
    result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  }
  writing.reset();
  reader.join();
  if (result.retCode != 0)
    return internalError("cannot link kernels: " + StringRef(log).trim().str());
  return Status::okay();
}

/// What a loader would need and we do not: dropped from the image.
bool isLinkage(const ELF64LE::Shdr &section) {
  switch (section.sh_type) {
  case ELF::SHT_DYNAMIC:
  case ELF::SHT_DYNSYM:
  case ELF::SHT_STRTAB:
  case ELF::SHT_GNU_HASH:
  case ELF::SHT_HASH:
    return true;
  default:
    return false;
  }
}

} // namespace

StatusOr<FlatImage> linkFlatImage(StringRef object) {
  SENNIT_RETURN_IF_ERROR(checkDefined(object));
  std::string shared;
  SENNIT_RETURN_IF_ERROR(link(object, shared));

  auto file = ELFFile<ELF64LE>::create(shared);
  if (!file)
    return elfError(file.takeError());
  auto sections = file->sections();
  if (!sections)
    return elfError(sections.takeError());

  // Place the allocated sections at their addresses relative to the first, rounded down so that alignments
  // survive.
  uint64_t begin = UINT64_MAX, end = 0, alignment = 64;
  std::vector<const ELF64LE::Shdr *> placed;
  for (const ELF64LE::Shdr &section : *sections) {
    if (!(section.sh_flags & ELF::SHF_ALLOC) || section.sh_size == 0 || isLinkage(section))
      continue;
    auto name = file->getSectionName(section);
    if (!name)
      return elfError(name.takeError());
    if (section.sh_type == ELF::SHT_RELA || section.sh_type == ELF::SHT_REL)
      return internalError("expected kernels without relocations, found section " + name->str());
    if ((section.sh_flags & ELF::SHF_WRITE) || section.sh_type != ELF::SHT_PROGBITS)
      return internalError("expected kernels of code and constants only, found section " + name->str());
    placed.push_back(&section);
    begin = std::min<uint64_t>(begin, section.sh_addr);
    end = std::max<uint64_t>(end, section.sh_addr + section.sh_size);
    alignment = std::max<uint64_t>(alignment, section.sh_addralign);
  }
  if (placed.empty())
    return internalError("expected kernels, found no code");
  begin -= begin % alignment;

  FlatImage flat;
  flat.image.resize(end - begin);
  for (const ELF64LE::Shdr *section : placed) {
    auto bytes = file->getSectionContents(*section);
    if (!bytes)
      return elfError(bytes.takeError());
    std::copy(bytes->begin(), bytes->end(), flat.image.begin() + (section->sh_addr - begin));
  }

  for (const ELF64LE::Shdr &section : *sections) {
    if (section.sh_type != ELF::SHT_DYNSYM)
      continue;
    auto symbols = file->symbols(&section);
    auto names = file->getStringTableForSymtab(section);
    if (!symbols)
      return elfError(symbols.takeError());
    if (!names)
      return elfError(names.takeError());
    for (const ELF64LE::Sym &symbol : *symbols) {
      if (symbol.getType() != ELF::STT_FUNC || symbol.st_shndx == ELF::SHN_UNDEF)
        continue;
      auto name = symbol.getName(*names);
      if (!name)
        return elfError(name.takeError());
      flat.symbols.emplace_back(name->str(), symbol.st_value - begin);
    }
  }
  std::sort(flat.symbols.begin(), flat.symbols.end());
  return flat;
}

} // namespace sennit
