// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cpu/CompileKernelLink.h"

#include "lld/Common/Driver.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <mutex>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace llvm;
using namespace llvm::object;

namespace sennit {
namespace {

/// An anonymous file that the linker opens by path. Owns the descriptor.
class MemoryFile {
public:
  explicit MemoryFile(const char *name) : descriptor(memfd_create(name, MFD_CLOEXEC)) {}
  MemoryFile(const MemoryFile &) = delete;
  ~MemoryFile() {
    if (descriptor >= 0)
      close(descriptor);
  }

  bool valid() const { return descriptor >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor); }

  bool write(StringRef bytes) {
    while (!bytes.empty()) {
      ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
      if (done <= 0)
        return false;
      bytes = bytes.drop_front(done);
    }
    return true;
  }

  bool read(std::string &bytes) {
    struct stat info;
    if (fstat(descriptor, &info) != 0)
      return false;
    bytes.resize(info.st_size);
    for (size_t at = 0; at < bytes.size();) {
      ssize_t done = pread(descriptor, bytes.data() + at, bytes.size() - at, at);
      if (done <= 0)
        return false;
      at += done;
    }
    return true;
  }

private:
  int descriptor;
};

Status elfError(Error error) { return internalError("cannot read linked kernels: " + toString(std::move(error))); }

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

Status link(StringRef object, std::string &shared) {
  MemoryFile input("sennit-object"), output("sennit-image");
  if (!input.valid() || !output.valid() || !input.write(object))
    return resourceExhausted("cannot create an anonymous file for linking kernels");
  std::string inputPath = input.path(), outputPath = output.path(), log;
  // Symbols bind inside the image; one segment suffices since nothing is loaded from this file as it is.
  const char *arguments[] = {"ld.lld",        "-shared",      "-Bsymbolic",        "--build-id=none",
                             "-z",            "norelro",      "-z",                "noseparate-code",
                             "--no-rosegment", "--no-undefined", "--threads=1",     "--no-mmap-output-file",
                             "--hash-style=gnu", "-o",        outputPath.c_str(),  inputPath.c_str()};
  raw_string_ostream stream(log);
  // The linker keeps its state in globals.
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  lld::Result result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return internalError("cannot link kernels: " + StringRef(log).trim().str());
  if (!output.read(shared) || shared.empty())
    return internalError("cannot read back linked kernels");
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

  // Place the allocated sections at their addresses relative to the first, rounded down so that alignments survive.
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
