// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The report of `sennit plan`, read from its JSON and checked, so that what renders it need not ask again.
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sennit::cli {

/// Rows [begin, end) of a step.
struct PlanRows {
  int64_t begin = 0, end = 0;
  bool operator==(const PlanRows &) const = default;
};

/// What one op costs in a whole step on all devices.
struct PlanOp {
  std::string op, kind; ///< kind: the JSON's "class", the resource that the op needs most
  double gflop = 0, memoryGb = 0, networkGb = 0;
  double computeMs = 0, memoryMs = 0, networkMs = 0; ///< on each resource alone
  double ms = 0;                                     ///< what is planned with
  std::string basis;                                 ///< where `ms` is from
};

enum class PlanLane { Compute, Memory, Network };
const char *laneName(PlanLane lane);

/// One piece of a node, where the plan puts it. Times are in ms from the step's begin.
struct PlanPiece {
  std::string node, op;
  std::optional<int64_t> layer; ///< none: before the first layer or after the last
  PlanRows rows;
  PlanLane lane = PlanLane::Compute;
  double share = 1; ///< of the machine, in [0, 1]; arithmetic takes what the others leave at each instant
  double start = 0, end = 0;
};

/// Something that the planner also looked at.
struct PlanAlternative {
  std::string alternative;
  std::optional<double> ms, losesByMs; ///< none: it could not be built, and `condition` says why
  std::string condition;
};

using PlanSplit = std::vector<std::pair<std::string, std::vector<PlanRows>>>; ///< op -> its row ranges

/// A value; see tools/compiler/Compiler.h for the fields of the JSON.
struct PlanReport {
  struct Model {
    std::string family, name;
    int64_t layers = 0, hiddenSize = 0;
    double parameters = 0;
  } model;
  std::string target;
  int64_t devices = 1;
  std::vector<std::pair<std::string, int64_t>> layout; ///< mesh axis -> devices along it
  struct Load {
    int64_t batch = 0, generatedRows = 0, promptRows = 0;
    double prompt = 0, output = 0; ///< tokens of a request
  } load;
  std::string objective;
  std::vector<PlanOp> ops; ///< in the order of the JSON, which is that of a layer
  double sequentialMs = 0, unsplitMs = 0, boundMs = 0, planMs = 0, steadyUsPerLayer = 0, tokensPerSecond = 0;
  bool isValid = false;
  std::vector<std::string> violations;
  std::string scheduler;
  double searchSeconds = 0;
  int64_t iterations = 0;
  std::string decision, condition;
  PlanSplit split; ///< in the order of `ops`, then by name
  std::vector<PlanPiece> pieces;
  std::vector<PlanAlternative> why;

  /// Tokens per second and device of a step that takes so long.
  double rateOf(double ms) const;
  /// Index of the op in `ops`; ops.size() where it is none of them.
  size_t orderOf(const std::string &op) const;
};

/// Reads the JSON of `sennit plan --json`; `place` names it in messages. Refuses a field that is missing or
/// of another kind, times that are not finite or below zero, a piece that ends before it starts, a share
/// outside [0, 1].
StatusOr<PlanReport> parsePlanReport(const nlohmann::json &json, const std::string &place);

/// The layers of which two repetitions make the steady state, taken from the middle, and their time.
struct SteadyWindow {
  std::optional<int64_t> first, last; ///< none: the plan has no layers
  std::optional<int64_t> next; ///< the layer at whose start the window ends; none: it ends with the plan
  double begin = 0, end = 0;   ///< ms; all of the plan where layers have no start of their own
};
SteadyWindow steadyWindow(const PlanReport &report);

/// "1 layer", "3 layers".
std::string counted(int64_t count, const std::string &what);
/// "0-512": rows as every rendering writes them.
std::string rowsText(const PlanRows &rows);
/// The row ranges of an op that are not empty, "0-512 512-2048".
std::string rangesText(const std::vector<PlanRows> &ranges);
/// "tp=8", or "one device".
std::string layoutText(const PlanReport &report);

} // namespace sennit::cli
