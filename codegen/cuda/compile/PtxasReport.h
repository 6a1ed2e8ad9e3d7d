// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the assembler says of each function.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sennit {

struct PtxasFunction {
  uint32_t registers = 0;   ///< of a thread
  uint32_t spillBytes = 0;  ///< stored and loaded again because registers ran out
  uint32_t stackBytes = 0;  ///< local memory of a thread, spills among it
  uint32_t sharedBytes = 0; ///< static shared memory of a block
  bool operator==(const PtxasFunction &) const = default;
};

/// The functions of a log of `ptxas -v`, by name. Lines of other kinds are skipped.
std::map<std::string, PtxasFunction> parsePtxasReport(std::string_view log);

} // namespace sennit
