// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "dialects/plan/Dependences.h"
#include "passes/lower/ArenaPlacement.h"
#include "passes/lower/LaneOrder.h"
#include "passes/lower/PlanToExec.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OperationSupport.h"

#include <array>

namespace sennit::lower {

using namespace mlir;
using exec::Space;
using exec::StepField;
using exec::StepRole;

namespace {

/// A piece of a node, with its rows clipped to those of the bucket.
struct Piece {
  plan::NodeOp node;
  unsigned nodeIndex, piece; ///< as plan::Dependence numbers them
  uint32_t begin, end;       ///< exec::lastRow: to the last row
  plan::PieceAttr attr;
};

/// Builds one program. Lives for one call.
class Builder {
public:
  Builder(plan::ProgramOp program, StepRole role, int64_t maxRows, int64_t bucketRows)
      : program(program), role(role), maxRows(maxRows), bucketRows(bucketRows), storages(program),
        builder(program.getContext()) {}

  exec::ProgramOp build() {
    keepPieces();
    std::vector<LaneCommand> commands = laneCommands();
    LaneOrder order(commands);
    auto made = exec::ProgramOp::create(builder, program.getLoc(),
                                        (program.getSymName() + "_" + exec::stringifyStepRole(role)).str(),
                                        order.signalCount(), uint64_t(0), uint64_t(0), laneShares(commands));
    // One block; buffers, slots and commands are made in turns, each kind at its own end.
    Block &block = made.getBody().emplaceBlock();
    builder.setInsertionPointToEnd(&block);
    addBuffers(made, order);
    for (auto [piece, signals] : llvm::zip_equal(kept, order.signals())) {
      Lane lane = piece.attr.getLane();
      for (unsigned signal : signals.waits)
        exec::WaitOp::create(builder, piece.node.getLoc(), signal, lane);
      if (signals.raisedBefore >= 0)
        exec::SignalOp::create(builder, piece.node.getLoc(), uint32_t(signals.raisedBefore), lane);
      addLaunch(piece);
      if (signals.raisedAfter >= 0)
        exec::SignalOp::create(builder, piece.node.getLoc(), uint32_t(signals.raisedAfter), lane);
    }
    Value logits =
        slotOf(cast<plan::ReturnOp>(program.getBody().front().getTerminator()).getValues().front());
    exec::ReturnOp::create(builder, program.getLoc(), logits);
    return made;
  }

private:
  /// Pieces that have rows in some step of the bucket, in the order of their starts, then of the program.
  void keepPieces() {
    for (auto [index, node] : llvm::enumerate(plan::nodesOf(program))) {
      if ((role == StepRole::Generated && node.getDomain() == RowDomain::Prompt) ||
          (role == StepRole::Prompt && node.getDomain() == RowDomain::Generated))
        continue;
      for (unsigned piece = 0; piece < node.getNumPieces(); ++piece) {
        plan::PieceAttr attr = node.getPiece(piece);
        if (attr.getBegin() < bucketRows)
          kept.push_back({node, unsigned(index), piece, uint32_t(attr.getBegin()),
                          attr.getEnd() >= bucketRows ? exec::lastRow : uint32_t(attr.getEnd()), attr});
      }
    }
    llvm::sort(kept, [](const Piece &a, const Piece &b) {
      return std::tuple(a.attr.startValue(), a.nodeIndex, a.begin) <
             std::tuple(b.attr.startValue(), b.nodeIndex, b.begin);
    });
  }

  std::vector<LaneCommand> laneCommands() {
    std::vector<LaneCommand> commands;
    DenseMap<std::pair<unsigned, unsigned>, unsigned> places;
    for (auto [place, piece] : llvm::enumerate(kept)) {
      places[{piece.nodeIndex, piece.piece}] = place;
      Lane lane = piece.attr.getLane();
      commands.push_back(
          {static_cast<unsigned>(lane), {}, lane == Lane::Network, /*yields=*/lane == Lane::Compute});
    }
    for (const plan::Dependence &dependence : plan::computeDependences(program)) {
      auto from = places.find({dependence.from, dependence.fromPiece}),
           to = places.find({dependence.to, dependence.toPiece});
      if (from != places.end() && to != places.end())
        commands[to->second].after.push_back(from->second);
    }
    return commands;
  }

  /// Memory and network have the mean share of their pieces over the time that they run beside another
  /// lane's, arithmetic what they leave. None where no two lanes run at the same time: then every piece can
  /// have the whole machine. A lane that is used has some share, since it needs a worker.
  SmallVector<double> laneShares(const std::vector<LaneCommand> &commands) {
    constexpr double least = 1.0 / 64;
    constexpr size_t lanes = getMaxEnumValForLane() + 1, compute = static_cast<size_t>(Lane::Compute);
    // Where an end is not stated, the next piece of the lane begins after it, and so does what depends on it.
    std::vector<double> ends(kept.size());
    std::array<double, lanes> next;
    next.fill(kept.empty() ? 0 : kept.back().attr.startValue() + 1);
    for (size_t i = kept.size(); i-- > 0;) {
      plan::PieceAttr piece = kept[i].attr;
      double &after = next[static_cast<size_t>(piece.getLane())];
      ends[i] = piece.finishValue() > 0 ? piece.finishValue() : after;
      after = piece.startValue();
    }
    for (auto [index, command] : llvm::enumerate(commands))
      for (unsigned earlier : command.after)
        ends[earlier] = std::min(ends[earlier], kept[index].attr.startValue());
    std::array<double, lanes> weighted{}, time{};
    for (size_t i = 0; i < kept.size(); ++i)
      for (size_t j = i + 1; j < kept.size() && kept[j].attr.startValue() < ends[i]; ++j)
        if (kept[j].attr.getLane() != kept[i].attr.getLane())
          for (size_t each : {i, j}) {
            size_t lane = static_cast<size_t>(kept[each].attr.getLane());
            double beside = std::min(ends[i], ends[j]) - kept[j].attr.startValue();
            weighted[lane] += beside * kept[each].attr.shareValue();
            time[lane] += beside;
          }
    if (llvm::all_of(time, [](double beside) { return beside <= 0; }))
      return {};
    SmallVector<double> shares(lanes, 0.0);
    for (const Piece &piece : kept) {
      size_t lane = static_cast<size_t>(piece.attr.getLane());
      shares[lane] = std::max(least, time[lane] > 0 ? weighted[lane] / time[lane] : 0);
    }
    double others = llvm::sum_of(shares) - shares[compute];
    if (shares[compute] > 0)
      shares[compute] = std::max(1 - others, least);
    if (double sum = llvm::sum_of(shares); sum > 1)
      for (double &share : shares)
        share /= sum;
    return shares;
  }

  bool inArena(Value value) { return value.getDefiningOp<plan::NodeOp>() && rowBytes(value.getType()) != 0; }

  /// One buffer for each storage in the arena that a kept piece touches, placed by when it is needed.
  void addBuffers(exec::ProgramOp made, const LaneOrder &order) {
    struct Need {
      Value value;                ///< the first one of the storage; names the buffer
      std::vector<unsigned> uses; ///< commands, ascending
      bool atEnd = false;         ///< the program leaves it
    };
    llvm::MapVector<unsigned, Need> needs;
    auto needOf = [&](Value value) -> Need & {
      return needs.insert({storages.of(value), Need{value, {}, false}}).first->second;
    };
    for (auto [index, piece] : llvm::enumerate(kept))
      for (ValueRange values : {ValueRange(piece.node.getArgs()), ValueRange(piece.node.getOuts())})
        for (Value value : values)
          if (inArena(value))
            if (Need &need = needOf(value); need.uses.empty() || need.uses.back() != index)
              need.uses.push_back(index);
    for (Value result : cast<plan::ReturnOp>(program.getBody().front().getTerminator()).getValues())
      if (inArena(result))
        needOf(result).atEnd = true;

    std::vector<uint64_t> sizes;
    std::vector<const Need *> list;
    for (auto &[storage, need] : needs) {
      sizes.push_back(uint64_t(maxRows) * rowBytes(need.value.getType()));
      list.push_back(&need);
    }
    ArenaPlacement placement = placeInArena(sizes, [&](unsigned a, unsigned b) {
      auto doneBefore = [&](const Need &first, const Need &second) {
        return !first.atEnd && order.allBefore(first.uses, second.uses);
      };
      return !doneBefore(*list[a], *list[b]) && !doneBefore(*list[b], *list[a]);
    });
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
      return stepSlot(stepArguments[argument.getArgNumber()]);
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

  void addLaunch(const Piece &piece) {
    plan::NodeOp node = piece.node;
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
                           piece.attr.getLane(), builder.getArrayAttr(accesses), node.getName(),
                           cost.getFlopsPerRow(), cost.getBytesFixed(), cost.getBytesPerRow(), piece.begin,
                           piece.end);
  }

  plan::ProgramOp program;
  StepRole role;
  int64_t maxRows, bucketRows;
  plan::Storages storages;
  OpBuilder builder;
  std::vector<Piece> kept;
  DenseMap<unsigned, Value> buffers;                    ///< by storage
  DenseMap<std::pair<unsigned, uint64_t>, Value> slots; ///< by space and what `index` stands for there
  llvm::MapVector<StringAttr, unsigned> weights;        ///< numbered by first use
  Operation *lastDeclared = nullptr;                    ///< the last buffer or slot
};

} // namespace

exec::ProgramOp buildProgram(plan::ProgramOp program, StepRole role, int64_t maxRows, int64_t bucketRows) {
  return Builder(program, role, maxRows, bucketRows).build();
}

} // namespace sennit::lower
