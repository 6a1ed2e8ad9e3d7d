// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "planner/Problem.h"

namespace sennit::planner {

/// Nanoseconds of a linear of `gemm` whose tiles are sent, or come in, while it runs, and the share of the
/// machine that blocks for communication take meanwhile. The collective takes `collective` alone; with share
/// s it takes collective / P(s), and the linear loses s for that long, which is the tax of tileOverlapNs. The
/// best share is taken.
struct TileOverlap {
  double time = 0, share = 0;
};
TileOverlap overlapTiles(double gemm, double collective, int ranks, const Curve &network);

/// The problem with its all-reduces done tile by tile, an alternative for the planner: each becomes a
/// reduce-scatter inside the linear before it and an all-gather inside the linear behind it, each of half its
/// time; what lies between is left as it is. `isAllReduce` by node. The linears stay on the compute lane and
/// keep the network busy, too. An all-reduce whose neighbours are not linears of its rows stays. Source: T3
/// (ASPLOS 2024), Flux (2024).
Problem withTileOverlap(const Problem &problem, const std::vector<bool> &isAllReduce, int ranks);

} // namespace sennit::planner
