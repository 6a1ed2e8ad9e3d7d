// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/device/emulated_machine.h"
#include "runtime/device/emulated/DriverObjects.h"
#include "runtime/device/emulated/Emulator.h"

#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace sennit::emulated {

namespace {

constexpr int machineCuda = 190; // EM_CUDA

/// The bytes of an ELF file of which only the begin is given, as cuModuleLoadData gives no size.
size_t elfBytes(const unsigned char *image) {
  Elf64_Ehdr header;
  std::memcpy(&header, image, sizeof header);
  size_t end = std::max<size_t>(header.e_shoff + size_t(header.e_shnum) * header.e_shentsize,
                                header.e_phoff + size_t(header.e_phnum) * header.e_phentsize);
  for (size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, image + header.e_shoff + i * header.e_shentsize, sizeof section);
    if (section.sh_type != SHT_NOBITS)
      end = std::max<size_t>(end, section.sh_offset + section.sh_size);
  }
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, image + header.e_phoff + i * header.e_phentsize, sizeof segment);
    end = std::max<size_t>(end, segment.p_offset + segment.p_filesz);
  }
  return end;
}

LoadedModule refused(cu::Result result, std::string error) {
  return {nullptr, result, "cuModuleLoadData: " + std::move(error)};
}

/// dlopen() of bytes.
void *openBytes(const unsigned char *bytes, size_t size, std::string &error) {
  const int file = ::memfd_create("sennit-module", MFD_CLOEXEC);
  void *library = nullptr;
  size_t written = 0;
  while (file >= 0 && written < size) {
    const ssize_t step = ::write(file, bytes + written, size - written);
    if (step <= 0)
      break;
    written += size_t(step);
  }
  if (file >= 0 && written == size) {
    library = ::dlopen(("/proc/self/fd/" + std::to_string(file)).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
      error = ::dlerror();
  } else
    error = "no memory for a file of " + std::to_string(size) + " bytes";
  if (file >= 0)
    ::close(file);
  return library;
}

} // namespace

ModuleState::~ModuleState() {
  if (library)
    ::dlclose(library);
}

LoadedModule loadModule(const void *image) {
  const auto *bytes = static_cast<const unsigned char *>(image);
  if (std::memcmp(bytes, ELFMAG, SELFMAG) != 0)
    return refused(cu::InvalidImage, "expected a shared object of an emulated target, found no ELF file");
  Elf64_Ehdr header;
  std::memcpy(&header, bytes, sizeof header);
  if (header.e_machine == machineCuda)
    return refused(cu::NoBinaryForGpu, "expected a shared object of an emulated target, found a cubin");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64 || header.e_type != ET_DYN)
    return refused(cu::InvalidImage, "expected a shared object for x86-64, found another ELF file");
  auto module = std::make_unique<ModuleState>();
  std::string error;
  module->library = openBytes(bytes, elfBytes(bytes), error);
  if (!module->library)
    return refused(cu::InvalidImage, "the shared object does not load: " + error);
  auto *table = static_cast<const EmulatedMachine **>(::dlsym(module->library, "sennit_machine"));
  if (!table)
    return refused(cu::InvalidImage, "the shared object has no sennit_machine");
  *table = machine();
  return {std::move(module), cu::Success, ""};
}

void *findKernel(const ModuleState &module, const char *name) {
  void *entry = ::dlsym(module.library, name);
  void *table = ::dlsym(module.library, "sennit_machine");
  Dl_info own{}, found{};
  // dlsym also finds what the module's libraries have.
  if (!entry || entry == table || !::dladdr(entry, &found) || !::dladdr(table, &own) ||
      found.dli_fbase != own.dli_fbase)
    return nullptr;
  return entry;
}

void Objects::clear() {
  executables.clear();
  nodes.clear();
  graphs.clear();
  events.clear();
  streams.clear();
  functions.clear();
  modules.clear();
}

std::string Objects::describe() const {
  std::string text;
  const auto add = [&](size_t count, const char *what) {
    if (count)
      text += std::to_string(count) + " " + what + ", ";
  };
  add(modules.size(), "modules");
  add(streams.size(), "streams");
  add(events.size(), "events");
  add(graphs.size(), "graphs");
  add(executables.size(), "executable graphs");
  return text;
}

} // namespace sennit::emulated
