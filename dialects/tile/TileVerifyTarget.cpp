// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// One check for each numbered constraint that TileTargetOps.td states and ODS cannot.
#include "dialects/tile/Tile.h"

using namespace mlir;

namespace sennit::tile {

LogicalResult StageOp::verify() {
  // stage_c1
  Block *block = getBodyBlock();
  if (block->getNumArguments() != 1 || !getIndex().getType().isIndex())
    return emitOpError("expected one index as block argument");
  auto upper = static_cast<int64_t>(getUpper()), step = static_cast<int64_t>(getStep()),
       ahead = static_cast<int64_t>(getAhead());
  if (upper < 1 || step < 32 || step % 32 != 0 || ahead < 1 || ahead > 15)
    return emitOpError("expected an upper bound of at least 1, a step in multiples of 32 and 1 to 15 slices "
                       "ahead, found to ")
           << upper << " step " << step << " ahead " << ahead;
  return success();
}

LogicalResult StageOp::verifyRegions() {
  // stage_c2
  auto yield = dyn_cast<YieldOp>(getBodyBlock()->getTerminator());
  if (!yield || yield.getValues().getTypes() != getResultTypes())
    return emitOpError("expected to yield exactly its result types");
  auto sum = TileType::get(getContext(), {ShapedType::kDynamic, lanes}, Element::F32, Level::Reg);
  for (auto [i, value] : llvm::enumerate(yield.getValues())) {
    auto contract = value.getDefiningOp<ContractOp>();
    if (value.getType() != sum || !contract || contract->getBlock() != getBodyBlock())
      return emitOpError("expected a ?x16 sum of a contraction of the body as value ") << i;
  }
  // stage_c3
  for (auto load : getBodyBlock()->getOps<AsyncLoadOp>()) {
    Operation *barrier = load->getNextNode();
    while (barrier && !isa<BarrierOp>(barrier))
      barrier = barrier->getNextNode();
    for (Operation *user : load->getUsers())
      if (!barrier || user->isBeforeInBlock(barrier))
        return load.emitOpError("expected a barrier between the load and its use");
    if (!barrier)
      return load.emitOpError("expected a barrier behind the load");
  }
  return success();
}

LogicalResult AsyncLoadOp::verify() {
  // async_load_c1
  auto view = dyn_cast<ViewType>(getSource().getType()), part = dyn_cast<ViewType>(getResult().getType());
  auto tile = dyn_cast<TileType>(getSource().getType()), slice = dyn_cast<TileType>(getResult().getType());
  bool weight = view && part && view.getLayout() == ViewLayout::Packed &&
                part.getLayout() == ViewLayout::Packed && view.getFormat() == part.getFormat() &&
                part.getShape()[0] == lanes && part.getWidth() <= view.getWidth();
  bool activation = tile && slice && tile.getLevel() == Level::Scratch && slice.isShared() &&
                    tile.getElement() == slice.getElement() && slice.getColumns() <= tile.getColumns();
  if (!weight && !activation)
    return emitOpError("cannot load ") << getResult().getType() << " from " << getSource().getType();
  return success();
}

LogicalResult EncodedOp::verify() {
  // encoded_c1
  CudaAttr cuda = cast<KernelOp>((*this)->getParentOp()).getCudaSchedule();
  if (getResult().getType().getLevel() != Level::Scratch)
    return emitOpError("expected a scratch tile, found ") << getResult().getType();
  if (cuda && !cuda.readsEncoded())
    return emitOpError("expected a kernel of form stream or many, found ")
           << stringifyCudaForm(cuda.getForm());
  return success();
}

} // namespace sennit::tile
