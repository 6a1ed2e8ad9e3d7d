// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
//   .section .text.norm,"ax",@progbits
//           /*0010*/               @!P0 LDG.E.128.CONSTANT R4, desc[UR4][R2.64] ;
#include "codegen/cuda/compile/Disassemble.h"

#include "codegen/cuda/compile/FindTools.h"
#include "codegen/cuda/compile/RunProgram.h"
#include "runtime/base/TemporaryFolder.h"

#include <algorithm>
#include <unistd.h>

namespace sennit {

namespace {

/// The opcode of a line of code; "" where the line is none.
std::string_view opcodeOf(std::string_view line) {
  // Code lines begin with their address; a second line of an instruction has none, or only its bits.
  const size_t open = line.find("/*"), close = line.find("*/");
  if (open == std::string_view::npos || close == std::string_view::npos ||
      line.find_first_not_of(" \t") != open || line.find(';') == std::string_view::npos)
    return {};
  line.remove_prefix(close + 2);
  const auto word = [&]() -> std::string_view {
    line.remove_prefix(std::min(line.find_first_not_of(" \t{"), line.size()));
    const std::string_view found = line.substr(0, line.find_first_of(" \t;"));
    line.remove_prefix(found.size());
    return found;
  };
  const std::string_view first = word();
  return first.starts_with("@") ? word() : first;
}

} // namespace

uint32_t SassCounts::of(std::string_view prefix) const {
  uint32_t sum = 0;
  for (auto place = opcodes.lower_bound(std::string(prefix));
       place != opcodes.end() && place->first.starts_with(prefix); ++place)
    if (place->first.size() == prefix.size() || place->first[prefix.size()] == '.')
      sum += place->second;
  return sum;
}

std::map<std::string, SassCounts> countSass(std::string_view text) {
  std::map<std::string, SassCounts> functions;
  SassCounts *current = nullptr;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // A .sectioninfo follows a .section where the code is of an architecture before 9.0.
    constexpr std::string_view section = ".section", code = ".text.";
    if (const size_t at = line.find(section);
        at != std::string_view::npos && line.substr(at + section.size()).find_first_of(" \t") == 0) {
      const size_t name = line.find(code, at);
      current = name == std::string_view::npos
                    ? nullptr
                    : &functions[std::string(line.substr(
                          name + code.size(), line.find_first_of(",\t ", name) - name - code.size()))];
    } else if (const std::string_view opcode = opcodeOf(line); current && !opcode.empty()) {
      ++current->opcodes[std::string(opcode)];
    }
  }
  return functions;
}

std::string findNvdisasm() {
  if (const std::string given = environment("SENNIT_NVDISASM"); !given.empty())
    return given;
  if (const std::string found = findOnPath({"nvdisasm"}); !found.empty())
    return found;
  for (const std::string &folder : cudaFolders("bin"))
    if (const std::string path = folder + "/nvdisasm"; ::access(path.c_str(), X_OK) == 0)
      return path;
  return "";
}

StatusOr<std::map<std::string, SassCounts>> disassemble(std::string_view cubin) {
  const std::string path = findNvdisasm();
  if (path.empty())
    return Status(Code::Unavailable, "counting instructions needs nvdisasm, found none; "
                                     "pip install nvidia-cuda-nvdisasm==13.*");
  SENNIT_ASSIGN_OR_RETURN(auto folder, TemporaryFolder::create("a cubin"));
  SENNIT_RETURN_IF_ERROR(folder->write("code.cubin", std::string(cubin)));
  SENNIT_ASSIGN_OR_RETURN(ProgramResult result, runProgram({path, "-c", folder->path() + "/code.cubin"}));
  if (result.exitCode != 0)
    return invalidInput(path + ": " + result.output.substr(0, result.output.find('\n')));
  return countSass(result.output);
}

} // namespace sennit
