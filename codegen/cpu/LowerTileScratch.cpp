// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cpu/LowerTileScratch.h"

#include "codegen/cpu/Contract.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace sennit {
namespace {

class Planner {
public:
  explicit Planner(tile::KernelOp kernel) : kernel(kernel) {}

  ScratchPlan run() {
    // An op's results before its body's, in program order: what a prologue yields is settled before its body
    // is seen.
    kernel.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) { visit(op); });
    auto sections = kernel.getSections();
    if (sections.size() == 1)
      if (auto keys = sections[0].getBodyBlock()->getOps<tile::KeysOp>(); llvm::hasSingleElement(keys))
        divide(*keys.begin());
    return std::move(plan);
  }

private:
  /// Rows that are at hand at one time where `op` stands.
  int64_t rowsAt(Operation *op) {
    auto section = dyn_cast<tile::ColumnsOp>(op);
    if (!section)
      section = op->getParentOfType<tile::ColumnsOp>();
    bool overKeys = section && !section.getBodyBlock()->getOps<tile::KeysOp>().empty();
    if (!overKeys)
      return 1;
    // One plan serves all code levels.
    int64_t most = 1;
    for (tile::CpuAttr schedule : kernel.getSchedules())
      most = std::max(most, schedule.getRows());
    return most;
  }

  ScratchTile place(tile::TileType type, int64_t rows) {
    ScratchTile tile;
    tile.offset = plan.bytes;
    tile.group = type.getGroup();
    tile.hasRows = type.hasRows();
    int64_t columns = type.getColumns();
    if (type.getElement() == tile::Element::Q8)
      tile.stride = llvm::alignTo(columns / 32 * q8BlockBytes, 64);
    else
      tile.stride = columns == 1 ? 4 : llvm::alignTo(columns * 4, 64);
    plan.bytes += llvm::alignTo((tile.hasRows ? rows : 1) * tile.group * tile.stride, 64);
    return tile;
  }

  void visit(Operation *op) {
    if (auto prologue = dyn_cast<tile::PrologueOp>(op)) {
      for (auto [result, yielded] :
           llvm::zip(prologue.getResults(), prologue.getBodyBlock()->getTerminator()->getOperands())) {
        auto known = plan.tiles.find(yielded); // yielded twice
        ScratchTile tile = known != plan.tiles.end()
                               ? known->second
                               : place(cast<tile::TileType>(result.getType()), kernel.getRowBlock());
        tile.perCall = true;
        plan.tiles[yielded] = plan.tiles[result] = tile;
      }
      return;
    }
    if (auto keys = dyn_cast<tile::KeysOp>(op))
      return visitKeys(keys);
    noteKeys(op);
    if (op->getNumResults() != 1 || !isa<tile::TileType>(op->getResult(0).getType()))
      return;
    Value result = op->getResult(0);
    auto type = cast<tile::TileType>(result.getType());
    bool manyValues = isa<tile::ReduceOp>(op) && (type.getGroup() > 1 || rowsAt(op) > 1);
    if ((type.isShared() || manyValues) && !plan.tiles.contains(result))
      plan.tiles[result] = place(type, rowsAt(op));
  }

  void visitKeys(tile::KeysOp keys) {
    int64_t rows = rowsAt(keys);
    plan.tiles[keys.getValid()] = place(cast<tile::TileType>(keys.getValid().getType()), rows);
    for (auto [init, carried, result] : llvm::zip(keys.getInits(), keys.getCarried(), keys.getResults())) {
      // The walk goes on in the memory of its initial value where nothing else reads that.
      auto known = plan.tiles.find(init);
      bool takesOver = init.hasOneUse() && known != plan.tiles.end() && !known->second.perCall;
      ScratchTile tile = takesOver ? known->second : place(cast<tile::TileType>(init.getType()), rows);
      plan.tiles[carried] = plan.tiles[result] = tile;
    }
  }

  /// Tells what is done within a block from what merges it, and what passes between them.
  void divide(tile::KeysOp keys) {
    Block &body = *keys.getBodyBlock();
    DenseSet<Value> carried(keys.getCarried().begin(), keys.getCarried().end());
    for (Operation &op : body)
      if (op.hasTrait<OpTrait::IsTerminator>() ||
          llvm::any_of(op.getOperands(), [&](Value operand) { return carried.contains(operand); })) {
        plan.merging.insert(&op);
        carried.insert(op.result_begin(), op.result_end());
      }
    SmallVector<Value> wanted;
    for (Operation &op : llvm::reverse(body)) // taken from the back
      if (plan.merging.contains(&op))
        wanted.append(op.operand_begin(), op.operand_end());
    int64_t bytes = 0;
    DenseSet<Value> seen;
    while (!wanted.empty()) {
      Value value = wanted.pop_back_val();
      Operation *op = value.getDefiningOp();
      if (!op || op->getBlock() != &body || plan.merging.contains(op) || !seen.insert(value).second)
        continue;
      auto known = plan.tiles.find(value);
      if (known != plan.tiles.end()) {
        int64_t size = llvm::alignTo(known->second.group * known->second.stride, 64);
        plan.blockResults.push_back({value, bytes, size});
        bytes += size;
      } else if (isa<tile::MapOp>(op)) {
        wanted.append(op->operand_begin(), op->operand_end()); // evaluated again by the merge
      } else {
        plan.blockResults.clear();
        return;
      }
    }
    plan.partBytes = bytes;
  }

  void noteKeys(Operation *op) {
    bool overKeys = false;
    if (auto contract = dyn_cast<tile::ContractOp>(op))
      overKeys = contract.getView().getType().getLayout() == tile::ViewLayout::Keys;
    if (auto map = dyn_cast<tile::MapOp>(op))
      overKeys = llvm::any_of(map.getInputs(), [&](Value input) { return plan.overKeys.contains(input); });
    if (overKeys)
      plan.overKeys.insert(op->getResult(0));
  }

  tile::KernelOp kernel;
  ScratchPlan plan;
};

} // namespace

ScratchPlan planScratch(tile::KernelOp kernel) {
  return Planner(kernel).run();
}

} // namespace sennit
