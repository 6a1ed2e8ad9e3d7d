// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "dialects/tile/Tile.h"

namespace sennit {

/// Checks that a section is attention as the primitives of codegen/cuda/device/attention*.cuh compute it: the
/// ops from the fills of the carried tiles to the division of the sums, op for op. Emits an error at the
/// first op that is not as expected.
mlir::LogicalResult checkAttentionBody(tile::ColumnsOp section);

/// The op that divides the sums by the sum of the weights, the first behind tile.keys.
tile::MapOp attentionResult(tile::KeysOp keys);

} // namespace sennit
