// RUN: sennit-opt %s | sennit-opt | FileCheck %s

// A function for few rows: activations in shared memory, weights loaded slice by slice, and a barrier before each use.
// CHECK-LABEL: tile.kernel @few(
// CHECK-SAME: schedule(#tile.cuda<form = few, of = "linear", most = 8, rows = 8, columns = 64, stages = 4, threads = 128>) {
tile.kernel @few(%x: !tile.view<?x96, f32, rows>, %w: !tile.view<48x96, q4_0, packed>, %y: !tile.view<?x48, f32, rows>)
    rows(%m : all by 64)
    schedule(#tile.cuda<form = few, of = "linear", most = 8, rows = 8, columns = 64, stages = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  // CHECK: %[[A:.*]] = tile.prologue -> !tile.tile<?x96, f16, shared> {
  %a = tile.prologue -> !tile.tile<?x96, f16, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x96, f32, rows> -> !tile.tile<?x96, f32, reg>
    // CHECK: tile.encode %{{.*}} : !tile.tile<?x96, f32, reg> -> !tile.tile<?x96, f16, shared>
    %q = tile.encode %v : !tile.tile<?x96, f32, reg> -> !tile.tile<?x96, f16, shared>
    tile.yield %q : !tile.tile<?x96, f16, shared>
  }
  // CHECK: tile.barrier
  tile.barrier
  tile.columns %n = 0 to 48 step 16 {
    // CHECK: tile.stage to 96 step 64 ahead 3 -> !tile.tile<?x16, f32, reg> {
    // CHECK-NEXT: ^bb0(%[[K:.*]]: index):
    %c = tile.stage to 96 step 64 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      // CHECK: %[[P:.*]] = tile.async_load %{{.*}}[%{{.*}}, %[[K]]] : !tile.view<48x96, q4_0, packed> -> !tile.view<16x64, q4_0, packed>
      %p = tile.async_load %w[%n, %k] : !tile.view<48x96, q4_0, packed> -> !tile.view<16x64, q4_0, packed>
      // CHECK-NEXT: tile.barrier
      tile.barrier
      // CHECK-NEXT: tile.contract %[[A]], %[[P]][%[[K]]] : !tile.tile<?x96, f16, shared>, !tile.view<16x64, q4_0, packed>
      %s = tile.contract %a, %p[%k] : !tile.tile<?x96, f16, shared>, !tile.view<16x64, q4_0, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x48, f32, rows>
  }
}

// A function that leaves encoded activations in scratch, and one that takes them from there.
// CHECK-LABEL: tile.kernel @encode(
tile.kernel @encode(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f32, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = encode, of = "linear", rows = 4, threads = 128, blocks = 8>) {
  %c0 = arith.constant 0 : index
  // CHECK: tile.prologue -> !tile.tile<?x64, split, scratch> {
  %a = tile.prologue -> !tile.tile<?x64, split, scratch> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    %q = tile.encode %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, split, scratch>
    tile.yield %q : !tile.tile<?x64, split, scratch>
  }
}

// CHECK-LABEL: tile.kernel @many(
// CHECK-SAME: #tile.cuda<form = many, of = "linear", group = 1, rows = 64, columns = 64, stages = 4, threads = 128, blocks = 2>
tile.kernel @many(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f32, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64)
    schedule(#tile.cuda<form = many, of = "linear", group = 1, rows = 64, columns = 64, stages = 4, threads = 128, blocks = 2>) {
  // CHECK: tile.encoded 0 : !tile.tile<?x64, split, scratch>
  %a = tile.encoded 0 : !tile.tile<?x64, split, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f32, packed> -> !tile.view<16x32, f32, packed>
      // CHECK: tile.async_load %{{.*}}[%{{.*}}, %{{.*}}] : !tile.tile<?x64, split, scratch> -> !tile.tile<?x32, split, shared>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, split, scratch> -> !tile.tile<?x32, split, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, split, shared>, !tile.view<16x32, f32, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}
