// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What `sennit plan` shows of a report. They stand here and not in the compiler library since they need
// neither LLVM nor a model: `plan diff` works without the library. All are pure: the same report, the same
// bytes.
#pragma once

#include "tools/cli/plan/Report.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace sennit::cli {

/// One screen for a terminal: load, ops, times, split, and why other plans lost.
std::string renderPlanText(const PlanReport &report);

/// A figure of the steady state, two layers long: a lane for each resource, bars as high as their share of
/// the machine, a colour for each op. A whole SVG file without scripts or references.
std::string renderPlanSvg(const PlanReport &report);

/// The whole step as trace events, a track for each lane. Events carry the plan node's name as those of
/// `sennit bench --trace` do, under a process of their own, so that both open side by side.
std::string renderPlanTrace(const PlanReport &report);

/// How plan `b` differs from plan `a`: `same` (bool), and lists `context` (model, target, load and the like),
/// `times`, `split` and `shares` of what differs, each entry with fields a and b.
nlohmann::ordered_json diffPlans(const PlanReport &a, const PlanReport &b);
/// That answer for a reader.
std::string renderPlanDiff(const nlohmann::ordered_json &diff);

/// What a device holds, and whether it fits: the field "memory" of a report.
std::string renderMemory(const nlohmann::json &memory);

/// What plans over the batch come to: the field "sweep" of a report (tools/compiler/PlanSweep.h).
std::string renderSweep(const nlohmann::json &sweep);

/// What was planned for each bucket: the field "buckets" of a report, one line each.
std::string renderBuckets(const nlohmann::json &buckets);

} // namespace sennit::cli
