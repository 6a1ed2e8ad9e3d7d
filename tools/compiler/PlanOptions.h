// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "planner/StepPlanner.h"
#include "runtime/base/StatusOr.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace sennit::compiler {

enum class PlanObjective { Throughput, Latency };
enum class PlanSplitMode { Auto, Off, Equal };

/// What `sennit plan` was asked for, checked. Field names are those of tools/compiler/Compiler.h.
struct PlanOptions {
  std::string config;         ///< config.json, a directory with one, or GGUF
  std::string target;         ///< name or file
  int64_t tensorParallel = 0; ///< devices along mesh axis "tp"; 0: all of the target
  int64_t batch = 2048;       ///< rows of a step, at least 1; 1 where latency is asked for and no batch said
  int64_t prompt = 512;       ///< tokens of a request's prompt, at least 1
  int64_t output = 1024;      ///< tokens that a request generates
  /// Milliseconds of each op in a whole step, for planner::withGivenTimes; empty: by the target.
  std::map<std::string, double> opTimes;
  double splitPenalty = 0;
  PlanObjective objective = PlanObjective::Throughput;
  double budgetSeconds = 10;   ///< ends the search early
  int64_t iterations = 60'000; ///< schedules that a search looks at
  PlanSplitMode split = PlanSplitMode::Auto;
  int equalParts = 1; ///< with PlanSplitMode::Equal
  int maxParts = 4;   ///< of one op, 1 to 8; at least equalParts
  planner::Scheduler scheduler = planner::Scheduler::Search;
  uint64_t seed = 1;
  bool emit = false;    ///< also the plan as text
  bool sweep = false;   ///< also plans over the batch, to where splitting begins to pay
  bool buckets = false; ///< also a plan for each bucket of a package of so many rows
};

/// Checks the options of one call. Refuses unknown fields, numbers out of range, op times that are not
/// exactly the seven ops, mesh axes other than tp, and demands that contradict each other, each in one
/// sentence that names the flag.
StatusOr<PlanOptions> parsePlanOptions(const nlohmann::json &options);

/// The word of the flag for a value: "throughput", "search".
const char *nameOf(PlanObjective objective);
const char *nameOf(planner::Scheduler scheduler);

} // namespace sennit::compiler
