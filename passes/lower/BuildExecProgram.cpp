// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "dialects/plan/Dependences.h"
#include "passes/lower/ArenaPlacement.h"
#include "passes/lower/PlanToExec.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OperationSupport.h"

namespace sennit::lower {

using namespace mlir;
using exec::Space;
using exec::StepField;
using exec::StepRole;

/// The fields that the first arguments of a program stand for, in order.
static constexpr StepField argumentFields[] = {StepField::Tokens, StepField::Positions, StepField::Wanted};

static bool isIndices(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 1 && tensor.getElementType().isSignlessInteger(32);
}

/// Bytes of one row of an arena value: f32 activations or i32 indices; 0 for other types.
static uint64_t rowBytes(Type type) {
  if (isIndices(type))
    return 4;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() != 2 || tensor.isDynamicDim(1) || !tensor.getElementType().isF32())
    return 0;
  return 4 * tensor.getDimSize(1);
}

LogicalResult checkProgram(plan::ProgramOp program) {
  bool valid = true;
  auto fail = [&](Operation *op) {
    valid = false;
    return op->emitError();
  };
  for (BlockArgument argument : program.getBody().getArguments()) {
    Type type = argument.getType();
    bool field = isIndices(type) && argument.getArgNumber() < std::size(argumentFields);
    if (!field && !isa<nn::BatchType, nn::CacheType>(type))
      fail(program)
          << "expected tokens, positions and wanted rows as the first arguments, then batches and caches, "
          << "found argument " << argument.getArgNumber() << " of type " << type;
  }
  for (plan::ParamOp param : program.getBody().getOps<plan::ParamOp>())
    if (!isa<nn::WeightType>(param.getType()))
      fail(param) << "expected a weight, found " << param.getType();
  for (plan::NodeOp node : plan::nodesOf(program)) {
    for (auto [index, result] : llvm::enumerate(node.getOuts())) {
      bool cache = isa<nn::CacheType>(result.getType());
      if (cache && node.getInplaceOperand(index) < 0)
        fail(node) << "expected cache result " << index << " to overwrite an operand, found none";
      if (!cache && rowBytes(result.getType()) == 0)
        fail(node) << "expected result " << index << " to be an activation, row indices or a cache, found "
                   << result.getType();
      int32_t overwritten = node.getInplaceOperand(index);
      if (!cache && overwritten >= 0 && !node.getArgs()[overwritten].getDefiningOp<plan::NodeOp>())
        fail(node) << "expected result " << index << " to overwrite what a node made, found operand "
                   << overwritten << " of the program";
    }
    plan::PieceAttr piece = node.getPiece(0);
    if (node.getNumPieces() != 1 || piece.getBegin() != 0 || piece.getEnd() != plan::PieceAttr::maxRows ||
        piece.getLane() != Lane::Compute)
      fail(node) << "expected one piece of all rows on the compute lane, found " << node.getPieces();
  }
  auto results = cast<plan::ReturnOp>(program.getBody().front().getTerminator()).getValues();
  if (results.empty() || !results.front().getDefiningOp<plan::NodeOp>() ||
      rowBytes(results.front().getType()) == 0)
    fail(program) << "expected the program's first result to be the logits that a node makes, found "
                  << (results.empty() ? Type(NoneType::get(program.getContext()))
                                      : results.front().getType());
  return success(valid);
}

namespace {

/// Builds one program. Lives for one call.
class Builder {
public:
  Builder(plan::ProgramOp program, StepRole role, int64_t maxRows)
      : program(program), role(role), maxRows(maxRows), storages(program), builder(program.getContext()) {}

  exec::ProgramOp build() {
    auto made = exec::ProgramOp::create(builder, program.getLoc(),
                                        (program.getSymName() + "_" + exec::stringifyStepRole(role)).str(),
                                        0u, uint64_t(0), uint64_t(0));
    // One block; buffers, slots and commands are made in turns, each kind at its own end.
    Block &block = made.getBody().emplaceBlock();
    builder.setInsertionPointToEnd(&block);
    keepNodes();
    addBuffers(made);
    for (plan::NodeOp node : kept)
      addLaunch(node);
    Value logits =
        slotOf(cast<plan::ReturnOp>(program.getBody().front().getTerminator()).getValues().front());
    exec::ReturnOp::create(builder, program.getLoc(), logits);
    return made;
  }

private:
  /// Nodes of the step's role, in the order of their starts, then of the program.
  void keepNodes() {
    SmallVector<plan::NodeOp> nodes = plan::nodesOf(program);
    std::vector<std::pair<double, unsigned>> order;
    for (auto [index, node] : llvm::enumerate(nodes)) {
      bool dropped = (role == StepRole::Generated && node.getDomain() == RowDomain::Prompt) ||
                     (role == StepRole::Prompt && node.getDomain() == RowDomain::Generated);
      if (!dropped)
        order.emplace_back(node.getPiece(0).startValue(), index);
    }
    llvm::sort(order);
    for (auto [start, index] : order)
      kept.push_back(nodes[index]);
  }

  bool inArena(Value value) { return value.getDefiningOp<plan::NodeOp>() && rowBytes(value.getType()) != 0; }

  /// One buffer for each storage in the arena that a kept node touches, placed by when it is needed.
  void addBuffers(exec::ProgramOp made) {
    struct Need {
      Value value; ///< the first one of the storage; names the buffer
      ArenaRequest request;
    };
    llvm::MapVector<unsigned, Need> needs;
    auto touch = [&](Value value, unsigned index) {
      if (!inArena(value))
        return;
      ArenaRequest request{uint64_t(maxRows) * rowBytes(value.getType()), index, index};
      auto [place, inserted] = needs.insert({storages.of(value), Need{value, request}});
      place->second.request.last = index;
    };
    for (auto [index, node] : llvm::enumerate(kept)) {
      for (Value operand : node.getArgs())
        touch(operand, index);
      for (Value result : node.getOuts())
        touch(result, index);
    }
    for (Value result : cast<plan::ReturnOp>(program.getBody().front().getTerminator()).getValues())
      touch(result, kept.size());

    std::vector<ArenaRequest> requests;
    for (auto &[storage, need] : needs)
      requests.push_back(need.request);
    ArenaPlacement placement = placeInArena(requests);
    made.setArenaBytes(placement.bytes);
    made.setArenaBytesWithoutReuse(placement.bytesWithoutReuse);
    for (auto [pair, offset] : llvm::zip_equal(needs, placement.offsets)) {
      Value value = pair.second.value;
      auto node = value.getDefiningOp<plan::NodeOp>();
      std::string name = node.getName().str();
      if (node.getOuts().size() > 1)
        name += "." + std::to_string(cast<OpResult>(value).getResultNumber());
      auto buffer = exec::BufferOp::create(builder, node.getLoc(), builder.getType<exec::BufferType>(), name,
                                           offset, rowBytes(value.getType()), uint64_t(maxRows));
      buffers[pair.first] = buffer.getResult();
      lastDeclared = buffer;
    }
  }

  /// The slot for a key, made by `make` where there is none yet. Slots stand before every command.
  template <typename Make>
  Value slot(Space space, uint64_t index, Make make) {
    Value &place = slots[{static_cast<unsigned>(space), index}];
    if (place)
      return place;
    OpBuilder::InsertionGuard guard(builder);
    if (lastDeclared)
      builder.setInsertionPointAfter(lastDeclared);
    else
      builder.setInsertionPointToStart(builder.getInsertionBlock());
    exec::SlotOp made = make();
    lastDeclared = made;
    return place = made.getResult();
  }

  Value stepSlot(StepField field) {
    return slot(Space::Step, static_cast<uint64_t>(field),
                [&] { return exec::SlotOp::create(builder, program.getLoc(), field); });
  }

  /// The slot of an activation, indices or a weight.
  Value slotOf(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return stepSlot(argumentFields[argument.getArgNumber()]);
    if (auto param = value.getDefiningOp<plan::ParamOp>()) {
      auto [place, inserted] = weights.insert({param.getNameAttr(), weights.size()});
      return slot(Space::Weight, place->second,
                  [&] { return exec::SlotOp::create(builder, param.getLoc(), param.getNameAttr()); });
    }
    unsigned storage = storages.of(value);
    return slot(Space::Arena, storage,
                [&] { return exec::SlotOp::create(builder, value.getLoc(), buffers.lookup(storage)); });
  }

  Value cacheSlot(Space space, Value cache) {
    // Storages number arguments first, so this finds the argument that the cache came from.
    unsigned storage = storages.of(cache), layer = 0;
    for (BlockArgument argument : program.getBody().getArguments()) {
      if (storages.of(argument) == storage)
        break;
      layer += isa<nn::CacheType>(argument.getType());
    }
    return slot(space, layer, [&] { return exec::SlotOp::create(builder, program.getLoc(), space, layer); });
  }

  Value operandSlot(plan::NodeOp node, const KernelOperand &operand) {
    Value value = operand.result ? node.getOuts()[operand.index] : node.getArgs()[operand.index];
    switch (operand.kind) {
    case OperandKind::Activation:
    case OperandKind::Indices:
    case OperandKind::Weight:
      return slotOf(value);
    case OperandKind::KeyCache:
      return cacheSlot(Space::KeyCache, value);
    case OperandKind::ValueCache:
      return cacheSlot(Space::ValueCache, value);
    case OperandKind::StepField:
      return stepSlot(static_cast<StepField>(operand.field));
    }
    llvm_unreachable("every kind of operand has a slot");
  }

  void addLaunch(plan::NodeOp node) {
    SmallVector<Value> operands;
    SmallVector<Attribute> accesses;
    auto access = [&](exec::AccessMode mode, AccessRange range) {
      accesses.push_back(exec::AccessAttr::get(builder.getContext(), operands.size(), mode, range));
    };
    for (const KernelOperand &operand :
         expandOperands(node.getArgs().getTypes(), node.getOuts().getTypes(), node.getInplace())) {
      if (operand.result) {
        access(exec::AccessMode::Write, node.getWrite(operand.index));
      } else {
        access(exec::AccessMode::Read, node.getAccess(operand.index));
        if (int32_t result = node.getOverwritingResult(operand.index); result >= 0)
          access(exec::AccessMode::Write, node.getWrite(result));
      }
      operands.push_back(operandSlot(node, operand));
    }
    plan::CostAttr cost = node.getCost();
    exec::LaunchOp::create(builder, node.getLoc(), node.getCallee(), operands, node.getDomain(),
                           node.getPiece(0).getLane(), builder.getArrayAttr(accesses), node.getName(),
                           cost.getFlopsPerRow(), cost.getBytesFixed(), cost.getBytesPerRow());
  }

  plan::ProgramOp program;
  StepRole role;
  int64_t maxRows;
  plan::Storages storages;
  OpBuilder builder;
  SmallVector<plan::NodeOp> kept;
  DenseMap<unsigned, Value> buffers;                    ///< by storage
  DenseMap<std::pair<unsigned, uint64_t>, Value> slots; ///< by space and what `index` stands for there
  llvm::MapVector<StringAttr, unsigned> weights;        ///< numbered by first use
  Operation *lastDeclared = nullptr;                    ///< the last buffer or slot
};

} // namespace

exec::ProgramOp buildProgram(plan::ProgramOp program, StepRole role, int64_t maxRows) {
  return Builder(program, role, maxRows).build();
}

bool equalPrograms(exec::ProgramOp a, exec::ProgramOp b) {
  return a.getSignals() == b.getSignals() && a.getArenaBytes() == b.getArenaBytes() &&
         a.getArenaBytesWithoutReuse() == b.getArenaBytesWithoutReuse() &&
         OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(),
                                                    OperationEquivalence::IgnoreLocations);
}

} // namespace sennit::lower
