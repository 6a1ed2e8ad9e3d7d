// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The tile dialect: how one kernel works. See docs/dialects/tile.md.
#pragma once

#include "dialects/Common.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/tile/TileDialect.h.inc"
#include "dialects/tile/TileEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/tile/TileAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/tile/TileTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/tile/TileOps.h.inc"

namespace sennit::tile {

/// Columns that one step of a linear section and one evaluation of a reg tile cover, on every target.
inline constexpr int64_t lanes = 16;

/// Whether a format stores blocks of 32 elements along k.
bool isBlockFormat(Format format);

/// What activations are encoded as to meet a weight on tensor cores.
Element tensorOperandFor(Format weight);

} // namespace sennit::tile
