// RUN: sennit-opt %s -tile-insert-barriers | FileCheck %s
// RUN: sennit-opt %s -tile-insert-barriers -tile-verify-tile -tile-insert-barriers | FileCheck %s

// Tests that a shared tile is read behind a barrier, and not overwritten by the next row before all have read it.
// CHECK-LABEL: tile.kernel @softmax(
tile.kernel @softmax(%x: !tile.view<?x64, f32, rows>, %y: !tile.view<?x64, f32, rows>) rows(%m : all by 64)
    schedule(#tile.cuda<form = row, of = "softmax", rows = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // CHECK: tile.reduce max
  %top = tile.reduce max %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x1, f32, reg>
  // CHECK-NEXT: tile.map
  %e = tile.map(%v, %top) : (!tile.tile<?x64, f32, reg>, !tile.tile<?x1, f32, reg>) -> !tile.tile<?x64, f32, shared> {
  ^bb0(%a: f32, %b: f32):
    %d = arith.subf %a, %b : f32
    %r = math.exp %d : f32
    tile.yield %r : f32
  }
  // CHECK: tile.barrier
  // CHECK-NEXT: tile.reduce sum
  %s = tile.reduce sum %e : !tile.tile<?x64, f32, shared> -> !tile.tile<?x1, f32, reg>
  // CHECK-NEXT: tile.map
  %z = tile.map(%e, %s) : (!tile.tile<?x64, f32, shared>, !tile.tile<?x1, f32, reg>) -> !tile.tile<?x64, f32, reg> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.divf %a, %b : f32
    tile.yield %r : f32
  }
  // CHECK: tile.store
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: }
  tile.store %z, %y[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<?x64, f32, rows>
}

// Tests that a tile of one column, which every thread computes, needs none.
// CHECK-LABEL: tile.kernel @scalar(
// CHECK-NOT: tile.barrier
tile.kernel @scalar(%x: !tile.view<?x64, f32, rows>, %y: !tile.view<?x64, f32, rows>) rows(%m : all by 64)
    schedule(#tile.cuda<form = row, of = "scalar", rows = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  %s = tile.reduce sum %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x1, f32, reg>
  %z = tile.map(%v, %s) : (!tile.tile<?x64, f32, reg>, !tile.tile<?x1, f32, reg>) -> !tile.tile<?x64, f32, reg> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.divf %a, %b : f32
    tile.yield %r : f32
  }
  tile.store %z, %y[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<?x64, f32, rows>
}

// Tests that halves of a head, which are apart in every round, need none, but a store over them does.
// CHECK-LABEL: tile.kernel @heads(
tile.kernel @heads(%x: !tile.view<?x64, f32, rows>, %k: !tile.view<?x2x32, f16, keys>, %slots: !tile.view<?, i32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = row, of = "heads", rows = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %slot = tile.load %slots[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  // CHECK: tile.for
  tile.for %i = 0 to 2 step 1 {
    %column = arith.muli %i, %c32 : index
    %middle = arith.addi %column, %c16 : index
    %low = tile.load %x[%m, %column] : !tile.view<?x64, f32, rows> -> !tile.tile<?x16, f32, reg>
    %high = tile.load %x[%m, %middle] : !tile.view<?x64, f32, rows> -> !tile.tile<?x16, f32, reg>
    %all = tile.load %x[%m, %column] : !tile.view<?x64, f32, rows> -> !tile.tile<?x32, f32, reg>
    // CHECK: tile.store %[[LOW:.*]], %[[K:.*]][%{{.*}}, %[[I:.*]], %[[C0:.*]]]
    // CHECK-NEXT: tile.store
    // CHECK-NEXT: tile.barrier
    // CHECK-NEXT: tile.store
    // CHECK-NEXT: }
    tile.store %low, %k[%slot, %i, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x2x32, f16, keys>
    tile.store %high, %k[%slot, %i, %c16] : !tile.tile<?x16, f32, reg>, !tile.view<?x2x32, f16, keys>
    tile.store %all, %k[%slot, %i, %c0] : !tile.tile<?x32, f32, reg>, !tile.view<?x2x32, f16, keys>
  }
}

// Tests that rounds which write the same columns wait for each other, and that a view is read behind what wrote it.
// CHECK-LABEL: tile.kernel @rounds(
tile.kernel @rounds(%x: !tile.view<?x64, f32, rows>, %y: !tile.view<?x64, f32, rows>, %z: !tile.view<?x64, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = row, of = "rounds", rows = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: tile.for
  tile.for %i = 0 to 2 step 1 {
    %column = arith.muli %i, %c16 : index
    %v = tile.load %x[%m, %column] : !tile.view<?x64, f32, rows> -> !tile.tile<?x32, f32, reg>
    // CHECK: tile.store
    // CHECK-NEXT: tile.barrier
    // CHECK-NEXT: }
    tile.store %v, %y[%m, %column] : !tile.tile<?x32, f32, reg>, !tile.view<?x64, f32, rows>
  }
  // CHECK-NOT: tile.barrier
  // CHECK: tile.load
  %w = tile.load %y[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // CHECK-NEXT: tile.store
  tile.store %w, %z[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<?x64, f32, rows>
  %u = tile.load %z[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // CHECK: tile.barrier
  // CHECK-NEXT: tile.store
  tile.store %u, %x[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<?x64, f32, rows>
}
