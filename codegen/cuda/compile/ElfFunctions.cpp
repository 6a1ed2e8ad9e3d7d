// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/compile/ElfFunctions.h"

#include <cstring>
#include <elf.h>
#include <optional>

namespace sennit {

namespace {

template <typename T>
std::optional<T> at(std::string_view file, uint64_t offset) {
  if (offset > file.size() || sizeof(T) > file.size() - offset)
    return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

/// The zero-terminated text at `offset` of a string section.
std::string_view textAt(std::string_view file, const Elf64_Shdr &section, uint64_t offset) {
  if (offset >= section.sh_size || section.sh_offset > file.size() ||
      section.sh_size > file.size() - section.sh_offset)
    return {};
  const std::string_view rest = file.substr(section.sh_offset + offset, section.sh_size - offset);
  return rest.substr(0, rest.find('\0'));
}

} // namespace

std::map<std::string, uint32_t> elfFunctions(std::string_view file) {
  std::map<std::string, uint32_t> functions;
  const auto header = at<Elf64_Ehdr>(file, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64)
    return functions;
  const auto sectionAt = [&](uint64_t i) {
    return at<Elf64_Shdr>(file, header->e_shoff + i * sizeof(Elf64_Shdr));
  };
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto symbols = sectionAt(i);
    if (!symbols || (symbols->sh_type != SHT_SYMTAB && symbols->sh_type != SHT_DYNSYM))
      continue;
    const auto names = sectionAt(symbols->sh_link);
    for (uint64_t j = 0; names && j < symbols->sh_size / sizeof(Elf64_Sym); ++j) {
      const auto symbol = at<Elf64_Sym>(file, symbols->sh_offset + j * sizeof(Elf64_Sym));
      if (!symbol)
        break;
      if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF)
        if (const std::string_view name = textAt(file, *names, symbol->st_name); !name.empty())
          functions[std::string(name)] = uint32_t(symbol->st_size);
    }
  }
  return functions;
}

} // namespace sennit
