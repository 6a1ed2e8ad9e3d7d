// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "codegen/cuda/compile/CudaTarget.h"
#include "planner/Target.h"
#include "runtime/base/StatusOr.h"
#include "runtime/schema/types_generated.h"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sennit::compiler {

/// What `sennit compile` was asked for, checked. Field names are those of tools/compiler/Compiler.h.
struct CompileOptions {
  std::string input;
  std::string output;                   ///< empty: nothing is written (only with dumpAfter)
  std::string from;                     ///< checkpoint, nn, plan, tile, exec; empty: told by the content
  std::string params;                   ///< a checkpoint or safetensors file with the weights of IR text
  std::string dumpAfter;                ///< import, nn, plan, tile, exec; empty: no dump
  std::vector<schema::CpuLevel> levels; ///< ascending; none: code for devices alone
  std::vector<CudaTarget> devices;      ///< as they were asked for, each once
  uint32_t maxRows = 512;
  uint32_t maxSequences = 64;
  uint32_t maxContext = 0; ///< 0: the model's own
  schema::Format cache = schema::Format::F16;
  int64_t loadPrompt = 512, loadOutput = 256; ///< the load that costs are taken at: tokens of a request
  /// Nano-batches that the rows of every bucket are divided into; 1: not divided; 0: the planner decides.
  int64_t split = 0;
  bool strictSplit = false, strictOverlap = false; ///< a plan without is refused
  std::optional<planner::Target> calibration; ///< of a CPU: rates of its level, in place of the builtin's
  std::string calibrationFile;                ///< where it was read; plans are made for it, too
  bool madeUpWeights = false;                 ///< IR text without --params, for measurements
  bool progress = false;

  /// The target whose figures plans are made with: that of the calibration, else of the lowest CPU level,
  /// else of the first device.
  std::string planTarget() const;
};

StatusOr<CompileOptions> parseCompileOptions(const nlohmann::json &json);

/// Set by sennitInterrupt; polled between phases and while weights are written.
extern std::atomic<bool> interrupted;

/// Interrupted when the flag is set.
Status checkInterrupt();

} // namespace sennit::compiler
