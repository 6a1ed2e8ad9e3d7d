// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "codegen/cuda/device/linear_shapes.cuh"
#include "dialects/tile/Tile.h"

namespace sennit {

/// The format of a packed view, which is never i32, as the device headers number it.
WeightFormat weightFormatOf(Format format);

} // namespace sennit
