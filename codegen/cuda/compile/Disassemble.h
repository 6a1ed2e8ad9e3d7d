// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What machine code consists of, by NVIDIA's nvdisasm where it is found: for tests and reports.
#pragma once

#include "runtime/base/StatusOr.h"

#include <map>
#include <string>
#include <string_view>

namespace sennit {

/// How often each opcode stands in a function, by its text with all modifiers: "HMMA.16816.F32",
/// "LDG.E.128.CONSTANT".
struct SassCounts {
  std::map<std::string, uint32_t> opcodes;

  /// Of all opcodes that begin with `prefix`, up to a dot: of("LDG") counts LDG.E and LDG.E.128, not
  /// LDGSTS.E.
  uint32_t of(std::string_view prefix) const;
};

/// The functions of a text of nvdisasm, by name.
std::map<std::string, SassCounts> countSass(std::string_view text);

/// $SENNIT_NVDISASM where that is set, otherwise nvdisasm on PATH or in cudaFolders("bin"); "" where there is
/// none.
std::string findNvdisasm();

/// Disassembles a cubin. Unavailable where nvdisasm is not found: the message says how to get it.
StatusOr<std::map<std::string, SassCounts>> disassemble(std::string_view cubin);

} // namespace sennit
