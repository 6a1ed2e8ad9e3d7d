// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "tools/cli/plan/Report.h"

#include <string>
#include <vector>

namespace sennit::cli {

/// How figures show an op.
struct OpStyle {
  std::string op, colour;         ///< colour: "#rrggbb"
  std::vector<std::string> names; ///< the longest first; at least one
};

/// Styles of the ops that the report has costs or pieces of, in its order. Ops that figures do not know by
/// name get spare colours in turn.
std::vector<OpStyle> stylesOf(const PlanReport &report);

} // namespace sennit::cli
