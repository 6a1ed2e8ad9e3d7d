// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Whether two stores may write the same element. Internal to passes/tile.
#pragma once

#include "dialects/tile/Tile.h"

namespace sennit {

/// Whether `a` and `b`, which write one view, may write one element of a row. Within `loop` they run in
/// different rounds of it; null: in the same round of every loop. True where that cannot be told.
bool mayOverlap(tile::StoreOp a, tile::StoreOp b, tile::ForOp loop);

} // namespace sennit
