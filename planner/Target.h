// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the planner and the passes know about a machine kind. Plain values read from JSON (targets/*.json,
// described and constrained by targets/schema.json); thread-compatible.
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sennit::planner {

struct Cache {
  std::string name;
  int64_t bytes = 0;
  int64_t sharedBy = 1; ///< cores
  double gbPerSecondPerCore = 0;
};

/// The nn ops that one kernel of the target takes in besides its main one, by name without the "nn." prefix.
struct Absorbs {
  bool siblings = false;             ///< linears over the same rows share a kernel
  std::vector<std::string> prologue; ///< before a linear, into scratch
  std::vector<std::string> epilogue; ///< after a linear, on its sums
  std::vector<std::string> append;   ///< with the write into the cache
  std::vector<std::string> rows;     ///< with each other, without a linear
  int64_t blockRows = 1;             ///< the fewest rows that a prologue must hold at once
  int64_t scratchBytes = 0;          ///< on-chip bytes for them
};

/// How kernels run unless they say otherwise, see #tile.cpu.
struct Schedule {
  int64_t rows = 1, streams = 1, ahead = 0;
};

struct Target {
  std::string name;
  std::string kind;     ///< "cpu"
  std::string cpuLevel; ///< "avx2" or "avx512"
  int64_t cores = 1;
  double f32GflopsPerCore = 0;
  double i8GopsPerCore = 0;
  std::vector<Cache> caches; ///< nearest first
  double memoryGbPerSecondPerCore = 0;
  double memoryGbPerSecond = 0;
  Schedule schedule;
  Absorbs absorbs;
};

/// Reads a target from JSON text; `place` names it in errors, which list every offence.
StatusOr<Target> parseTarget(std::string_view text, const std::string &place);

/// The target that `nameOrPath` means: one of builtinTargetNames(), or else a file.
StatusOr<Target> loadTarget(const std::string &nameOrPath);

/// Targets that are compiled in, so that no tool needs the folder targets/ at run time.
const std::vector<std::string> &builtinTargetNames();

} // namespace sennit::planner
