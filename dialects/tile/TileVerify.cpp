// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// One check for each numbered constraint that TileOps.td states and ODS cannot.
#include "dialects/tile/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;

namespace sennit::tile {

//===-- Structure
//------------------------------------------------------------------------------------------------===//

LogicalResult KernelOp::verify() {
  // kernel_c1
  Block *block = getBodyBlock();
  if (block->getNumArguments() == 0 || !getRow().getType().isIndex())
    return emitOpError("expected an index as the last argument");
  for (BlockArgument view : getViews())
    if (!isa<ViewType>(view.getType()))
      return emitOpError("expected a view for argument ")
             << view.getArgNumber() << ", found " << view.getType();
  // kernel_c2
  if (static_cast<int64_t>(getRowBlock()) < 1)
    return emitOpError("expected a block of at least 1 row, found ") << static_cast<int64_t>(getRowBlock());
  // kernel_c6
  if (auto byLevel = dyn_cast_if_present<DictionaryAttr>(getScheduleAttr()))
    for (NamedAttribute entry : byLevel)
      if (!isa<CpuAttr>(entry.getValue()) || (entry.getName() != "avx2" && entry.getName() != "avx512"))
        return emitOpError("expected #tile.cpu schedules for avx2 and avx512, found ")
               << entry.getName() << " = " << entry.getValue();
  return success();
}

static bool isLinear(ContractOp contract) {
  return contract.getView().getType().getLayout() == ViewLayout::Packed;
}

LogicalResult KernelOp::verifyRegions() {
  // kernel_c3
  bool hasSections = !getSections().empty();
  bool sectionSeen = false, prologueSeen = false;
  CudaAttr cuda = getCudaSchedule();
  bool encodes = cuda && cuda.getForm() == CudaForm::Encode;
  for (Operation &op : *getBodyBlock()) {
    if (isa<ColumnsOp>(op)) {
      sectionSeen = true;
    } else if (isa<PrologueOp>(op)) {
      if ((!hasSections && !encodes) || prologueSeen || sectionSeen)
        return op.emitOpError("expected at most one prologue, before the column sections of its kernel");
      prologueSeen = true;
    } else if ((hasSections || encodes) && isa<TileDialect>(op.getDialect()) &&
               !isa<BarrierOp, EncodedOp>(op)) {
      return op.emitOpError("expected only a prologue and column sections in a kernel with columns");
    }
  }
  WalkResult walk = getBody().walk([&](Operation *op) -> WalkResult {
    // kernel_c4
    if (auto contract = dyn_cast<ContractOp>(op); contract && isLinear(contract)) {
      auto section = isa<StageOp>(op->getParentOp()) ? op->getParentOfType<ColumnsOp>()
                                                     : dyn_cast<ColumnsOp>(op->getParentOp());
      if (!section || section.getStep() != lanes || section.getLower() % lanes != 0)
        return op->emitOpError(
            "expected a packed weight directly in columns of step 16 from a multiple of 16");
    }
    // kernel_c7
    if (!cuda && isa<BarrierOp, StageOp, AsyncLoadOp, EncodedOp>(op))
      return op->emitOpError("expected a #tile.cuda schedule of its kernel");
    if (auto encode = dyn_cast<EncodeOp>(op);
        encode && !cuda && encode.getResult().getType().isTensorOperand())
      return op->emitOpError("expected a #tile.cuda schedule of its kernel for a result of ")
             << stringifyElement(encode.getResult().getType().getElement());
    // kernel_c5
    if (isa<KeysOp>(op)) {
      auto section = dyn_cast<ColumnsOp>(op->getParentOp());
      if (!section || section.getStep() != 1)
        return op->emitOpError("expected keys directly in columns of step 1");
    }
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

/// Types agree but for the level, which may be reg where a shared tile is expected.
static bool isStorableAs(Type found, Type expected) {
  auto tile = dyn_cast<TileType>(found), wanted = dyn_cast<TileType>(expected);
  return tile && wanted && tile.getShape() == wanted.getShape() && tile.getElement() == wanted.getElement();
}

LogicalResult PrologueOp::verifyRegions() {
  // prologue_c1
  auto yield = dyn_cast<YieldOp>(getBodyBlock()->getTerminator());
  if (!yield || yield.getValues().getTypes() != getResultTypes())
    return emitOpError("expected to yield exactly its result types");
  CudaAttr cuda = cast<KernelOp>((*this)->getParentOp()).getCudaSchedule();
  Level level = cuda && cuda.getForm() == CudaForm::Encode ? Level::Scratch : Level::Shared;
  for (Type type : getResultTypes())
    if (cast<TileType>(type).getLevel() != level)
      return emitOpError("expected ") << stringifyLevel(level) << " results, found " << type;
  return success();
}

template <typename RangeOp>
static LogicalResult verifyRange(RangeOp op) {
  // columns_c1, for_c1
  Block *block = op.getBodyBlock();
  if (block->getNumArguments() != 1 || !op.getIndex().getType().isIndex())
    return op.emitOpError("expected one index as block argument");
  int64_t lower = op.getLower(), upper = op.getUpper(), step = op.getStep();
  if (lower < 0 || upper <= lower || step < 1)
    return op.emitOpError("expected 0 <= lower < upper and a step of at least 1, found ")
           << lower << " to " << upper << " step " << step;
  return success();
}
LogicalResult ColumnsOp::verify() {
  return verifyRange(*this);
}
LogicalResult ForOp::verify() {
  return verifyRange(*this);
}

LogicalResult KeysOp::verifyRegions() {
  // keys_c1
  for (Type type : getInits().getTypes()) {
    auto tile = cast<TileType>(type), first = cast<TileType>(getInits()[0].getType());
    if (tile.getElement() != Element::F32 || !tile.isShared() || !tile.hasRows() ||
        tile.getShape().drop_back() != first.getShape().drop_back())
      return emitOpError(
                 "expected carried tiles that are shared f32 and agree in all but the last dimension, found ")
             << type;
  }
  // keys_c2
  SmallVector<Type> expected{
      BlockType::get(getContext()),
      TileType::get(getContext(), {ShapedType::kDynamic, 1, 1}, Element::I32, Level::Reg)};
  llvm::append_range(expected, getInits().getTypes());
  if (TypeRange(getBodyBlock()->getArgumentTypes()) != TypeRange(expected))
    return emitOpError("expected a block, a ?x1x1 reg tile of i32 and the carried tiles as block arguments");
  auto yield = dyn_cast<YieldOp>(getBodyBlock()->getTerminator());
  if (!yield || getResultTypes() != getInits().getTypes() || yield.getValues().size() != getInits().size())
    return emitOpError("expected results and yielded tiles for exactly the carried tiles");
  for (auto [value, init] : llvm::zip(yield.getValues(), getInits()))
    if (!isStorableAs(value.getType(), init.getType()))
      return emitOpError("expected to yield ") << init.getType() << ", found " << value.getType();
  return success();
}

//===-- Memory
//---------------------------------------------------------------------------------------------------===//

/// Elements of one row, over the group.
static int64_t rowElements(TileType tile) {
  return tile.getGroup() * tile.getColumns();
}

/// Whether the elements of a row fit into a view; the 16 columns of a linear section may reach past its end.
static bool fitsWidth(TileType tile, int64_t width) {
  return (tile.getRank() == 2 && tile.getColumns() == lanes) || rowElements(tile) <= width;
}

static bool holdsElement(ViewType view, TileType tile) {
  return tile.getElement() == (view.getFormat() == Format::I32 ? Element::I32 : Element::F32);
}

LogicalResult LoadOp::verify() {
  ViewType view = getView().getType();
  TileType tile = getResult().getType();
  // load_c1
  if (view.getLayout() != ViewLayout::Rows)
    return emitOpError("expected a view with layout rows, found ") << view;
  // load_c2
  if (!holdsElement(view, tile))
    return emitOpError("expected a tile of ")
           << (view.getFormat() == Format::I32 ? "i32" : "f32") << ", found " << tile;
  // load_c3
  bool vector = view.getRank() == 1 && !ShapedType::isDynamic(view.getShape()[0]);
  size_t indices = vector ? 0 : view.getRank();
  if (getIndices().size() != indices && !(vector && getIndices().size() == 1))
    return emitOpError("expected ") << indices << (vector ? " or 1" : "") << " indices, found "
                                    << getIndices().size();
  // load_c4
  int64_t width = view.getRank() == 1 && !vector ? 1 : view.getWidth();
  if (tile.hasRows() == vector || !fitsWidth(tile, width))
    return emitOpError("cannot load ") << tile << " from " << view;
  return success();
}

LogicalResult GatherOp::verify() {
  ViewType view = getView().getType();
  TileType tile = getResult().getType();
  // gather_c1
  if (view.getRank() != 2 || view.isCache())
    return emitOpError("expected a view of rank 2 with layout rows or packed, found ") << view;
  if (getIndex().getType().getShape() != ArrayRef<int64_t>{ShapedType::kDynamic, 1})
    return emitOpError("expected a ?x1 index, found ") << getIndex().getType();
  // gather_c2
  if (!holdsElement(view, tile) || tile.getRank() != 2 || !tile.hasRows() ||
      tile.getColumns() > view.getWidth())
    return emitOpError("cannot gather ") << tile << " from " << view;
  // gather_c3
  APInt column;
  if (view.getLayout() == ViewLayout::Packed && matchPattern(getColumn(), m_ConstantInt(&column)) &&
      column.getSExtValue() % lanes != 0)
    return emitOpError("expected a column that is a multiple of 16, found ") << column.getSExtValue();
  return success();
}

LogicalResult StoreOp::verify() {
  ViewType view = getView().getType();
  TileType tile = getTile().getType();
  // store_c1
  bool rows = view.getLayout() == ViewLayout::Rows && view.getRank() == 2;
  if (!rows && !view.isCache())
    return emitOpError("expected rows of rank 2 or a cache, found ") << view;
  if (static_cast<int64_t>(getIndices().size()) != view.getRank())
    return emitOpError("expected ") << view.getRank() << " indices, found " << getIndices().size();
  Type slot = TileType::get(getContext(), {ShapedType::kDynamic, 1}, Element::I32, Level::Reg);
  for (auto [i, index] : llvm::enumerate(getIndices()))
    if (view.isCache() && i == 0 ? index.getType() != slot : !index.getType().isIndex())
      return emitOpError(
          "expected a ?x1 reg tile of i32 as the first index of a cache and index values elsewhere");
  // store_c2
  if (!tile.hasRows() || !fitsWidth(tile, view.getWidth()))
    return emitOpError("cannot store ") << tile << " to " << view;
  // store_c3
  if (!holdsElement(view, tile))
    return emitOpError("expected a tile of ")
           << (view.getFormat() == Format::I32 ? "i32" : "f32") << ", found " << tile;
  // store_c4
  if (view.isCache() && tile.getRank() != 2)
    return emitOpError("expected a tile of rank 2 for a cache, found ") << tile;
  return success();
}

//===-- Values
//---------------------------------------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  // constant_c1
  TileType tile = getResult().getType();
  if (tile.getElement() != Element::F32 || tile.hasRows() || tile.getRank() != 2)
    return emitOpError("expected a 1xN tile of f32, found ") << tile;
  if (static_cast<int64_t>(getValues().size()) != tile.getColumns())
    return emitOpError("expected ") << tile.getColumns() << " values, found " << getValues().size();
  for (float value : getValues())
    if (!std::isfinite(value))
      return emitOpError("expected finite values, found ") << value;
  return success();
}

LogicalResult FillOp::verify() {
  // fill_c1
  if (getResult().getType().getElement() != Element::F32)
    return emitOpError("expected a tile of f32, found ") << getResult().getType();
  return success();
}

static bool isScalar(Type type) {
  return type.isF32() || type.isInteger(32) || type.isInteger(1);
}

static Type scalarOf(TileType tile) {
  Builder builder(tile.getContext());
  return tile.getElement() == Element::I32 ? Type(builder.getI32Type()) : Type(builder.getF32Type());
}

LogicalResult MapOp::verifyRegions() {
  // map_c1
  TileType result = getResult().getType();
  if (result.isEncoded())
    return emitOpError("expected a result of f32 or i32, found ") << result;
  for (Type type : getInputs().getTypes()) {
    auto tile = cast<TileType>(type);
    auto fits = [](int64_t size, int64_t of) { return size == 1 || size == of; };
    if (tile.isEncoded() || (tile.hasRows() && !result.hasRows()) ||
        !fits(tile.getGroup(), result.getGroup()) || !fits(tile.getColumns(), result.getColumns()))
      return emitOpError("cannot broadcast ") << tile << " to " << result;
  }
  // map_c2
  SmallVector<Type> expected;
  for (Type type : getInputs().getTypes())
    expected.push_back(scalarOf(cast<TileType>(type)));
  if (getIndexed())
    expected.push_back(IntegerType::get(getContext(), 32));
  if (TypeRange(getBodyBlock()->getArgumentTypes()) != TypeRange(expected))
    return emitOpError("expected one scalar block argument for each input, and an i32 when indexed");
  auto yield = dyn_cast<YieldOp>(getBodyBlock()->getTerminator());
  if (!yield || yield.getValues().size() != 1 || yield.getValues()[0].getType() != scalarOf(result))
    return emitOpError("expected to yield one ") << scalarOf(result);
  // map_c3
  for (Operation &op : getBodyBlock()->without_terminator()) {
    bool elementwise = OpTrait::hasElementwiseMappableTraits(&op) || isa<arith::ConstantOp>(op);
    bool scalars = llvm::all_of(op.getResultTypes(), isScalar);
    if (!elementwise || !scalars || op.getNumRegions() != 0)
      return op.emitOpError("expected a constant or an elementwise op on f32, i32 or i1 in a map");
  }
  return success();
}

LogicalResult ReduceOp::verify() {
  // reduce_c1
  TileType tile = getTile().getType(), result = getResult().getType();
  SmallVector<int64_t> shape(tile.getShape());
  shape.back() = 1;
  if (tile.getElement() != Element::F32 || result.getElement() != Element::F32 ||
      result.getShape() != ArrayRef<int64_t>(shape))
    return emitOpError("cannot reduce ") << tile << " to " << result;
  return success();
}

LogicalResult EncodeOp::verify() {
  // encode_c1
  TileType tile = getTile().getType(), result = getResult().getType();
  if (tile.getElement() != Element::F32 || !result.isEncoded() || tile.getShape() != result.getShape())
    return emitOpError("cannot encode ") << tile << " as " << result;
  return success();
}

static LogicalResult verifyLinear(ContractOp op) {
  ViewType view = op.getView().getType();
  TileType activation = op.getActivation().getType(), result = op.getResult().getType();
  // contract_c1
  if (op.getIndices().size() != 1 || !op.getIndices()[0].getType().isIndex() || op.getValid())
    return op.emitOpError("expected one index and no valid for a packed weight");
  // A slice of the weight also meets whole activations.
  bool slice = op.getView().getDefiningOp<AsyncLoadOp>() != nullptr;
  bool fits =
      activation.getColumns() == view.getWidth() || (slice && activation.getColumns() > view.getWidth());
  if (activation.getRank() != 2 || activation.getElement() == Element::I32 || !activation.isShared() || !fits)
    return op.emitOpError("cannot contract ") << activation << " with " << view;
  auto expected = TileType::get(op.getContext(), {activation.getShape()[0], lanes}, Element::F32, Level::Reg);
  if (result != expected)
    return op.emitOpError("expected ") << expected << " as result, found " << result;
  // contract_c6
  Format format = view.getFormat();
  if (activation.getElement() == Element::Q8 && !isBlockFormat(format))
    return op.emitOpError("a q8 activation meets ")
           << stringifyFormat(format) << ", which is no block format";
  if (activation.isTensorOperand() && activation.getElement() != tensorOperandFor(format))
    return op.emitOpError("a weight of ") << stringifyFormat(format) << " meets an activation of "
                                          << stringifyElement(tensorOperandFor(format)) << ", found "
                                          << stringifyElement(activation.getElement());
  return success();
}

LogicalResult ContractOp::verify() {
  ViewType view = getView().getType();
  // contract_c5
  if (view.getLayout() == ViewLayout::Rows)
    return emitOpError("expected a packed weight or a cache, found ") << view;
  if (view.getLayout() == ViewLayout::Packed)
    return verifyLinear(*this);
  TileType activation = getActivation().getType();
  // contract_c2
  if (getIndices().size() != 2 || !isa<BlockType>(getIndices()[0].getType()) ||
      !getIndices()[1].getType().isIndex())
    return emitOpError("expected a block and a head as indices of a cache");
  if (activation.getElement() != Element::F32 || !activation.isShared() || activation.getRank() != 3)
    return emitOpError("expected a shared f32 activation of rank 3, found ") << activation;
  // contract_c3, contract_c4
  bool keys = view.getLayout() == ViewLayout::Keys;
  constexpr int64_t blockKeys = 256;
  int64_t wanted = keys ? view.getWidth() : blockKeys;
  if (activation.getColumns() != wanted)
    return emitOpError("expected an activation ") << wanted << " wide, found " << activation;
  SmallVector<int64_t> shape(activation.getShape());
  shape.back() = keys ? blockKeys : view.getWidth();
  auto expected = TileType::get(getContext(), shape, Element::F32, Level::Shared);
  if (getResult().getType() != expected)
    return emitOpError("expected ") << expected << " as result, found " << getResult().getType();
  if (keys == static_cast<bool>(getValid()))
    return emitOpError() << (keys ? "keys take no valid" : "values need valid");
  Type count = TileType::get(getContext(), {ShapedType::kDynamic, 1, 1}, Element::I32, Level::Reg);
  if (getValid() && getValid().getType() != count)
    return emitOpError("expected ") << count << " as valid, found " << getValid().getType();
  return success();
}

} // namespace sennit::tile
