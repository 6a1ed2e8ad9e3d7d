// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/schema/types_generated.h"

#include <string>

namespace sennit {

/// "avx2" or "avx512".
const char *cpuLevelName(schema::CpuLevel level);

/// The features of `level` that this CPU (or its operating system) lacks, as "AVX512-VNNI, AVX512-BW"; empty
/// where it has them all. Thread-safe.
std::string missingCpuFeatures(schema::CpuLevel level);

inline bool cpuHasLevel(schema::CpuLevel level) {
  return missingCpuFeatures(level).empty();
}

} // namespace sennit
