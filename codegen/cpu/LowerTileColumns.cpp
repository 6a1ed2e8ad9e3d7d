// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Column sections, and linear ones above all: a tile of weights meets all rows of the call while it is in the
// cache.
#include "codegen/cpu/LowerTileEmitter.h"

#include "runtime/device/host/KernelAbi.h"

using namespace mlir;

namespace sennit {

void KernelEmitter::emitSection(tile::ColumnsOp section, int64_t axisBegin) {
  int64_t count = section.getCount();
  if (plan.partBytes > 0)
    return emitKeySection(section);
  Value begin = clamp(sub(tileBegin, i64(axisBegin)), 0, count),
        end = clamp(sub(tileEnd, i64(axisBegin)), 0, count);
  Block &body = *section.getBodyBlock();
  when(less(begin, end), [&] {
    for (auto contract : body.getOps<tile::ContractOp>())
      if (contract.getView().getType().getLayout() == tile::ViewLayout::Packed)
        return emitLinear(section, begin, end);
    loop(begin, end, 1, [&](Operation *, Value i) {
      indices[section.getIndex()] = add(mul(i, section.getStep()), section.getLower());
      auto keys = body.getOps<tile::KeysOp>();
      if (keys.empty())
        emitRowLoop(body);
      else
        emitRuns(section, *keys.begin());
    });
  });
}

/// The only section of a kernel whose tiles may be done in parts.
void KernelEmitter::emitKeySection(tile::ColumnsOp section) {
  tile::KeysOp keys = *section.getBodyBlock()->getOps<tile::KeysOp>().begin();
  auto choice = scf::IfOp::create(builder, loc, TypeRange(), less(i64(1), parts), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  auto place = [&](Value tileIndex) {
    indices[section.getIndex()] = add(mul(tileIndex, section.getStep()), section.getLower());
  };
  builder.setInsertionPointToStart(choice.thenBlock());
  loop(tileBegin, tileEnd, 1, [&](Operation *, Value i) {
    Value tileIndex = arith::DivUIOp::create(builder, loc, i, parts);
    place(tileIndex);
    emitParts(section, keys, tileIndex, sub(i, e.mulI(tileIndex, parts)));
  });
  builder.setInsertionPointToStart(choice.elseBlock());
  loop(tileBegin, tileEnd, 1, [&](Operation *, Value i) {
    place(i);
    emitRuns(section, keys);
  });
}

const ContractEmitter &KernelEmitter::emitterOf(tile::ContractOp contract) const {
  bool encoded = contract.getActivation().getType().getElement() == tile::Element::Q8;
  return *findContract(
      {contract.getView().getType().getFormat(), encoded ? Activation::Q8 : Activation::F32, level});
}

void KernelEmitter::emitLinear(tile::ColumnsOp section, Value begin, Value end) {
  // A call's tiles lie in one row of slices of each weight.
  int64_t firstTile = section.getLower() / tile::lanes;
  tile::CpuAttr schedule = this->schedule();
  // Each emitter knows how many rows and tiles its registers hold.
  int64_t widest = schedule.getRows(), together = tile::lanes;
  for (auto contract : section.getBodyBlock()->getOps<tile::ContractOp>())
    widest = std::min<int64_t>(widest, emitterOf(contract).preferredRows());
  for (auto contract : section.getBodyBlock()->getOps<tile::ContractOp>())
    together = std::min<int64_t>(together, emitterOf(contract).preferredTiles(static_cast<int>(widest)));
  int64_t places = std::max(widest * together, schedule.getStreams());
  slices.clear();
  sumBuffers.clear();
  for (auto contract : section.getBodyBlock()->getOps<tile::ContractOp>()) {
    slices[contract] = findSlices(contract.getView(), add(begin, firstTile));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&function.getBody().front());
    auto type = LLVM::LLVMArrayType::get(builder.getF32Type(), places * tile::lanes);
    sumBuffers.push_back(LLVM::AllocaOp::create(
        builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), type, i64(1), /*alignment=*/64));
  }
  Value rows = sub(rowEnd, rowBegin);
  if (int64_t streams = schedule.getStreams(); streams > 1) {
    Value one = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, rows, i64(1));
    auto choice =
        scf::IfOp::create(builder, loc, TypeRange(builder.getI64Type()), one, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(choice.thenBlock());
    Value rest = emitStreams(section, begin, end, streams);
    scf::YieldOp::create(builder, loc, rest);
    builder.setInsertionPointToStart(choice.elseBlock());
    scf::YieldOp::create(builder, loc, begin);
    begin = choice.getResult(0);
  }
  auto eachRows = [&](Value tileIndex, int64_t tiles) {
    eachRowGroup(rowBegin, rowEnd, widest,
                 [&](Value row, int64_t count) { emitTileRows(section, tileIndex, tiles, row, count); });
  };
  if (together > 1) {
    // Of one row, memory sets the pace: one tile after the other is one sweep.
    Value many = less(i64(1), rows);
    Value groups = arith::SelectOp::create(builder, loc, many, div(sub(end, begin), together), i64(0));
    Value full = add(begin, mul(groups, together));
    loop(begin, full, together, [&](Operation *, Value tileIndex) { eachRows(tileIndex, together); });
    begin = full;
  }
  loop(begin, end, 1, [&](Operation *, Value tileIndex) { eachRows(tileIndex, 1); });
}

void KernelEmitter::eachRowGroup(Value begin, Value end, int64_t widest,
                                 function_ref<void(Value, int64_t)> form) {
  Value full = begin;
  if (widest > 1) {
    full = add(begin, mul(div(sub(end, begin), widest), widest));
    loop(begin, full, widest, [&](Operation *, Value row) { form(row, widest); });
  }
  Value rest = sub(end, full);
  for (int64_t size = llvm::bit_floor<uint64_t>(widest > 1 ? widest - 1 : 1); size >= 1; size /= 2) {
    Value some =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, e.andI(rest, i64(size)), i64(0));
    when(some, [&] { form(add(full, e.andI(rest, i64(-2 * size))), size); });
  }
}

SmallVector<Value>
KernelEmitter::eachSlice(tile::ContractOp contract, Value tileIndex, ValueRange carried,
                         function_ref<Values(Value, Value, Value, Value, ValueRange)> body) {
  const WeightSlices &all = slices[contract];
  int64_t unit = unitElements(contract.getView().getType().getFormat());
  int64_t unitBytes = emitterOf(contract).tileBytes(unit);
  return loop(all.first, all.last, 1, carried, [&](Operation *, Value s, ValueRange values) {
    Value slice = e.at(all.slices, mul(s, sizeof(WeightSlice)));
    Value kBegin = loadI64(slice, offsetof(WeightSlice, kBegin));
    Value k = sub(loadI64(slice, offsetof(WeightSlice, kEnd)), kBegin);
    Value apart = mul(div(k, unit), unitBytes);
    Value within = sub(tileIndex, loadI64(slice, offsetof(WeightSlice, tileBegin)));
    Value weight = e.at(loadPtr(slice, offsetof(WeightSlice, data)), e.mulI(within, apart));
    return body(weight, apart, kBegin, k, values);
  });
}

Value KernelEmitter::activationRow(tile::ContractOp contract, Value row) {
  const ScratchTile &tile = plan.tiles.find(contract.getActivation())->second;
  return tile.hasRows ? rowAddress(tile, sub(row, rowBegin)) : e.at(scratch, tile.offset);
}

/// Bytes of the first kBegin activations; kBegin is a multiple of 32.
static Value activationOffset(const Emit &e, const ContractEmitter &emitter, Value kBegin) {
  Value blocks = arith::DivUIOp::create(e.builder, e.loc, kBegin, e.i64(32));
  return e.mulI(blocks, e.i64(emitter.activationBytes(32)));
}

static Value toIndex(const Emit &e, Value number) {
  return arith::IndexCastOp::create(e.builder, e.loc, e.builder.getIndexType(), number);
}

/// Tiles [begin, end) for the one row of the call as `streams` ranges of equal length; returns the first tile
/// left.
Value KernelEmitter::emitStreams(tile::ColumnsOp section, Value begin, Value end, int64_t streams) {
  auto contracts = section.getBodyBlock()->getOps<tile::ContractOp>();
  int64_t firstTile = section.getLower() / tile::lanes, ahead = schedule().getAhead();
  Value part = div(sub(end, begin), streams);
  loop(begin, add(begin, part), 1, [&](Operation *, Value tileIndex) {
    for (auto [contract, buffer] : llvm::zip(contracts, sumBuffers)) {
      const ContractEmitter &emitter = emitterOf(contract);
      Value memory = buffer;
      for (int64_t s = 0; s < streams; ++s)
        e.store(zeroF32(), e.at(memory, s * 64), 64);
      eachSlice(contract, add(tileIndex, firstTile), {},
                [&](Value weight, Value apart, Value kBegin, Value k, ValueRange) -> Values {
                  Value row = e.at(activationRow(contract, rowBegin), activationOffset(e, emitter, kBegin));
                  emitter.emitStreams(builder, loc, weight, toIndex(e, e.mulI(part, apart)), streams, row,
                                      toIndex(e, k), memory, ahead);
                  return {};
                });
    }
    loop(i64(0), i64(streams), 1, [&](Operation *, Value s) {
      emitEpilogue(section, add(tileIndex, e.mulI(s, part)), rowBegin, loadSums(s));
    });
  });
  return add(begin, mul(part, streams));
}

/// While rows [row, row + count) meet tiles, their share of the tiles that follow `bytes` further on is
/// fetched: few rows do not work long enough on a tile for the next one to arrive by itself.
void KernelEmitter::prefetchNext(Value weight, Value bytes, Value row, int64_t count) {
  Value rows = sub(rowEnd, rowBegin), first = sub(row, rowBegin);
  // One row reads in one sweep, which the hardware foresees.
  Value lines = arith::SelectOp::create(builder, loc, less(i64(1), rows), div(bytes, 64), i64(0));
  auto share = [&](Value upTo) {
    return arith::DivUIOp::create(builder, loc, e.mulI(lines, upTo), rows).getResult();
  };
  Value next = e.at(weight, bytes);
  loop(share(first), share(add(first, count)), 1,
       [&](Operation *, Value line) { e.prefetchFar(e.at(next, mul(line, 64))); });
}

/// Whether a section has so little to do after its contraction that it is better done from registers, for all
/// rows and tiles at hand, than in a loop.
static bool endsShort(tile::ColumnsOp section) {
  int64_t ops = 0;
  section.getBodyBlock()->walk([&](Operation *op) { ops += !isa<tile::YieldOp, tile::ContractOp>(op); });
  auto contracts = section.getBodyBlock()->getOps<tile::ContractOp>();
  return llvm::hasSingleElement(contracts) && ops <= 6;
}

/// `tiles` tiles for `count` rows from `row` on.
void KernelEmitter::emitTileRows(tile::ColumnsOp section, Value tileIndex, int64_t tiles, Value row,
                                 int64_t count) {
  int64_t firstTile = section.getLower() / tile::lanes;
  for (auto [contract, buffer] : llvm::zip(section.getBodyBlock()->getOps<tile::ContractOp>(), sumBuffers)) {
    const ContractEmitter &emitter = emitterOf(contract);
    tile::ContractOp op = contract;
    Values sums = eachSlice(op, add(tileIndex, firstTile), Values(tiles * count, zeroF32()),
                            [&](Value weight, Value apart, Value kBegin, Value k, ValueRange carried) {
                              prefetchNext(weight, mul(apart, tiles), row, count);
                              Value offset = activationOffset(e, emitter, kBegin);
                              Values rows, weights;
                              for (int64_t i = 0; i < count; ++i)
                                rows.push_back(e.at(activationRow(op, add(row, i)), offset));
                              for (int64_t i = 0; i < tiles; ++i)
                                weights.push_back(e.at(weight, mul(apart, i)));
                              return emitter.emitRows(builder, loc, weights, rows, toIndex(e, k), carried);
                            });
    if (endsShort(section)) {
      for (int64_t tile = 0; tile < tiles; ++tile)
        for (int64_t i = 0; i < count; ++i)
          emitEpilogue(section, add(tileIndex, tile), add(row, i), sums[tile * count + i]);
      return;
    }
    for (auto [i, sum] : llvm::enumerate(sums))
      e.store(sum, e.at(buffer, i * 64), 64);
  }
  loop(i64(0), i64(tiles), 1, [&](Operation *, Value tile) {
    loop(i64(0), i64(count), 1, [&](Operation *, Value i) {
      emitEpilogue(section, add(tileIndex, tile), add(row, i), loadSums(add(mul(tile, count), i)));
    });
  });
}

SmallVector<Value> KernelEmitter::loadSums(Value place) {
  return llvm::map_to_vector(sumBuffers,
                             [&](Value buffer) { return e.load(e.at(buffer, mul(place, 64)), f32s(), 64); });
}

/// The maps and stores of a section for one row and tile, on the sums of its contractions.
void KernelEmitter::emitEpilogue(tile::ColumnsOp section, Value tileIndex, Value row, ValueRange sums) {
  int64_t lower = section.getLower(), columns = section.getUpper() - lower;
  Value first = mul(tileIndex, tile::lanes);
  indices[section.getIndex()] = add(first, lower);
  RowScope rows{row, i64(0), i64(0)};
  ChunkScope chunk{rows, i64(0)};
  if (columns % tile::lanes != 0)
    chunk.mask = maskOf(sub(i64(columns), first));
  for (auto [contract, sum] : llvm::zip(section.getBodyBlock()->getOps<tile::ContractOp>(), sums))
    chunk.known[contract.getResult()] = sum;
  for (auto store : section.getBodyBlock()->getOps<tile::StoreOp>())
    storeChunk(store, evaluate(store.getTile(), chunk), chunk);
}

} // namespace sennit
