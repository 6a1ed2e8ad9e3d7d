// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/tile/Tile.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sennit::tile;

/// `?x3x64`, without a trailing x.
static ParseResult parseShape(AsmParser &parser, SmallVector<int64_t> &shape) {
  return parser.parseDimensionList(shape, /*allowDynamic=*/true, /*withTrailingX=*/false);
}

static void printShape(AsmPrinter &printer, ArrayRef<int64_t> shape) {
  printer.printDimensionList(shape);
}

#define GET_TYPEDEF_CLASSES
#include "dialects/tile/TileTypes.cpp.inc"

namespace sennit::tile {

void TileDialect::registerTileTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/tile/TileTypes.cpp.inc"
      >();
}

bool isBlockFormat(Format format) {
  return format == Format::Q8_0 || format == Format::Q4_0 || format == Format::Q4_1;
}

Element tensorOperandFor(Format weight) {
  return weight == Format::F32 ? Element::Split : weight == Format::BF16 ? Element::BF16 : Element::F16;
}

ViewType ViewType::getStep(MLIRContext *context) {
  return get(context, {ShapedType::kDynamic}, Format::I32, ViewLayout::Rows);
}

TileType TileType::withLevel(Level level) const {
  return get(getContext(), getShape(), getElement(), level);
}

/// Only the first dimension may be dynamic.
static bool hasGoodSizes(ArrayRef<int64_t> shape) {
  for (auto [i, size] : llvm::enumerate(shape))
    if (ShapedType::isDynamic(size) ? i != 0 : size < 1)
      return false;
  return true;
}

LogicalResult ViewType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                               Format format, ViewLayout layout) {
  // view_c1
  bool cache = layout == ViewLayout::Keys || layout == ViewLayout::Values;
  size_t least = cache ? 3 : layout == ViewLayout::Packed ? 2 : 1, most = cache ? 3 : 2;
  if (shape.size() < least || shape.size() > most)
    return emitError() << "a view with layout " << stringifyViewLayout(layout) << " cannot have rank "
                       << shape.size();
  // view_c2
  if (!hasGoodSizes(shape) || (layout == ViewLayout::Packed && ShapedType::isDynamic(shape[0])))
    return emitError()
           << "expected positive sizes, and '?' at most in the first of a view that is not packed";
  // view_c3
  bool good = cache                          ? format == Format::F32 || format == Format::F16
              : layout == ViewLayout::Packed ? format != Format::I32
                                             : !isBlockFormat(format);
  if (!good)
    return emitError() << "a view with layout " << stringifyViewLayout(layout) << " cannot hold "
                       << stringifyFormat(format);
  // view_c4
  if (isBlockFormat(format) && shape.back() % 32 != 0)
    return emitError() << "expected a multiple of 32 for the width of " << stringifyFormat(format)
                       << ", found " << shape.back();
  return success();
}

LogicalResult TileType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                               Element element, Level level) {
  // tile_c1
  if (shape.size() != 2 && shape.size() != 3)
    return emitError() << "expected a tile of rank 2 or 3, found rank " << shape.size();
  if (!hasGoodSizes(shape) || (!ShapedType::isDynamic(shape[0]) && shape[0] != 1))
    return emitError() << "expected '?' or 1 as the first size of a tile, and positive sizes after it";
  // tile_c2
  if (element == Element::Q8 && (level != Level::Shared || shape.size() != 2 || shape.back() % 32 != 0))
    return emitError() << "a q8 tile must be shared, of rank 2, and a multiple of 32 wide";
  // tile_c3
  bool operand = element == Element::F16 || element == Element::BF16 || element == Element::Split;
  if (operand && (level == Level::Reg || shape.size() != 2))
    return emitError() << "a tile of " << stringifyElement(element)
                       << " must be shared or scratch, and of rank 2";
  if (!operand && level == Level::Scratch)
    return emitError() << "a scratch tile must hold f16, bf16 or split, found " << stringifyElement(element);
  return success();
}

} // namespace sennit::tile
