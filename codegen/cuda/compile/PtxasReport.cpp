// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
//   ptxas info    : Compiling entry function 'norm' for 'sm_90a'
//   ptxas info    : Function properties for norm
//   ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
//   ptxas info    : Used 40 registers, used 1 barriers, 512 bytes smem
#include "codegen/cuda/compile/PtxasReport.h"

#include <algorithm>
#include <charconv>

namespace sennit {

namespace {

/// The number that stands before `word`, as in "16 bytes smem"; 0 where the word is not there.
uint32_t numberBefore(std::string_view line, std::string_view word) {
  const size_t at = line.find(word);
  if (at == std::string_view::npos)
    return 0;
  size_t begin = at;
  while (begin > 0 && line[begin - 1] >= '0' && line[begin - 1] <= '9')
    --begin;
  uint32_t value = 0;
  std::from_chars(line.data() + begin, line.data() + at, value);
  return value;
}

} // namespace

std::map<std::string, PtxasFunction> parsePtxasReport(std::string_view log) {
  std::map<std::string, PtxasFunction> functions;
  PtxasFunction *current = nullptr;
  while (!log.empty()) {
    const size_t end = std::min(log.find('\n'), log.size());
    const std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    constexpr std::string_view entry = "Compiling entry function '", properties = "Function properties for ";
    if (const size_t at = line.find(entry); at != std::string_view::npos) {
      const std::string_view name = line.substr(at + entry.size());
      current = &functions[std::string(name.substr(0, name.find('\'')))];
    } else if (const size_t of = line.find(properties); of != std::string_view::npos) {
      // Of functions that are called, too; only entries count.
      const auto found = functions.find(std::string(line.substr(of + properties.size())));
      current = found == functions.end() ? nullptr : &found->second;
    } else if (current && line.find(" bytes stack frame") != std::string_view::npos) {
      current->stackBytes = numberBefore(line, " bytes stack frame");
      current->spillBytes =
          numberBefore(line, " bytes spill stores") + numberBefore(line, " bytes spill loads");
    } else if (current && line.find("Used ") != std::string_view::npos) {
      current->registers = numberBefore(line, " registers");
      current->sharedBytes = numberBefore(line, " bytes smem");
    }
  }
  return functions;
}

} // namespace sennit
