// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace sennit::planner {

/// What a schema cannot say about `target`, which must conform to targets/schema.json: figures that cannot be
/// in the unit of their field, tables and curves that do not ascend, efficiencies above 1, links and sources
/// that are missing, figures that contradict each other. Each as "expected X, found Y at /path", in the order
/// of the rules in the source.
std::vector<std::string> findTargetOffences(const nlohmann::ordered_json &target);

} // namespace sennit::planner
