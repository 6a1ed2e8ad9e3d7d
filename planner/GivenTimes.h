// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "planner/Problem.h"
#include "runtime/base/StatusOr.h"

#include <map>
#include <string>

namespace sennit::planner {

/// The problem with times that somebody measured: `milliseconds` says for each op of the whole step (all its nodes
/// together), by name, how long it takes. A piece costs its share of rows; nodes of one op share its time alike,
/// those of "network" by `wireBytes`, by node. Nothing else counts: other nodes are left out, and what depended on
/// them depends on what they depended on. `splitPenalty` goes to all lanes but the network's. InvalidInput where an op
/// has no time, or a time no op.
StatusOr<Problem> withGivenTimes(const Problem &problem, const std::map<std::string, double> &milliseconds,
                                 double splitPenalty, const std::vector<double> &wireBytes);

/// The ops that times can be given for.
const std::vector<std::string> &timedOps();

} // namespace sennit::planner
