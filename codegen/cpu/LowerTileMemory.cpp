// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Reading and writing views, the cache, and the scratch.
#include "codegen/cpu/LowerTileEmitter.h"

#include "runtime/device/host/KernelAbi.h"

using namespace mlir;

namespace sennit {

//===-- Scratch
//--------------------------------------------------------------------------------------------------===//

Value KernelEmitter::tileAddress(const ScratchTile &tile, const RowScope &rows) {
  Value at;
  if (tile.hasRows) {
    at = tile.perCall ? sub(rows.row, rowBegin) : rows.local;
    if (tile.group > 1)
      at = add(mul(at, tile.group), rows.group);
  } else if (tile.group > 1) {
    at = rows.group;
  }
  Value base = e.at(scratch, tile.offset);
  return at ? e.at(base, mul(at, tile.stride)) : base;
}

Value KernelEmitter::rowAddress(const ScratchTile &tile, Value rowAndGroup) {
  return e.at(e.at(scratch, tile.offset), mul(rowAndGroup, tile.stride));
}

//===-- 16 elements
//----------------------------------------------------------------------------------------------===//

Value KernelEmitter::loadLanes(Value address, Format format, int64_t lanes, Value mask) {
  bool brain = format == Format::BF16;
  VectorType type = format == Format::F32   ? f32s()
                    : format == Format::I32 ? i32s()
                    : brain                 ? e.i16s(tile::lanes)
                                            : e.f16s(tile::lanes);
  if (lanes < tile::lanes && !mask)
    mask = maskOf(lanes);
  int64_t alignment = elementBytes(format);
  Value value =
      mask ? LLVM::MaskedLoadOp::create(builder, loc, type, address, mask, e.zeros(type),
                                        builder.getI32IntegerAttr(alignment), /*nontemporal=*/UnitAttr())
                 .getResult()
           : e.load(address, type, alignment);
  if (brain) {
    Value wide = arith::ExtUIOp::create(builder, loc, i32s(), value);
    return e.bitcast(e.shiftLeft(wide, e.fill(i32s(), 16)), f32s());
  }
  return format == Format::F16 ? e.extend(value, f32s()) : value;
}

/// f32 to bf16, to nearest even; NaN stays NaN.
static Value roundToBrain(const Emit &e, Value value) {
  VectorType type = e.i32s(tile::lanes);
  Value bits = e.bitcast(value, type);
  Value odd = e.andI(e.shiftRight(bits, e.fill(type, 16)), e.fill(type, 1));
  Value rounded = e.shiftRight(e.addI(e.addI(bits, e.fill(type, 0x7fff)), odd), e.fill(type, 16));
  Value isNaN = arith::CmpFOp::create(e.builder, e.loc, arith::CmpFPredicate::UNO, value, value);
  Value kept = arith::SelectOp::create(e.builder, e.loc, isNaN, e.fill(type, 0x7fc0), rounded);
  return arith::TruncIOp::create(e.builder, e.loc, e.i16s(tile::lanes), kept);
}

static Value narrow(const Emit &e, Value value, Format format) {
  if (format == Format::F16)
    return arith::TruncFOp::create(e.builder, e.loc, e.f16s(tile::lanes), value);
  return format == Format::BF16 ? roundToBrain(e, value) : value;
}

void KernelEmitter::storeLanes(Value value, Value address, Format format, int64_t lanes, Value mask) {
  value = narrow(e, value, format);
  if (lanes < tile::lanes && !mask)
    mask = maskOf(lanes);
  if (mask)
    LLVM::MaskedStoreOp::create(builder, loc, value, address, mask,
                                builder.getI32IntegerAttr(elementBytes(format)));
  else
    e.store(value, address, elementBytes(format));
}

//===-- Loads
//----------------------------------------------------------------------------------------------------===//

Value KernelEmitter::defineLoad(tile::LoadOp op, ChunkScope &chunk) {
  tile::ViewType type = op.getView().getType();
  tile::TileType tile = op.getResult().getType();
  Format format = type.getFormat();
  Value row = chunk.rows.row, at = chunk.column;
  auto indices = op.getIndices();
  if (tile.getGroup() > 1)
    at = add(at, mul(chunk.rows.group, tile.getColumns()));
  if (type.getRank() == 2)
    at = add(add(at, index(indices[1], row)), mul(index(indices[0], row), type.getWidth()));
  else if (!indices.empty())
    at = add(at, index(indices[0], row));
  Value address = e.at(view(op.getView()), mul(at, elementBytes(format)));
  if (tile.getColumns() > 1)
    return loadLanes(address, format, chunk.lanes, chunk.mask);
  if (format == Format::F32 || format == Format::I32)
    return splatOf(
        e.load(address, format == Format::F32 ? Type(builder.getF32Type()) : builder.getI32Type(), 4));
  Value half = e.load(address, builder.getI16Type(), 2);
  if (format == Format::F16)
    return e.extend(e.bitcast(splatOf(half), e.f16s(tile::lanes)), f32s());
  Value wide = arith::ExtUIOp::create(builder, loc, i32s(), splatOf(half));
  return e.bitcast(e.shiftLeft(wide, e.fill(i32s(), 16)), f32s());
}

Value KernelEmitter::defineGather(tile::GatherOp op, ChunkScope &chunk) {
  tile::ViewType type = op.getView().getType();
  Value row =
      arith::ExtSIOp::create(builder, loc, builder.getI64Type(), evaluateScalar(op.getIndex(), chunk.rows));
  Value column = add(index(op.getColumn(), chunk.rows.row), chunk.column);
  Value value;
  if (type.getLayout() == tile::ViewLayout::Packed) {
    value = gatherPacked(op, row, column, chunk.lanes);
  } else {
    Format format = type.getFormat();
    Value address =
        e.at(view(op.getView()), mul(add(mul(row, type.getWidth()), column), elementBytes(format)));
    if (chunk.lanes == 1)
      return splatOf(
          vector::ExtractOp::create(builder, loc, loadLanes(address, format, 1, {}), 0).getResult());
    value = loadLanes(address, format, chunk.lanes, chunk.mask);
  }
  return value;
}

/// Address of a field of slice s.
static Value sliceField(const Emit &e, Value slices, Value s, int64_t offset) {
  return e.at(e.at(slices, e.mulI(s, e.i64(sizeof(WeightSlice)))), offset);
}

Value KernelEmitter::gatherPacked(tile::GatherOp op, Value row, Value column, int64_t lanes) {
  Format format = op.getView().getType().getFormat();
  int64_t unit = unitElements(format);
  const ContractEmitter *emitter =
      findContract({format, unit == 32 ? Activation::Q8 : Activation::F32, level});
  Value slices = loadPtr(view(op.getView()), offsetof(WeightTable, slices));
  Value tileIndex = div(row, tile::lanes), lane = rem(row, tile::lanes);
  auto field = [&](Value s, int64_t offset) {
    return e.load(sliceField(e, slices, s, offset), builder.getI64Type(), 8);
  };
  // The slices tile the weight, so one of them has the element.
  Value s = advance(i64(0), [&](Value s) -> Value {
    Value before =
        arith::OrIOp::create(builder, loc, less(tileIndex, field(s, offsetof(WeightSlice, tileBegin))),
                             less(column, field(s, offsetof(WeightSlice, kBegin))));
    Value rowInside = less(tileIndex, field(s, offsetof(WeightSlice, tileEnd)));
    Value inside =
        arith::AndIOp::create(builder, loc, rowInside, less(column, field(s, offsetof(WeightSlice, kEnd))));
    Value outside = arith::XOrIOp::create(builder, loc, inside,
                                          arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true)));
    return arith::OrIOp::create(builder, loc, before, outside);
  });
  Value data = loadPtr(sliceField(e, slices, s, offsetof(WeightSlice, data)), 0);
  Value kBegin = field(s, offsetof(WeightSlice, kBegin));
  Value k = sub(field(s, offsetof(WeightSlice, kEnd)), kBegin);
  Value within = sub(column, kBegin), bytes = i64(emitter->tileBytes(unit));
  Value tileOffset =
      e.mulI(sub(tileIndex, field(s, offsetof(WeightSlice, tileBegin))), e.mulI(div(k, unit), bytes));
  Value address = e.at(e.at(data, tileOffset), e.mulI(div(within, unit), bytes));
  if (unit == 32)
    return gatherBlock(format, address, lane, div(rem(within, 32), 16));

  int64_t size = elementBytes(format);
  Type element = format == Format::F32 ? Type(builder.getF32Type()) : builder.getI16Type();
  Values elements;
  Value first = e.at(address, mul(lane, size));
  for (int64_t i = 0; i < tile::lanes; ++i)
    elements.push_back(i < lanes ? e.load(e.at(first, i * tile::lanes * size), element, size) : elements[0]);
  Value value = vector::FromElementsOp::create(builder, loc, e.vector(tile::lanes, element), elements);
  if (format == Format::F32)
    return value;
  if (format == Format::F16)
    return e.extend(e.bitcast(value, e.f16s(tile::lanes)), f32s());
  Value wide = arith::ExtUIOp::create(builder, loc, i32s(), value);
  return e.bitcast(e.shiftLeft(wide, e.fill(i32s(), 16)), f32s());
}

/// Half of the 32 elements of row `lane` in a packed block.
Value KernelEmitter::gatherBlock(Format format, Value block, Value lane, Value half) {
  bool bytes = format == Format::Q8_0;
  Value quants = e.at(e.at(block, format == Format::Q4_1 ? 64 : 32), mul(lane, 4));
  if (bytes)
    quants = e.at(quants, mul(half, 4 * 64));
  Values groups;
  for (int64_t g = 0; g < 4; ++g)
    groups.push_back(e.load(e.at(quants, g * 64), builder.getI32Type(), 4));
  Value packed = vector::FromElementsOp::create(builder, loc, e.i32s(4), groups);
  Value small = e.bitcast(packed, e.i8s(tile::lanes)), q;
  if (bytes) {
    q = arith::ExtSIOp::create(builder, loc, i32s(), small);
  } else {
    Value wide = arith::ExtUIOp::create(builder, loc, i32s(), small);
    Value shift = arith::TruncIOp::create(builder, loc, builder.getI32Type(), mul(half, 4));
    q = e.andI(e.shiftRight(wide, splatOf(shift)), e.fill(i32s(), 15));
    if (format == Format::Q4_0)
      q = e.subI(q, e.fill(i32s(), 8));
  }
  auto scale = [&](int64_t offset) {
    Value bits = e.load(e.at(e.at(block, offset), mul(lane, 2)), builder.getI16Type(), 2);
    return e.extend(e.bitcast(splatOf(bits), e.f16s(tile::lanes)), f32s());
  };
  Value value = e.mulF(scale(0), e.toFloat(q, f32s()));
  if (format == Format::Q4_1)
    value = arith::AddFOp::create(builder, loc, value, scale(32));
  return value;
}

WeightSlices KernelEmitter::findSlices(Value weight, Value tileIndex) {
  Value table = view(weight);
  Value count = loadI64(table, offsetof(WeightTable, count)),
        slices = loadPtr(table, offsetof(WeightTable, slices));
  auto field = [&](Value s, int64_t offset) {
    return e.load(sliceField(e, slices, s, offset), builder.getI64Type(), 8);
  };
  Value first = advance(i64(0), [&](Value s) {
    Value end = field(s, offsetof(WeightSlice, tileEnd));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle, end, tileIndex).getResult();
  });
  // From there on: those with the same tiles, one after the other along k.
  Value begin = field(first, offsetof(WeightSlice, tileBegin));
  auto counted = scf::ForOp::create(builder, loc, first, count, i64(1), ValueRange(first));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(counted.getBody());
    Value same =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                              field(counted.getInductionVar(), offsetof(WeightSlice, tileBegin)), begin);
    Value next = add(counted.getInductionVar(), 1);
    Value last = arith::SelectOp::create(builder, loc, same, next, counted.getRegionIterArg(0));
    scf::YieldOp::create(builder, loc, last);
  }
  return {slices, first, counted.getResult(0)};
}

//===-- Stores
//---------------------------------------------------------------------------------------------------===//

void KernelEmitter::storeChunk(tile::StoreOp op, Value value, ChunkScope &chunk) {
  tile::ViewType type = op.getView().getType();
  tile::TileType tile = op.getTile().getType();
  if (type.isCache())
    return storeToCache(op, value, chunk);
  Value row = chunk.rows.row;
  Value at = add(chunk.column, index(op.getIndices()[1], row));
  if (tile.getGroup() > 1)
    at = add(at, mul(chunk.rows.group, tile.getColumns()));
  at = add(at, mul(index(op.getIndices()[0], row), type.getWidth()));
  Value address = e.at(view(op.getView()), mul(at, elementBytes(type.getFormat())));
  storeLanes(value, address, type.getFormat(), chunk.lanes, chunk.mask);
}

/// Pages of 32 positions. Keys: [head][position / 16][dim][16 positions]; values: [head][dim / 16][32
/// positions][16].
void KernelEmitter::storeToCache(tile::StoreOp op, Value value, ChunkScope &chunk) {
  tile::ViewType type = op.getView().getType();
  Format format = type.getFormat();
  int64_t heads = type.getShape()[1], headDim = type.getWidth(), size = elementBytes(format);
  bool keys = type.getLayout() == tile::ViewLayout::Keys;
  int64_t headElements = keys ? headDim * pagePositions : llvm::alignTo(headDim, 16) * pagePositions;
  Value row = chunk.rows.row;
  Value slot = arith::ExtSIOp::create(builder, loc, builder.getI64Type(),
                                      evaluateScalar(op.getIndices()[0], chunk.rows));
  Value page = div(slot, pagePositions), position = rem(slot, pagePositions);
  Value head = add(mul(page, heads), index(op.getIndices()[1], row));
  Value base = e.at(view(op.getView()), mul(mul(head, headElements), size));
  Value dim = add(index(op.getIndices()[2], row), chunk.column);
  Value narrowed = narrow(e, value, format);
  APInt first;
  bool aligned = matchPattern(op.getIndices()[2], m_ConstantInt(&first)) && first.getSExtValue() % 16 == 0;
  if (!keys && aligned && chunk.lanes == tile::lanes) {
    Value at = add(mul(div(dim, 16), pagePositions * 16), mul(position, 16));
    return e.store(narrowed, e.at(base, mul(at, size)), size);
  }
  for (int64_t i = 0; i < chunk.lanes; ++i) {
    Value d = add(dim, i), at;
    if (keys) // [position / 16][dim][position % 16]
      at = add(add(mul(div(position, 16), headDim * 16), mul(d, 16)), rem(position, 16));
    else // [dim / 16][position][dim % 16]
      at = add(add(mul(div(d, 16), pagePositions * 16), mul(position, 16)), rem(d, 16));
    Value element = vector::ExtractOp::create(builder, loc, narrowed, i);
    e.store(element, e.at(base, mul(at, size)), size);
  }
}

} // namespace sennit
