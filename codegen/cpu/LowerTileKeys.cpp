// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention: runs of rows of one sequence walk the blocks of its segments together.
#include "codegen/cpu/LowerTileEmitter.h"

#include "runtime/device/host/KernelAbi.h"

using namespace mlir;

namespace sennit {

/// Rows and group members of a tile of the rows at hand, as one axis.
static int64_t groupOf(tile::ContractOp op) {
  return op.getActivation().getType().getGroup();
}

void KernelEmitter::emitRuns(tile::ColumnsOp section, tile::KeysOp keys) {
  Value sequences = view(keys.getRowSequence());
  int64_t limit = schedule().getRows();
  auto runs = scf::WhileOp::create(builder, loc, TypeRange(builder.getI64Type()), ValueRange(rowBegin));
  OpBuilder::InsertionGuard guard(builder);
  Block *before = builder.createBlock(&runs.getBefore(), {}, TypeRange(builder.getI64Type()), {loc});
  scf::ConditionOp::create(builder, loc, less(before->getArgument(0), rowEnd), before->getArguments());
  Block *after = builder.createBlock(&runs.getAfter(), {}, TypeRange(builder.getI64Type()), {loc});
  Value first = after->getArgument(0), sequence = loadStep(sequences, first);
  Value bound = least(rowEnd, add(first, limit));
  // A row past the bound is not looked at: it may be past the end of the array.
  Value end = loop(first, bound, 1, ValueRange{first}, [&](Operation *, Value row, ValueRange carried) {
    Value unbroken = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, carried[0], row);
    Value same =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, loadStep(sequences, row), sequence);
    Value taken = arith::AndIOp::create(builder, loc, unbroken, same);
    return Values{arith::SelectOp::create(builder, loc, taken, add(row, 1), carried[0])};
  })[0];
  emitOps(*section.getBodyBlock(), {first, sub(end, first)});
  scf::YieldOp::create(builder, loc, end);
}

void KernelEmitter::emitKeys(tile::KeysOp op, RowRange rows) {
  emitInits(op, rows);
  eachBlock(op, rows, [&](Value) {
    emitOps(*op.getBodyBlock(), rows);
    emitCarried(op, rows);
  });
}

/// Carried tiles begin with their initial values, where they do not lie in the same memory.
void KernelEmitter::emitInits(tile::KeysOp op, RowRange rows) {
  for (auto [init, carried] : llvm::zip(op.getInits(), op.getCarried())) {
    const ScratchTile &memory = plan.tiles.find(carried)->second;
    auto known = plan.tiles.find(init);
    if (known != plan.tiles.end() && known->second.offset == memory.offset)
      continue;
    auto type = cast<tile::TileType>(init.getType());
    eachRow(rows, type.getGroup(), [&](RowScope &scope) {
      if (type.getColumns() == 1)
        return e.store(evaluateScalar(init, scope), tileAddress(memory, scope), 4);
      eachChunk(type.getColumns(), {}, scope, [&](ChunkScope &chunk) {
        e.store(evaluate(init, chunk), e.at(tileAddress(memory, scope), mul(chunk.column, 4)), 64);
      });
    });
  }
}

void KernelEmitter::eachBlock(tile::KeysOp op, RowRange rows, function_ref<void(Value)> body) {
  Value sequence = loadStep(view(op.getRowSequence()), rows.first);
  Value segments = view(op.getSequenceSegments());
  Value segmentEnd = loadStep(segments, add(sequence, 1)), last = sub(segmentEnd, i64(1));
  loop(loadStep(segments, sequence), segmentEnd, 1, i64(0),
       [&](Operation *, Value segment, ValueRange before) {
         Value length = loadStep(view(op.getSegmentLength()), segment);
         Value firstPosition = loadStep(view(op.getSegmentFirst()), segment);
         Value pages = e.at(view(op.getPages()), mul(loadStep(view(op.getSegmentPages()), segment), 4));
         Value isLast = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, segment, last);
         // A row attends to the keys of the segment up to its own position; that binds in the last one only.
         Value own = add(sub(i64(0), firstPosition), 1);
         Value unbound = i64(int64_t(1) << 40);
         Value offset = arith::SelectOp::create(builder, loc, isLast, own, unbound);
         loop(i64(0), length, attentionBlock, [&](Operation *, Value start) {
           Value valid = e.at(scratch, plan.tiles.find(op.getValid())->second.offset);
           Value count = rows.count ? rows.count : i64(1);
           Values range = loop(i64(0), count, 1, ValueRange{i64(0), i64(attentionBlock)},
                               [&](Operation *, Value local, ValueRange carried) {
                                 Value position = loadStep(view(op.getPositions()), add(rows.first, local));
                                 Value keys = least(length, add(position, offset));
                                 Value here = clamp(sub(keys, start), 0, attentionBlock);
                                 Value small =
                                     arith::TruncIOp::create(builder, loc, builder.getI32Type(), here);
                                 e.store(small, e.at(valid, mul(local, 4)), 4);
                                 return Values{most(carried[0], here), least(carried[1], here)};
                               });
           when(less(i64(0), range[0]), [&] {
             block = {e.at(pages, mul(div(start, pagePositions), 4)), range[0], range[1]};
             body(add(before[0], div(start, attentionBlock)));
             block = {};
           });
         });
         return Values{add(before[0], div(add(length, attentionBlock - 1), attentionBlock))};
       });
}

/// The next values of the carried tiles, all computed from the present ones: one-column tiles first, then
/// chunk by chunk of each width, then the one-column tiles are written.
void KernelEmitter::emitCarried(tile::KeysOp op, RowRange rows) {
  auto yielded = cast<tile::YieldOp>(op.getBodyBlock()->getTerminator()).getValues();
  if (yielded.empty())
    return;
  int64_t group = cast<tile::TileType>(op.getInits()[0].getType()).getGroup();
  eachRow(rows, group, [&](RowScope &scope) {
    SmallVector<std::pair<Value, Value>> columns; // address, value
    SmallVector<int64_t> widths;
    auto widthOf = [](Value tile) { return cast<tile::TileType>(tile.getType()).getColumns(); };
    for (auto [value, carried] : llvm::zip(yielded, op.getCarried())) {
      if (value == carried)
        continue;
      if (widthOf(carried) == 1)
        columns.emplace_back(tileAddress(plan.tiles.find(carried)->second, scope),
                             evaluateScalar(value, scope));
      else if (!llvm::is_contained(widths, widthOf(carried)))
        widths.push_back(widthOf(carried));
    }
    for (int64_t width : widths)
      eachChunk(width, {}, scope, [&](ChunkScope &chunk) {
        SmallVector<std::pair<Value, Value>> chunks;
        for (auto [value, carried] : llvm::zip(yielded, op.getCarried()))
          if (value != carried && widthOf(carried) == width)
            chunks.emplace_back(tileAddress(plan.tiles.find(carried)->second, scope), evaluate(value, chunk));
        for (auto [address, value] : chunks)
          e.store(value, e.at(address, mul(chunk.column, 4)), 64);
      });
    for (auto [address, value] : columns)
      e.store(value, address, 4);
  });
}

/// Addresses of `count` rows of a tile of the rows at hand.
static SmallVector<Value> addresses(const Emit &e, Value first, int64_t stride, int64_t count) {
  SmallVector<Value> result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back(e.at(first, i * stride));
  return result;
}

/// form(first, count) for all `rows` x `group` of a tile in groups as large as the emitter likes. The one row
/// of a generated token is a group of its own.
void KernelEmitter::eachKeyRows(RowRange rows, int64_t group, const ContractEmitter &emitter,
                                function_ref<void(Value, int64_t)> form) {
  int64_t widest = emitter.preferredRows();
  Value count = mul(rows.count ? rows.count : i64(1), group);
  if (group > widest || llvm::isPowerOf2_64(group))
    return eachRowGroup(i64(0), count, widest, form);
  Value one = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, count, i64(group));
  auto choice = scf::IfOp::create(builder, loc, TypeRange(), one, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.thenBlock());
  form(i64(0), group);
  builder.setInsertionPointToStart(choice.elseBlock());
  eachRowGroup(i64(0), count, widest, form);
}

/// Tiles that an emitter takes side by side, a power of two.
static int64_t tilesTogether(const ContractEmitter &emitter, int64_t rows, int64_t most) {
  return llvm::bit_floor<uint64_t>(std::min<int64_t>(emitter.preferredTiles(static_cast<int>(rows)), most));
}

/// Scores of the keys of the block, some times 16 positions at a time, up to the largest number that a row
/// may attend; those behind it, up to the end of its page or of the last page again, are never looked at.
void KernelEmitter::emitScores(tile::ContractOp op, RowRange rows) {
  tile::ViewType type = op.getView().getType();
  int64_t heads = type.getShape()[1], headDim = type.getWidth(), size = elementBytes(type.getFormat());
  int64_t partBytes = headDim * tile::lanes * size, parts = pagePositions / tile::lanes;
  const ContractEmitter &emitter = emitterOf(op);
  const ScratchTile &queries = plan.tiles.find(op.getActivation())->second;
  const ScratchTile &scores = plan.tiles.find(op.getResult())->second;
  Value base = queries.perCall ? mul(sub(rows.first, rowBegin), queries.group) : i64(0);
  Value head = index(op.getIndices()[1], rows.first);
  Value k = arith::ConstantIndexOp::create(builder, loc, headDim);
  Value lastPage = div(sub(block.most, i64(1)), pagePositions);
  auto keyTile = [&](Value part) {
    Value page = loadStep(block.pages, least(div(part, parts), lastPage));
    Value tileIndex = add(mul(add(mul(page, heads), head), parts), rem(part, parts));
    return e.at(view(op.getView()), mul(tileIndex, partBytes));
  };
  eachKeyRows(rows, groupOf(op), emitter, [&](Value row, int64_t together) {
    Values from = addresses(e, rowAddress(queries, add(base, row)), queries.stride, together);
    Value target = rowAddress(scores, row);
    int64_t tiles = tilesTogether(emitter, together, attentionBlock / tile::lanes);
    loop(i64(0), div(add(block.most, tile::lanes - 1), tile::lanes), tiles, [&](Operation *, Value part) {
      // What lies in other pages no prefetcher of the hardware foresees.
      Values weights, next;
      for (int64_t t = 0; t < tiles; ++t) {
        weights.push_back(keyTile(add(part, t)));
        next.push_back(keyTile(add(part, tiles + t)));
      }
      Values sums =
          emitter.emitRows(builder, loc, weights, from, k, Values(tiles * together, zeroF32()), next);
      Value into = e.at(target, mul(part, tile::lanes * 4));
      for (int64_t t = 0; t < tiles; ++t)
        for (int64_t i = 0; i < together; ++i)
          e.store(sums[t * together + i], e.at(into, i * scores.stride + t * tile::lanes * 4), 64);
    });
  });
}

/// Sums over the valid keys of the block, page by page. Keys that all rows at hand may attend are taken by
/// groups of rows, the rest row by row, so that no key past a row's own is touched.
void KernelEmitter::emitSums(tile::ContractOp op, RowRange rows) {
  tile::ViewType type = op.getView().getType();
  int64_t heads = type.getShape()[1], size = elementBytes(type.getFormat());
  int64_t parts = llvm::divideCeil(type.getWidth(), tile::lanes), group = groupOf(op);
  int64_t keyBytes = tile::lanes * size, partBytes = pagePositions * keyBytes;
  const ContractEmitter &emitter = emitterOf(op);
  const ScratchTile &weights = plan.tiles.find(op.getActivation())->second;
  const ScratchTile &sums = plan.tiles.find(op.getResult())->second;
  Value valid = e.at(scratch, plan.tiles.find(op.getValid())->second.offset);
  Value count = mul(rows.count ? rows.count : i64(1), group);
  Value head = index(op.getIndices()[1], rows.first);
  auto toIndex = [&](Value number) {
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), number).getResult();
  };
  loop(i64(0), count, 1, [&](Operation *, Value row) {
    for (int64_t part = 0; part < parts; ++part)
      e.store(zeroF32(), e.at(rowAddress(sums, row), part * 64), 64);
  });
  // Adds k keys from `key` on to all columns of `together` rows; `tile` is where the first of these keys
  // lies.
  auto accumulate = [&](Value tile, Value ahead, Value row, Value key, Value k, int64_t together) {
    Values from = addresses(e, e.at(rowAddress(weights, row), mul(key, 4)), weights.stride, together);
    Value target = rowAddress(sums, row);
    auto addParts = [&](Value part, int64_t tiles) {
      Value first = e.at(tile, mul(part, partBytes)), into = e.at(target, mul(part, 64));
      Values places, before;
      for (int64_t t = 0; t < tiles; ++t)
        places.append(addresses(e, e.at(into, t * 64), sums.stride, together));
      for (Value place : places)
        before.push_back(e.load(place, f32s(), 64));
      Values after =
          emitter.emitRows(builder, loc, addresses(e, first, partBytes, tiles), from, toIndex(k), before,
                           addresses(e, e.at(ahead, mul(part, partBytes)), partBytes, tiles));
      for (auto [sum, place] : llvm::zip(after, places))
        e.store(sum, place, 64);
    };
    int64_t tiles = tilesTogether(emitter, together, parts), full = parts / tiles * tiles;
    loop(i64(0), i64(full), tiles, [&](Operation *, Value part) { addParts(part, tiles); });
    if (full < parts)
      loop(i64(full), i64(parts), 1, [&](Operation *, Value part) { addParts(part, 1); });
  };
  auto pageAt = [&](Value key) {
    Value page = loadStep(block.pages, div(key, pagePositions));
    return e.at(view(op.getView()), mul(add(mul(page, heads), head), parts * partBytes));
  };
  loop(i64(0), block.most, pagePositions, [&](Operation *, Value start) {
    Value common = clamp(sub(block.least, start), 0, pagePositions);
    Value inPage = clamp(sub(block.most, start), 0, pagePositions);
    Value tile = pageAt(start), next = pageAt(least(add(start, pagePositions), sub(block.most, i64(1))));
    eachKeyRows(rows, group, emitter,
                [&](Value row, int64_t together) { accumulate(tile, next, row, start, common, together); });
    when(less(common, inPage), [&] {
      loop(i64(0), count, 1, [&](Operation *, Value row) {
        Value own = clamp(sub(loadStep(valid, div(row, group)), start), 0, pagePositions);
        when(less(common, own), [&] {
          accumulate(e.at(tile, mul(common, keyBytes)), next, row, add(start, common), sub(own, common), 1);
        });
      });
    });
  });
}

} // namespace sennit
