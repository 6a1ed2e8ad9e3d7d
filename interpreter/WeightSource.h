// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sennit {

/// Where the interpreter gets stored parameters from: a checkpoint, a package, or a test's table. Borrowed by
/// its user for as long as that lives; thread-compatible.
class WeightSource {
public:
  virtual ~WeightSource() = default;

  /// Fills `bytes` with row `row` of parameter `name` in its storage format (block bytes as in GGUF: q8_0 34,
  /// q4_0 18, q4_1 20 bytes per 32 elements). A vector has the one row 0. `bytes.size()` is what the module's
  /// type says; a source whose parameter has another size refuses.
  virtual Status readRow(std::string_view name, int64_t row, std::span<uint8_t> bytes) = 0;
};

} // namespace sennit
