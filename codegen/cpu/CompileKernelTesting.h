// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// For tests: native code mapped into this process.
#pragma once

#include "codegen/cpu/CompileKernel.h"

#include <cstring>
#include <memory>
#include <sys/mman.h>

namespace sennit {

/// Code of an image, read-execute. Owns the mapping. Load only images of a level that hostRuns.
class LoadedCode {
public:
  explicit LoadedCode(const NativeCode &code) : symbols(code.symbols), bytes(code.image.size()) {
    base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
      return;
    std::memcpy(base, code.image.data(), bytes);
    mprotect(base, bytes, PROT_READ | PROT_EXEC);
  }
  LoadedCode(const LoadedCode &) = delete;
  ~LoadedCode() {
    if (base != MAP_FAILED)
      munmap(base, bytes);
  }

  /// The function, or null where the image has none of that name.
  template <typename Function>
  Function *find(const std::string &name) const {
    for (const auto &[symbol, offset] : symbols)
      if (symbol == name && base != MAP_FAILED)
        return reinterpret_cast<Function *>(static_cast<char *>(base) + offset);
    return nullptr;
  }

private:
  std::vector<std::pair<std::string, uint64_t>> symbols;
  size_t bytes;
  void *base;
};

} // namespace sennit
