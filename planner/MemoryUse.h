// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "planner/Problem.h"

namespace sennit::planner {

/// The most bytes of a tier that storages take at one instant, each from the first start to the last end of
/// what touches it. Pieces state their ends.
double peakBytes(const Problem &problem, const Solution &solution, unsigned tier);

} // namespace sennit::planner
