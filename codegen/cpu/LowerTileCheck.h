// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a verified kernel must fulfil beyond the dialect's rules for a CPU to run it. Internal to LowerTile.
#pragma once

#include "dialects/tile/Tile.h"
#include "runtime/schema/types_generated.h"

namespace sennit {

/// Emits an error at each op that this lowering has no form for.
mlir::LogicalResult checkForCpu(tile::KernelOp kernel, schema::CpuLevel level);

} // namespace sennit
