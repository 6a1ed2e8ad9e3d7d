// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention of one row in parts, so that several workers share a long context: each part computes what its
// blocks of keys come to, and whoever finishes last merges all blocks in the order in which one worker alone
// would have. The arithmetic is the same, so the bytes are too.
#include "codegen/cpu/LowerTileEmitter.h"

#include "runtime/device/host/KernelAbi.h"

using namespace mlir;

namespace sennit {

/// Bytes before the results of the first block: the counter of finished parts, alone in its cache line.
static constexpr int64_t counterBytes = 64;

void KernelEmitter::emitParts(tile::ColumnsOp section, tile::KeysOp keys, Value tileIndex, Value part) {
  loop(rowBegin, rowEnd, 1, [&](Operation *, Value row) {
    RowRange rows{row, {}};
    Value item = add(mul(sub(row, rowBegin), section.getCount()), tileIndex);
    Value memory = e.at(shared, e.mulI(item, sharedStride));
    auto op = section.getBodyBlock()->begin();
    for (; &*op != keys.getOperation(); ++op)
      emitOp(*op, rows);
    emitBlocksOfPart(keys, rows, part, memory);

    // Results before the count, the count before the merge reads the results of others.
    Value finished = LLVM::AtomicRMWOp::create(builder, loc, LLVM::AtomicBinOp::add, memory, i64(1),
                                               LLVM::AtomicOrdering::acq_rel);
    Value isLast = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, add(finished, 1), parts);
    when(isLast, [&] {
      e.store(i64(0), memory, 8);
      emitInits(keys, rows);
      eachBlock(keys, rows, [&](Value number) {
        copyResults(e.at(memory, add(mul(number, plan.partBytes), counterBytes)), /*store=*/false);
        for (Operation &inner : *keys.getBodyBlock())
          if (plan.merging.contains(&inner))
            emitOp(inner, rows);
        emitCarried(keys, rows);
      });
      for (++op; op != section.getBodyBlock()->end(); ++op)
        emitOp(*op, rows);
    });
  });
}

void KernelEmitter::emitBlocksOfPart(tile::KeysOp keys, RowRange rows, Value part, Value memory) {
  Value blocks = countBlocks(keys, rows.first);
  auto boundary = [&](Value p) {
    return arith::DivUIOp::create(builder, loc, e.mulI(blocks, p), parts).getResult();
  };
  Value first = boundary(part), end = boundary(add(part, 1));
  eachBlock(keys, rows, [&](Value number) {
    Value mine = arith::AndIOp::create(builder, loc, less(number, end), less(first, add(number, 1)));
    when(mine, [&] {
      for (Operation &inner : *keys.getBodyBlock())
        if (!plan.merging.contains(&inner))
          emitOp(inner, rows);
      copyResults(e.at(memory, add(mul(number, plan.partBytes), counterBytes)), /*store=*/true);
    });
  });
}

/// What the block at hand came to, from scratch to shared memory or back.
void KernelEmitter::copyResults(Value slot, bool store) {
  for (const BlockResult &result : plan.blockResults) {
    Value own = e.at(scratch, plan.tiles.find(result.tile)->second.offset),
          common = e.at(slot, result.offset);
    loop(i64(0), i64(result.bytes), 64, [&](Operation *, Value at) {
      Value from = e.at(store ? own : common, at), to = e.at(store ? common : own, at);
      e.store(e.load(from, f32s(), 64), to, 64);
    });
  }
}

/// Blocks of the row's sequence, those behind its position included.
Value KernelEmitter::countBlocks(tile::KeysOp keys, Value row) {
  Value sequence = loadStep(view(keys.getRowSequence()), row), segments = view(keys.getSequenceSegments());
  return loop(loadStep(segments, sequence), loadStep(segments, add(sequence, 1)), 1, i64(0),
              [&](Operation *, Value segment, ValueRange sum) {
                Value length = loadStep(view(keys.getSegmentLength()), segment);
                return Values{add(sum[0], div(add(length, attentionBlock - 1), attentionBlock))};
              })[0];
}

} // namespace sennit
