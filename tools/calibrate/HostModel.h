// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "tools/calibrate/Device.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sennit::calibrate {

/// Attention of the model below: 16 heads of 64 over 4 heads of keys and values.
inline constexpr int64_t modelHeads = 16, modelKvHeads = 4, modelHeadDim = 64;

/// Text at level nn of a model whose layers are linears of every pair of `widths`, `copies` of each, in one
/// chain, so that each reads what the one before it wrote and finds its weights in memory. Before them stand
/// two ops over rows, one layer of attention, once more with one query head for each
/// head of keys, and a linear of 32 results, after them a head of 16, so no width
/// is below 64.
std::string modelText(const std::vector<int64_t> &widths, const std::string &format, int copies,
                      int64_t contextLength);

/// A walk over `count` nodes that takes each ordered pair, a node with itself too, exactly once and returns
/// to node 0: its nodes without the return.
std::vector<size_t> walkOfAllPairs(size_t count);

} // namespace sennit::calibrate
