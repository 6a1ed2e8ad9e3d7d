// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Where the time of a step goes, kernel by kernel.
#pragma once

#include "runtime/base/Phases.h"
#include "runtime/program/StepRecorder.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <vector>

namespace sennit::cli {

/// Per step of the given roles: kernels by falling time, then what went elsewhere, so that the parts add up
/// to `seconds`, the time that all these steps took. `others` are parts of it that the caller measured;
/// `restName` is what is left. Null where there was no step.
///   {steps, us_per_step, kernels: [{kernel, launches, us, share, gb_per_s, gflop_per_s, predicted_us}],
///    others: [{name, us, share}]}
nlohmann::ordered_json profileSteps(const Package &package, const StepRecorder &recorder,
                                    const std::vector<schema::StepRole> &roles, double seconds,
                                    std::span<const Phase> others, const char *restName);

/// The same as a table under a heading; "" of null.
std::string profileTable(const std::string &heading, const nlohmann::ordered_json &profile);

} // namespace sennit::cli
