// RUN: sennit-opt %s --tile-for-cuda=arch=sm_90a | FileCheck %s
// RUN: sennit-opt %s --tile-for-cuda=arch=sm_80 | FileCheck %s --check-prefix=SM80

// Tests that a narrow row is a warp's, and a wide one a block's.
// CHECK-LABEL: tile.kernel @narrow(
// CHECK-SAME: schedule(#tile.cuda<form = row, of = "narrow", rows = 4, threads = 128, blocks = 6>)
tile.kernel @narrow(%x: !tile.view<?x256, f32, rows>, %y: !tile.view<?x256, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x256, f32, rows> -> !tile.tile<?x256, f32, reg>
  tile.store %v, %y[%m, %c0] : !tile.tile<?x256, f32, reg>, !tile.view<?x256, f32, rows>
}
// CHECK-LABEL: tile.kernel @wide(
// CHECK-SAME: schedule(#tile.cuda<form = row, of = "wide", threads = 128, blocks = 6>)
tile.kernel @wide(%x: !tile.view<?x257, f32, rows>, %y: !tile.view<?x257, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x257, f32, rows> -> !tile.tile<?x257, f32, reg>
  tile.store %v, %y[%m, %c0] : !tile.tile<?x257, f32, reg>, !tile.view<?x257, f32, rows>
}

// Tests that sections with one format and activation make a group, whose activations are encoded once for tensor cores.
// CHECK-LABEL: tile.kernel @linear_few(
// CHECK-SAME: schedule(#tile.cuda<form = few, of = "linear", most = 8, rows = 8, columns = 64,
// CHECK: %[[A:.*]] = tile.prologue -> !tile.tile<?x64, f16, shared> {
// CHECK: tile.encode %{{.*}} : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, f16, shared>
// CHECK: tile.barrier
// CHECK-NEXT: tile.columns %[[N:.*]] = 0 to 48 step 16 {
// CHECK-NEXT: tile.stage to 64 step 64 ahead
// CHECK-NEXT: ^bb0(%[[K:.*]]: index):
// CHECK-NEXT: %[[P:.*]] = tile.async_load %{{.*}}[%[[N]], %[[K]]]
// CHECK-NEXT: tile.barrier
// CHECK-NEXT: tile.contract %[[A]], %[[P]][%[[K]]]
// CHECK: tile.columns %{{.*}} = 0 to 16 step 16 {
// CHECK-NOT: tile.columns
// CHECK-LABEL: tile.kernel @linear_encode(
// CHECK: tile.prologue -> !tile.tile<?x64, f16, scratch> {
// CHECK-NOT: tile.columns
// CHECK-LABEL: tile.kernel @linear_stream16(
// CHECK-SAME: form = stream, of = "linear", most = 16, rows = 16,
// CHECK-LABEL: tile.kernel @linear_many64(
// CHECK-SAME: form = many, of = "linear", most = 256, rows = 64,
// CHECK: %[[E:.*]] = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
// CHECK: tile.stage to 64 step 32 ahead 3
// CHECK: tile.async_load %[[E]][%{{.*}}, %{{.*}}] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
// CHECK-LABEL: tile.kernel @linear_many128(
// CHECK-SAME: form = many, of = "linear", rows = 128,
// Another format is another group, with functions of its own.
// CHECK-LABEL: tile.kernel @linear_few_group1(
// CHECK-SAME: form = few, of = "linear", group = 1, {{.*}} blocks = 4>
// Where a multiprocessor has less shared memory it holds fewer blocks.
// SM80-LABEL: tile.kernel @linear_few_group1(
// SM80-SAME: blocks = 3>
// CHECK: tile.prologue -> !tile.tile<?x64, split, shared> {
// CHECK-LABEL: tile.kernel @linear_many128_group1(
tile.kernel @linear(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<48x64, q4_0, packed>, %u: !tile.view<16x64, q4_0, packed>,
                    %v: !tile.view<16x64, f32, packed>, %y: !tile.view<?x48, f32, rows>, %z: !tile.view<?x16, f32, rows>,
                    %o: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
  %a:2 = tile.prologue -> !tile.tile<?x64, q8, shared>, !tile.tile<?x64, f32, shared> {
    %c0 = arith.constant 0 : index
    %l = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    %q = tile.encode %l : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, q8, shared>
    %f = tile.map(%l) : (!tile.tile<?x64, f32, reg>) -> !tile.tile<?x64, f32, shared> {
    ^bb0(%e: f32):
      tile.yield %e : f32
    }
    tile.yield %q, %f : !tile.tile<?x64, q8, shared>, !tile.tile<?x64, f32, shared>
  }
  tile.columns %n = 0 to 48 step 16 {
    %c = tile.contract %a#0, %w[%n] : !tile.tile<?x64, q8, shared>, !tile.view<48x64, q4_0, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x48, f32, rows>
  }
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.contract %a#1, %v[%n] : !tile.tile<?x64, f32, shared>, !tile.view<16x64, f32, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %o[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.contract %a#0, %u[%n] : !tile.tile<?x64, q8, shared>, !tile.view<16x64, q4_0, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %z[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}
