// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What makes expressions run: stores, shared tiles, reductions, encodings.
#include "codegen/cpu/LowerTileEmitter.h"

#include <limits>

using namespace mlir;

namespace sennit {

void KernelEmitter::eachRow(RowRange rows, int64_t group, function_ref<void(RowScope &)> body) {
  auto eachMember = [&](Value row, Value local) {
    if (group == 1) {
      RowScope scope{row, local, i64(0)};
      return body(scope);
    }
    loop(i64(0), i64(group), 1, [&](Operation *, Value member) {
      RowScope scope{row, local, member};
      body(scope);
    });
  };
  if (!rows.count)
    return eachMember(rows.first, i64(0));
  loop(i64(0), rows.count, 1, [&](Operation *, Value local) { eachMember(add(rows.first, local), local); });
}

void KernelEmitter::eachChunk(int64_t columns, Value limit, RowScope &rows,
                              function_ref<void(ChunkScope &)> body) {
  int64_t full = columns / tile::lanes * tile::lanes;
  if (full == tile::lanes && !limit) {
    ChunkScope chunk{rows, i64(0)};
    body(chunk);
  } else if (full > 0) {
    loop(i64(0), limit ? limit : i64(full), tile::lanes, [&](Operation *op, Value column) {
      rows.anchor = op;
      ChunkScope chunk{rows, column};
      body(chunk);
    });
  }
  if (full < columns) {
    ChunkScope chunk{rows, i64(full), columns - full, maskOf(columns - full)};
    body(chunk);
  }
  rows.anchor = nullptr;
}

Value KernelEmitter::columnLimit(Value tile) const {
  if (!plan.overKeys.contains(tile))
    return {};
  return mul(div(add(block.most, tile::lanes - 1), tile::lanes), tile::lanes);
}

void KernelEmitter::emitStore(tile::StoreOp op, RowRange rows) {
  tile::TileType type = op.getTile().getType();
  eachRow(rows, type.getGroup(), [&](RowScope &scope) {
    if (type.getColumns() == 1) {
      ChunkScope chunk{scope, i64(0), 1, maskOf(1)};
      return storeChunk(op, evaluateColumn(op.getTile(), scope), chunk);
    }
    eachChunk(type.getColumns(), {}, scope,
              [&](ChunkScope &chunk) { storeChunk(op, evaluate(op.getTile(), chunk), chunk); });
  });
}

void KernelEmitter::emitShared(Value tile, RowRange rows) {
  auto type = cast<tile::TileType>(tile.getType());
  const ScratchTile &memory = plan.tiles.find(tile)->second;
  if (!type.hasRows())
    rows.count = {};
  eachRow(rows, type.getGroup(), [&](RowScope &scope) {
    if (type.getColumns() == 1) {
      ChunkScope chunk{scope, i64(0), 1};
      Value value = vector::ExtractOp::create(builder, loc, define(tile, chunk), 0);
      return e.store(value, tileAddress(memory, scope), 4);
    }
    eachChunk(type.getColumns(), columnLimit(tile), scope, [&](ChunkScope &chunk) {
      // Rows are padded to whole chunks.
      Value value = define(tile, chunk);
      e.store(value, e.at(tileAddress(memory, scope), mul(chunk.column, 4)), 64);
    });
  });
}

Value KernelEmitter::join(Value a, Value b, tile::Reduction kind) const {
  if (kind != tile::Reduction::Max)
    return arith::AddFOp::create(builder, loc, a, b);
  // One instruction; of two equal or unordered values the second.
  Value greater = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT, a, b);
  return arith::SelectOp::create(builder, loc, greater, a, b);
}

Value KernelEmitter::joinLanes(Value vector, tile::Reduction kind) const {
  for (int64_t half = tile::lanes / 2; half >= 1; half /= 2) {
    auto low = llvm::to_vector(llvm::seq<int64_t>(0, half)),
         high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
    vector = join(e.shuffle(vector, vector, low), e.shuffle(vector, vector, high), kind);
  }
  return vector::ExtractOp::create(builder, loc, vector, 0);
}

void KernelEmitter::emitReduce(tile::ReduceOp op, RowRange rows) {
  tile::TileType type = op.getTile().getType();
  tile::Reduction kind = op.getKind();
  bool max = kind == tile::Reduction::Max;
  Value neutral = splatOf(max ? -std::numeric_limits<float>::infinity() : 0.0f);
  auto take = [&](Value sum, ChunkScope &chunk) {
    Value value = evaluate(op.getTile(), chunk);
    if (chunk.mask)
      value = arith::SelectOp::create(builder, loc, chunk.mask, value, neutral);
    return kind == tile::Reduction::SumSquares ? e.fma(value, value, sum) : join(sum, value, kind);
  };
  auto memory = plan.tiles.find(op.getResult());
  eachRow(rows, type.getGroup(), [&](RowScope &scope) {
    int64_t columns = type.getColumns(), full = columns / tile::lanes * tile::lanes;
    Value limit = columnLimit(op.getTile()), sum = neutral;
    if (full > 0)
      sum = loop(i64(0), limit ? limit : i64(full), tile::lanes, sum,
                 [&](Operation *at, Value column, ValueRange sums) {
                   scope.anchor = at;
                   ChunkScope chunk{scope, column};
                   return Values{take(sums[0], chunk)};
                 })[0];
    if (full < columns) {
      ChunkScope chunk{scope, i64(full), columns - full, maskOf(columns - full)};
      sum = take(sum, chunk);
    }
    scope.anchor = nullptr;
    Value result = joinLanes(sum, kind);
    if (memory == plan.tiles.end())
      single[op.getResult()] = splatOf(result);
    else
      e.store(result, tileAddress(memory->second, scope), 4);
  });
}

/// Blocks of 32 columns as Contract.h describes them.
void KernelEmitter::emitEncode(tile::EncodeOp op, RowRange rows) {
  const ScratchTile &memory = plan.tiles.find(op.getResult())->second;
  auto magnitude = [&](Value value) { return math::AbsFOp::create(builder, loc, value).getResult(); };
  auto constant = [&](float value) {
    return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value)).getResult();
  };
  eachRow(rows, 1, [&](RowScope &scope) {
    Value target = tileAddress(memory, scope);
    loop(i64(0), i64(op.getTile().getType().getColumns()), 32, [&](Operation *at, Value column) {
      scope.anchor = at;
      ChunkScope low{scope, column}, high{scope, add(column, tile::lanes)};
      Value x[2] = {evaluate(op.getTile(), low), evaluate(op.getTile(), high)};
      Value largest =
          joinLanes(join(magnitude(x[0]), magnitude(x[1]), tile::Reduction::Max), tile::Reduction::Max);
      Value scale = arith::DivFOp::create(builder, loc, largest, constant(127.0f));
      Value positive =
          arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT, largest, constant(0.0f));
      Value inverse = arith::SelectOp::create(builder, loc, positive,
                                              arith::DivFOp::create(builder, loc, constant(127.0f), largest),
                                              constant(0.0f));
      Value out = e.at(target, mul(div(column, 32), q8BlockBytes)), sums;
      for (int64_t half = 0; half < 2; ++half) {
        Value scaled = e.mulF(x[half], splatOf(inverse));
        Value rounded = math::RoundEvenOp::create(builder, loc, scaled);
        Value whole = arith::FPToSIOp::create(builder, loc, i32s(), rounded);
        e.store(arith::TruncIOp::create(builder, loc, e.i8s(tile::lanes), whole),
                e.at(out, 12 + half * tile::lanes), 1);
        sums = half ? e.addI(sums, whole) : whole;
      }
      Value sum = vector::ReductionOp::create(builder, loc, vector::CombiningKind::ADD, sums);
      e.store(scale, out, 4);
      e.store(sum, e.at(out, 4), 4);
      Value total = arith::SIToFPOp::create(builder, loc, builder.getF32Type(), sum);
      e.store(e.mulF(total, scale), e.at(out, 8), 4);
    });
    scope.anchor = nullptr;
  });
}

} // namespace sennit
